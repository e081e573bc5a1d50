#include "Internal.hpp"
extern "C" cdecode_schema *cdecode_schema_compile(const uint8_t *, const cdecode_node *, uint32_t, cdecode_fault *) { return (cdecode_schema *)malloc(1); }
extern "C" void cdecode_schema_destroy(cdecode_schema *s) { free(s); }
extern "C" int32_t cdecode_schema_check(const cdecode_schema *, const uint8_t *, const cdecode_node *, uint32_t, cdecode_fault *) { return 0; }
