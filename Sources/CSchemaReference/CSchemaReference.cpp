#include "CSchemaReference.h"
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

namespace {
struct Reference {
    nlohmann::json document;
    valijson::Schema schema;
};
}  // namespace

extern "C" void *csr_compile(const char *schema, char **message) try {
    auto reference = std::make_unique<Reference>();
    reference->document = nlohmann::json::parse(schema);
    valijson::adapters::NlohmannJsonAdapter adapter(reference->document);
    valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(adapter, reference->schema);
    return reference.release();
} catch (const std::exception &error) {
    *message = strdup(error.what());
    return nullptr;
} catch (...) {
    *message = strdup("unknown");
    return nullptr;
}

extern "C" void csr_free(void *schema) { delete static_cast<Reference *>(schema); }

extern "C" int csr_check(const void *schema, const char *document) try {
    auto target = nlohmann::json::parse(document);
    valijson::adapters::NlohmannJsonAdapter adapter(target);
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    return validator.validate(static_cast<const Reference *>(schema)->schema, adapter, nullptr) ? 1 : 0;
} catch (...) { return -1; }

extern "C" void csr_free_text(char *text) { free(text); }
