// What the C++ files of this target share.
#pragma once
#include "CDecode.h"
#include <cstring>
#include <string>
#include <string_view>

namespace cdecode {

enum Kind : uint8_t { Null, False, True, Integer, Number, String, Array, Object };

/// A document: the caller's arrays.
struct View {
    const uint8_t *bytes;
    const cdecode_node *nodes;

    std::string_view key(const cdecode_node &node) const {
        return {reinterpret_cast<const char *>(bytes) + node.key_offset, node.key_count};
    }
    std::string_view text(const cdecode_node &node) const {
        return {reinterpret_cast<const char *>(bytes) + uint32_t(node.payload), size_t(node.payload >> 32)};
    }
};

inline bool isNumber(const cdecode_node &node) { return node.kind == Integer || node.kind == Number; }

/// Every integer that the parser lets through is a double exactly.
inline double asDouble(const cdecode_node &node) {
    if (node.kind == Integer) return double(int64_t(node.payload));
    double value;
    std::memcpy(&value, &node.payload, sizeof value);
    return value;
}

/// A name's length and ends as one well-spread number: two loads, since names are short and looked up all the time.
inline uint64_t spread(std::string_view name) {
    uint64_t first = 0, last = 0;
    const char *at = name.data();
    size_t count = name.size();
    if (count >= 8) {
        std::memcpy(&first, at, 8);
        std::memcpy(&last, at + count - 8, 8);
    } else if (count >= 4) {
        std::memcpy(&first, at, 4);
        std::memcpy(&last, at + count - 4, 4);
    } else if (count > 0) {
        first = uint8_t(at[0]);
        last = uint64_t(uint8_t(at[count / 2])) << 8 | uint8_t(at[count - 1]);
    }
    return (first ^ (last << 1) ^ (uint64_t(count) << 56)) * 0x9E3779B97F4A7C15ull;
}

int32_t fail(cdecode_fault *, int32_t code, std::string_view pointer, std::string_view detail);

/// Appends one step of a JSON pointer, cut where it is long, control characters replaced.
void appendStep(std::string &pointer, std::string_view step);

/// The JSON pointer that leads from `root` to `target`.
std::string pointerTo(const View &, uint32_t root, uint32_t target);

/// Resolves the escapes of a JSON string in place. CDECODE_OK, or why it cannot be.
int32_t unescape(uint8_t *text, size_t &count);

/// Reads a number token in full. CDECODE_OK, NOT_JSON or NUMBER_OUT_OF_RANGE.
int32_t readNumber(std::string_view token, cdecode_node &node);

/// The first member whose name an earlier one of the same object has; CDECODE_ABSENT for none.
uint32_t duplicateMember(const View &, uint32_t object);

/// How many bytes at the start of `text` are well-formed UTF-8.
size_t validUTF8Prefix(const uint8_t *text, size_t count);

bool isDate(std::string_view);          // YYYY-MM-DD
bool isDateTime(std::string_view);      // RFC 3339
bool isURIReference(std::string_view);  // RFC 3986
bool isAbsoluteURI(std::string_view);   // with a scheme

/// Deep equality by JSON Schema's rules: numbers by value, members in any order.
bool sameValue(const View &, uint32_t, const View &, uint32_t);

}  // namespace cdecode
