// Normalisation, properties of characters, direction and collation.
#include <memory>
#include <unicode/coll.h>
#include <unicode/normalizer2.h>
#include <unicode/ubidi.h>
#include <unicode/uchar.h>
#include <vector>

#include "support.h"

using namespace cicu;

struct cicu_collator {
    std::unique_ptr<icu::Collator> collator;
};

namespace {

cicu_text normalise(const icu::Normalizer2 *(*instance)(UErrorCode &), cicu_view text) {
    return guarded<cicu_text>(failed, [&]() -> cicu_text {
        UErrorCode code = U_ZERO_ERROR;
        const icu::Normalizer2 *form = instance(code);
        if (U_FAILURE(code)) return failed;
        icu::UnicodeString result = form->normalize(in(text), code);
        return U_FAILURE(code) ? failed : out(result);
    });
}

icu::StringPiece piece(cicu_view view) {
    if (view.bytes == nullptr || view.length <= 0 || view.length > INT32_MAX) return icu::StringPiece("", 0);
    return icu::StringPiece(view.bytes, static_cast<int32_t>(view.length));
}

UChar32 point(uint32_t scalar) { return static_cast<UChar32>(scalar); }

}  // namespace

extern "C" cicu_text cicu_nfc(cicu_view text) { return normalise(icu::Normalizer2::getNFCInstance, text); }

extern "C" cicu_text cicu_nfkc_casefold(cicu_view text) {
    return normalise(icu::Normalizer2::getNFKCCasefoldInstance, text);
}

extern "C" int32_t cicu_base_direction(cicu_view text) {
    return guarded<int32_t>(0, [&]() -> int32_t {
        icu::UnicodeString units = in(text);
        switch (ubidi_getBaseDirection(units.getBuffer(), units.length())) {
            case UBIDI_LTR: return -1;
            case UBIDI_RTL: return 1;
            default: return 0;
        }
    });
}

extern "C" int32_t cicu_category_of(uint32_t scalar) {
    switch (u_charType(point(scalar))) {
        case U_CONTROL_CHAR: return CICU_CATEGORY_CONTROL;
        case U_FORMAT_CHAR: return CICU_CATEGORY_FORMAT;
        case U_NON_SPACING_MARK: return CICU_CATEGORY_NONSPACING_MARK;
        case U_ENCLOSING_MARK: return CICU_CATEGORY_ENCLOSING_MARK;
        case U_LINE_SEPARATOR:
        case U_PARAGRAPH_SEPARATOR: return CICU_CATEGORY_LINE_OR_PARAGRAPH_SEPARATOR;
        case U_UNASSIGNED: return CICU_CATEGORY_UNASSIGNED;
        default: return CICU_CATEGORY_OTHER;
    }
}

extern "C" bool cicu_is_wide(uint32_t scalar) {
    const int32_t width = u_getIntPropertyValue(point(scalar), UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH;
}

extern "C" bool cicu_is_hangul_tail(uint32_t scalar) {
    const int32_t type = u_getIntPropertyValue(point(scalar), UCHAR_HANGUL_SYLLABLE_TYPE);
    return type == U_HST_VOWEL_JAMO || type == U_HST_TRAILING_JAMO;
}

extern "C" bool cicu_is_prepended_mark(uint32_t scalar) {
    return u_hasBinaryProperty(point(scalar), UCHAR_PREPENDED_CONCATENATION_MARK);
}

extern "C" int32_t cicu_digit_value(uint32_t scalar) { return u_charDigitValue(point(scalar)); }

extern "C" cicu_collator *cicu_collator_open(const char *tag) {
    return guarded<cicu_collator *>(nullptr, [&]() -> cicu_collator * {
        UErrorCode code = U_ZERO_ERROR;
        icu::Locale place = locale(tag, code);
        if (U_FAILURE(code)) return nullptr;
        std::unique_ptr<icu::Collator> collator(icu::Collator::createInstance(place, code));
        if (U_FAILURE(code)) return nullptr;
        // Composed and decomposed spellings are equal, whatever form the text came in.
        collator->setAttribute(UCOL_NORMALIZATION_MODE, UCOL_ON, code);
        if (U_FAILURE(code)) return nullptr;
        return new cicu_collator{std::move(collator)};
    });
}

extern "C" void cicu_collator_close(cicu_collator *collator) { delete collator; }

extern "C" int32_t cicu_compare(const cicu_collator *collator, cicu_view left, cicu_view right) {
    return guarded<int32_t>(0, [&]() -> int32_t {
        UErrorCode code = U_ZERO_ERROR;
        const UCollationResult result = collator->collator->compareUTF8(piece(left), piece(right), code);
        return U_FAILURE(code) ? 0 : static_cast<int32_t>(result);
    });
}

extern "C" cicu_text cicu_sort_key(const cicu_collator *collator, cicu_view text) {
    return guarded<cicu_text>(failed, [&]() -> cicu_text {
        icu::UnicodeString units = in(text);
        std::vector<uint8_t> key(static_cast<size_t>(units.length()) * 4 + 16);
        int32_t needed = collator->collator->getSortKey(units, key.data(), static_cast<int32_t>(key.size()));
        if (needed > static_cast<int32_t>(key.size())) {
            key.resize(static_cast<size_t>(needed));
            needed = collator->collator->getSortKey(units, key.data(), needed);
        }
        // The last byte is a terminating zero.
        const size_t length = needed > 0 ? static_cast<size_t>(needed) - 1 : 0;
        return out(reinterpret_cast<const char *>(key.data()), length);
    });
}
