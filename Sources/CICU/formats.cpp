// Numbers, lists and plural keywords. Each call makes its own formatter: what people read is not a hot path, and
// nothing is then shared between threads.
#include <memory>
#include <unicode/listformatter.h>
#include <unicode/numberformatter.h>
#include <unicode/plurrule.h>
#include <unicode/uversion.h>
#include <vector>

#include "support.h"

using namespace cicu;

extern "C" const char *cicu_version(void) { return U_ICU_VERSION; }

extern "C" void cicu_text_free(cicu_text text) { std::free(text.bytes); }

extern "C" cicu_text cicu_format_integer(const char *tag, int64_t value) {
    return guarded<cicu_text>(failed, [&]() -> cicu_text {
        UErrorCode code = U_ZERO_ERROR;
        icu::Locale place = locale(tag, code);
        if (U_FAILURE(code)) return failed;
        auto number = icu::number::NumberFormatter::withLocale(place).formatInt(value, code);
        icu::UnicodeString text = number.toString(code);
        return U_FAILURE(code) ? failed : out(text);
    });
}

extern "C" cicu_text cicu_format_number(const char *tag, double value, int32_t maximum_fraction) {
    return guarded<cicu_text>(failed, [&]() -> cicu_text {
        UErrorCode code = U_ZERO_ERROR;
        icu::Locale place = locale(tag, code);
        if (U_FAILURE(code)) return failed;
        auto number = icu::number::NumberFormatter::withLocale(place)
                          .precision(icu::number::Precision::maxFraction(maximum_fraction))
                          .formatDouble(value, code);
        icu::UnicodeString text = number.toString(code);
        return U_FAILURE(code) ? failed : out(text);
    });
}

extern "C" cicu_text cicu_format_list(const char *tag, const cicu_view *items, int32_t count) {
    return guarded<cicu_text>(failed, [&]() -> cicu_text {
        UErrorCode code = U_ZERO_ERROR;
        icu::Locale place = locale(tag, code);
        if (U_FAILURE(code)) return failed;
        std::unique_ptr<icu::ListFormatter> format(
            icu::ListFormatter::createInstance(place, ULISTFMT_TYPE_AND, ULISTFMT_WIDTH_WIDE, code));
        if (U_FAILURE(code)) return failed;
        std::vector<icu::UnicodeString> texts;
        for (int32_t i = 0; i < count; i++) texts.push_back(in(items[i]));
        icu::UnicodeString result;
        format->format(texts.data(), count, result, code);
        return U_FAILURE(code) ? failed : out(result);
    });
}

extern "C" cicu_text cicu_plural_keyword(const char *tag, int64_t value) {
    return guarded<cicu_text>(failed, [&]() -> cicu_text {
        UErrorCode code = U_ZERO_ERROR;
        icu::Locale place = locale(tag, code);
        if (U_FAILURE(code)) return failed;
        std::unique_ptr<icu::PluralRules> rules(icu::PluralRules::forLocale(place, code));
        if (U_FAILURE(code)) return failed;
        return out(rules->select(static_cast<double>(value)));
    });
}
