#pragma once
// What Bilingual needs of ICU, in plain C. No ICU type or name appears here: ICU's symbols carry the version, its
// named message arguments exist in C++ only, and its headers clash with the ICU that Foundation carries.
//
// Text goes in as UTF-8 with its length in bytes, and comes out as a `cicu_text` that the caller gives to
// `cicu_text_free`. Bad UTF-8 becomes U+FFFD. No function throws, and none keeps a pointer it was given.
#include <stdbool.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/// `bytes` is NULL when the call failed (then `length` is 0).
typedef struct {
    char *bytes;
    int64_t length;
} cicu_text;
void cicu_text_free(cicu_text text);

/// Text going in; `bytes` may be NULL only when `length` is 0.
typedef struct {
    const char *bytes;
    int64_t length;
} cicu_view;

/// `code` is 0 on success; `offset` counts UTF-16 units of the pattern, -1 where ICU does not say.
typedef struct {
    int32_t code;
    int32_t offset;
    char name[48];
} cicu_error;

const char *cicu_version(void);

// Message patterns

typedef enum {
    CICU_PART_OTHER,
    CICU_PART_MESSAGE_START,
    CICU_PART_MESSAGE_LIMIT,
    CICU_PART_ARGUMENT_START,  // value: a cicu_argument_form
    CICU_PART_ARGUMENT_LIMIT,
    CICU_PART_ARGUMENT_NUMBER,
    CICU_PART_ARGUMENT_NAME,
    CICU_PART_ARGUMENT_TYPE,
    CICU_PART_ARGUMENT_STYLE,
    CICU_PART_ARGUMENT_SELECTOR,
} cicu_part_kind;
typedef enum {
    CICU_FORM_NONE,
    CICU_FORM_SIMPLE,
    CICU_FORM_CHOICE,
    CICU_FORM_PLURAL,
    CICU_FORM_SELECT,
    CICU_FORM_SELECT_ORDINAL,
} cicu_argument_form;
typedef struct {
    int32_t kind;
    int32_t offset;  // UTF-16 units
    int32_t length;
    int32_t value;
} cicu_part;

/// Splits a pattern. On success `*parts` is malloc'd (free it with `cicu_parts_free`) and holds the returned number of
/// parts; on failure -1 is returned and `error` is filled.
int32_t cicu_pattern_parts(cicu_view pattern, cicu_part **parts, cicu_error *error);
void cicu_parts_free(cicu_part *parts);

typedef enum { CICU_ARGUMENT_INTEGER, CICU_ARGUMENT_NUMBER, CICU_ARGUMENT_TEXT } cicu_argument_kind;
typedef struct {
    cicu_view name;
    cicu_view text;
    int64_t integer;
    double number;
    int32_t kind;
} cicu_argument;

/// A parsed message. One thread at a time: formatting fills caches inside, though ICU declares it const.
typedef struct cicu_message cicu_message;
/// `locale` is a BCP 47 tag. NULL on failure, with `error` filled.
cicu_message *cicu_message_open(const char *locale, cicu_view pattern, cicu_error *error);
void cicu_message_close(cicu_message *message);
cicu_text cicu_message_format(
    cicu_message *message, const cicu_argument *arguments, int32_t count, cicu_error *error);

// Numbers, lists, plurals

cicu_text cicu_format_integer(const char *locale, int64_t value);
/// At most `maximum_fraction` digits after the point.
cicu_text cicu_format_number(const char *locale, double value, int32_t maximum_fraction);
/// "a, b and c" in the locale's way.
cicu_text cicu_format_list(const char *locale, const cicu_view *items, int32_t count);
/// The plural keyword of an integer: zero, one, two, few, many or other.
cicu_text cicu_plural_keyword(const char *locale, int64_t value);

// Text

cicu_text cicu_nfc(cicu_view text);
/// NFKC with case folded and default-ignorable characters removed.
cicu_text cicu_nfkc_casefold(cicu_view text);
/// 1 where the first strong character is right to left, -1 where it is left to right, 0 where there is none.
int32_t cicu_base_direction(cicu_view text);

typedef enum {
    CICU_CATEGORY_OTHER,
    CICU_CATEGORY_CONTROL,
    CICU_CATEGORY_FORMAT,
    CICU_CATEGORY_NONSPACING_MARK,
    CICU_CATEGORY_ENCLOSING_MARK,
    CICU_CATEGORY_LINE_OR_PARAGRAPH_SEPARATOR,
    CICU_CATEGORY_UNASSIGNED,
} cicu_category;
int32_t cicu_category_of(uint32_t scalar);
/// Whether the East Asian width is wide or fullwidth.
bool cicu_is_wide(uint32_t scalar);
/// Whether the scalar is a medial vowel or final consonant of Hangul, which is drawn into the syllable before it.
bool cicu_is_hangul_tail(uint32_t scalar);
/// Whether the scalar is a format character that is drawn nevertheless, such as U+0600.
bool cicu_is_prepended_mark(uint32_t scalar);
/// The decimal value of a digit of any script, -1 for anything else.
int32_t cicu_digit_value(uint32_t scalar);

// Collation

/// A language's order. Comparing is const and may be done by many threads at once.
typedef struct cicu_collator cicu_collator;
cicu_collator *cicu_collator_open(const char *locale);
void cicu_collator_close(cicu_collator *collator);
/// Negative, zero or positive.
int32_t cicu_compare(const cicu_collator *collator, cicu_view left, cicu_view right);
/// Bytes whose order is the language's order.
cicu_text cicu_sort_key(const cicu_collator *collator, cicu_view text);

#ifdef __cplusplus
}
#endif
