#pragma once
// Shared by this target's C++ files; not part of its module.
#include <cstdlib>
#include <cstring>
#include <string>
#include <unicode/locid.h>
#include <unicode/parseerr.h>
#include <unicode/stringpiece.h>
#include <unicode/unistr.h>
#include <unicode/utypes.h>

#include "CICU.h"

namespace cicu {

inline constexpr cicu_text failed{nullptr, 0};

inline icu::UnicodeString in(cicu_view view) {
    // StringPiece counts in 32 bits; nothing a person reads comes near that.
    if (view.bytes == nullptr || view.length <= 0 || view.length > INT32_MAX / 4) return icu::UnicodeString();
    return icu::UnicodeString::fromUTF8(icu::StringPiece(view.bytes, static_cast<int32_t>(view.length)));
}

inline cicu_text out(const char *bytes, size_t length) {
    char *copy = static_cast<char *>(std::malloc(length + 1));
    if (copy == nullptr) return failed;
    std::memcpy(copy, bytes, length);
    copy[length] = 0;
    return cicu_text{copy, static_cast<int64_t>(length)};
}

inline cicu_text out(const icu::UnicodeString &text) {
    std::string utf8;
    text.toUTF8String(utf8);
    return out(utf8.data(), utf8.size());
}

inline icu::Locale locale(const char *tag, UErrorCode &code) {
    return icu::Locale::forLanguageTag(icu::StringPiece(tag), code);
}

inline void fill(cicu_error *error, UErrorCode code, const UParseError *parse) {
    if (error == nullptr) return;
    error->code = code;
    error->offset = parse == nullptr ? -1 : parse->offset;
    const char *name = u_errorName(code);
    std::strncpy(error->name, name, sizeof error->name - 1);
    error->name[sizeof error->name - 1] = 0;
}

/// Runs `body`, and gives `otherwise` where memory runs out: no exception may reach Swift.
template <typename Result, typename Body> Result guarded(Result otherwise, Body body) noexcept {
    try {
        return body();
    } catch (...) {
        return otherwise;
    }
}

}  // namespace cicu
