// JSON for the hot path: text to flat nodes, CloudEvents attributes, JSON Schema checks. No C++ type and no exception
// passes this header. Node indexes and text offsets count from the start of the arrays that the caller passes.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One JSON value; PluginKit's ValueNode has the same 24 bytes.
typedef struct cdecode_node {
    uint8_t kind;  // null 0, false 1, true 2, integer 3, number 4, string 5, array 6, object 7
    uint8_t reserved0;
    uint16_t reserved1;
    uint32_t key_offset;
    uint32_t key_count;
    uint32_t skip;
    uint64_t payload;
} cdecode_node;

/// Why a text or an event is refused. Zero is success.
enum cdecode_code {
    CDECODE_OK = 0,
    CDECODE_NOT_UTF8,
    CDECODE_NOT_JSON,
    CDECODE_LONE_SURROGATE,
    CDECODE_NUL_CHARACTER,
    CDECODE_NUMBER_OUT_OF_RANGE,
    CDECODE_TOO_DEEP,
    CDECODE_DUPLICATE_KEY,
    CDECODE_NOT_AN_OBJECT,
    CDECODE_ATTRIBUTE_MISSING,
    CDECODE_ATTRIBUTE_INVALID,
    CDECODE_SPECVERSION_UNSUPPORTED,
    CDECODE_SCHEMA_VIOLATION,
    CDECODE_SCHEMA_UNSUPPORTED,  // only when a schema is compiled
    CDECODE_NO_MEMORY
};

/// What is wrong and where: a JSON pointer, and words that repeat no value. Both end with NUL.
typedef struct cdecode_fault {
    int32_t code;
    char pointer[256];
    char detail[256];
} cdecode_fault;

/// Containers may nest this deep, the outermost included.
enum { CDECODE_MAX_DEPTH = 64 };
/// Readable and writable bytes that must follow a text that is parsed.
enum { CDECODE_PADDING = 64 };
/// Nodes that suffice for a text of `count` bytes.
static inline size_t cdecode_nodes_for(size_t count) { return count / 2 + CDECODE_MAX_DEPTH + 2; }

enum { CDECODE_CHECK_DUPLICATE_KEYS = 1 };

/// One JSON parser: for one thread at a time.
typedef struct cdecode_parser cdecode_parser;
cdecode_parser *cdecode_parser_create(void);  // NULL when memory is short
void cdecode_parser_destroy(cdecode_parser *);

/// Parses the text at `bytes + base`, in place: escapes in strings are resolved where they stand, so that nodes point
/// into it. `nodes` has room for cdecode_nodes_for(count); `first_node` is where the root goes, and nodes' skips are
/// relative. `wanted` is kept for picking paths; pass NULL for all.
int32_t cdecode_parse(cdecode_parser *, uint8_t *bytes, uint32_t base, size_t count, cdecode_node *nodes,
                      uint32_t first_node, uint32_t *node_count, uint32_t options, const void *wanted, cdecode_fault *);

/// CDECODE_OK, NOT_UTF8 or NUL_CHARACTER, for text that is not JSON.
int32_t cdecode_check_text(const uint8_t *text, size_t count);

/// The first member whose name an earlier one of the object has; CDECODE_ABSENT for none.
uint32_t cdecode_duplicate_member(const uint8_t *bytes, const cdecode_node *nodes, uint32_t object);

#define CDECODE_ABSENT UINT32_MAX

/// Where a CloudEvent's attributes lie: node indexes, or CDECODE_ABSENT (also where an attribute is JSON null).
typedef struct cdecode_envelope {
    uint32_t id, source, type, subject, time, datacontenttype, dataschema, data, data_base64, partitionkey, backfill,
        hops;
} cdecode_envelope;

/// Finds and checks the attributes in the object at `root`, by CloudEvents 1.0.2.
int32_t cdecode_read_envelope(const uint8_t *bytes, const cdecode_node *nodes, uint32_t root, cdecode_envelope *,
                              cdecode_fault *);

/// A media type: 0 malformed, 1 JSON (application/json or +json), 2 CloudEvent in JSON, 3 batch of CloudEvents in JSON,
/// 4 other CloudEvents format, 5 anything else. Parameters are allowed; case does not matter.
int32_t cdecode_media_type(const uint8_t *text, size_t count);

/// A JSON Schema (draft 7) as a program. Once made it never changes and serves all threads.
typedef struct cdecode_schema cdecode_schema;
/// Compiles the schema whose root node is `root`; NULL with the fault where it is unusable or uses an unknown keyword.
cdecode_schema *cdecode_schema_compile(const uint8_t *bytes, const cdecode_node *nodes, uint32_t root, cdecode_fault *);
void cdecode_schema_destroy(cdecode_schema *);
/// Checks the value at `root`.
int32_t cdecode_schema_check(const cdecode_schema *, const uint8_t *bytes, const cdecode_node *nodes, uint32_t root,
                             cdecode_fault *);

#ifdef __cplusplus
}
#endif
