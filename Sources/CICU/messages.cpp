// Message patterns with named arguments.
#include <memory>
#include <unicode/messagepattern.h>
#include <unicode/msgfmt.h>
#include <vector>

#include "support.h"

using namespace cicu;

struct cicu_message {
    icu::MessageFormat format;
};

namespace {

int32_t kind(UMessagePatternPartType type) {
    switch (type) {
        case UMSGPAT_PART_TYPE_MSG_START: return CICU_PART_MESSAGE_START;
        case UMSGPAT_PART_TYPE_MSG_LIMIT: return CICU_PART_MESSAGE_LIMIT;
        case UMSGPAT_PART_TYPE_ARG_START: return CICU_PART_ARGUMENT_START;
        case UMSGPAT_PART_TYPE_ARG_LIMIT: return CICU_PART_ARGUMENT_LIMIT;
        case UMSGPAT_PART_TYPE_ARG_NUMBER: return CICU_PART_ARGUMENT_NUMBER;
        case UMSGPAT_PART_TYPE_ARG_NAME: return CICU_PART_ARGUMENT_NAME;
        case UMSGPAT_PART_TYPE_ARG_TYPE: return CICU_PART_ARGUMENT_TYPE;
        case UMSGPAT_PART_TYPE_ARG_STYLE: return CICU_PART_ARGUMENT_STYLE;
        case UMSGPAT_PART_TYPE_ARG_SELECTOR: return CICU_PART_ARGUMENT_SELECTOR;
        default: return CICU_PART_OTHER;
    }
}

int32_t form(UMessagePatternArgType type) {
    switch (type) {
        case UMSGPAT_ARG_TYPE_SIMPLE: return CICU_FORM_SIMPLE;
        case UMSGPAT_ARG_TYPE_CHOICE: return CICU_FORM_CHOICE;
        case UMSGPAT_ARG_TYPE_PLURAL: return CICU_FORM_PLURAL;
        case UMSGPAT_ARG_TYPE_SELECT: return CICU_FORM_SELECT;
        case UMSGPAT_ARG_TYPE_SELECTORDINAL: return CICU_FORM_SELECT_ORDINAL;
        default: return CICU_FORM_NONE;
    }
}

}  // namespace

extern "C" int32_t cicu_pattern_parts(cicu_view text, cicu_part **parts, cicu_error *error) {
    return guarded<int32_t>(-1, [&]() -> int32_t {
        UErrorCode code = U_ZERO_ERROR;
        UParseError where{};
        icu::MessagePattern pattern(in(text), &where, code);
        if (U_FAILURE(code)) {
            fill(error, code, &where);
            return -1;
        }
        const int32_t count = pattern.countParts();
        auto *result = static_cast<cicu_part *>(std::calloc(static_cast<size_t>(count) + 1, sizeof(cicu_part)));
        if (result == nullptr) {
            fill(error, U_MEMORY_ALLOCATION_ERROR, nullptr);
            return -1;
        }
        for (int32_t i = 0; i < count; i++) {
            const icu::MessagePattern::Part &part = pattern.getPart(i);
            result[i] = cicu_part{kind(part.getType()), part.getIndex(), part.getLength(), 0};
            if (part.getType() == UMSGPAT_PART_TYPE_ARG_START) result[i].value = form(part.getArgType());
        }
        *parts = result;
        return count;
    });
}

extern "C" void cicu_parts_free(cicu_part *parts) { std::free(parts); }

extern "C" cicu_message *cicu_message_open(const char *tag, cicu_view pattern, cicu_error *error) {
    return guarded<cicu_message *>(nullptr, [&]() -> cicu_message * {
        UErrorCode code = U_ZERO_ERROR;
        UParseError where{};
        icu::Locale place = locale(tag, code);
        if (U_FAILURE(code)) {
            fill(error, code, nullptr);
            return nullptr;
        }
        auto message =
            std::unique_ptr<cicu_message>(new cicu_message{icu::MessageFormat(in(pattern), place, where, code)});
        if (U_FAILURE(code)) {
            fill(error, code, &where);
            return nullptr;
        }
        return message.release();
    });
}

extern "C" void cicu_message_close(cicu_message *message) { delete message; }

extern "C" cicu_text cicu_message_format(
    cicu_message *message, const cicu_argument *arguments, int32_t count, cicu_error *error) {
    return guarded<cicu_text>(failed, [&]() -> cicu_text {
        UErrorCode code = U_ZERO_ERROR;
        std::vector<icu::UnicodeString> names;
        std::vector<icu::Formattable> values;
        for (int32_t i = 0; i < count; i++) {
            const cicu_argument &argument = arguments[i];
            names.push_back(in(argument.name));
            switch (argument.kind) {
                case CICU_ARGUMENT_INTEGER: values.emplace_back(argument.integer); break;
                case CICU_ARGUMENT_NUMBER: values.emplace_back(argument.number); break;
                default: values.emplace_back(in(argument.text)); break;
            }
        }
        icu::UnicodeString result;
        message->format.format(names.data(), values.data(), count, result, code);
        if (U_FAILURE(code)) {
            fill(error, code, nullptr);
            return failed;
        }
        return out(result);
    });
}
