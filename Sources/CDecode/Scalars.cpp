// Strings and numbers of JSON.
#include "Internal.hpp"
#include <algorithm>
#include <charconv>
#include <cmath>

namespace cdecode {

size_t validUTF8Prefix(const uint8_t *text, size_t count) {
    size_t at = 0;
    while (at < count) {
        uint8_t lead = text[at];
        if (lead < 0x80) {
            at++;
            continue;
        }
        size_t length = lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
        if (length == 0 || at + length > count) return at;
        uint8_t second = text[at + 1];
        uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (second < low || second > high) return at;
        for (size_t i = 2; i < length; i++)
            if ((text[at + i] & 0xC0) != 0x80) return at;
        at += length;
    }
    return at;
}

static int hexDigit(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static int32_t fourDigits(const uint8_t *at, const uint8_t *end) {
    if (end - at < 4) return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hexDigit(at[i]);
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

static uint8_t *putCodePoint(uint8_t *to, uint32_t code) {
    if (code < 0x80) {
        *to++ = uint8_t(code);
    } else if (code < 0x800) {
        *to++ = uint8_t(0xC0 | code >> 6);
        *to++ = uint8_t(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *to++ = uint8_t(0xE0 | code >> 12);
        *to++ = uint8_t(0x80 | (code >> 6 & 0x3F));
        *to++ = uint8_t(0x80 | (code & 0x3F));
    } else {
        *to++ = uint8_t(0xF0 | code >> 18);
        *to++ = uint8_t(0x80 | (code >> 12 & 0x3F));
        *to++ = uint8_t(0x80 | (code >> 6 & 0x3F));
        *to++ = uint8_t(0x80 | (code & 0x3F));
    }
    return to;
}

int32_t unescape(uint8_t *text, size_t &count) {
    const uint8_t *from = text, *end = text + count;
    uint8_t *to = text;
    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        if (++from == end) return CDECODE_NOT_JSON;
        switch (*from++) {
        case '"': *to++ = '"'; break;
        case '\\': *to++ = '\\'; break;
        case '/': *to++ = '/'; break;
        case 'b': *to++ = '\b'; break;
        case 'f': *to++ = '\f'; break;
        case 'n': *to++ = '\n'; break;
        case 'r': *to++ = '\r'; break;
        case 't': *to++ = '\t'; break;
        case 'u': {
            int32_t code = fourDigits(from, end);
            if (code < 0) return CDECODE_NOT_JSON;
            from += 4;
            if (code == 0) return CDECODE_NUL_CHARACTER;
            if (code >= 0xDC00 && code < 0xE000) return CDECODE_LONE_SURROGATE;
            if (code >= 0xD800 && code < 0xDC00) {
                if (end - from < 2 || from[0] != '\\' || from[1] != 'u') return CDECODE_LONE_SURROGATE;
                int32_t low = fourDigits(from + 2, end);
                if (low < 0) return CDECODE_NOT_JSON;
                if (low < 0xDC00 || low >= 0xE000) return CDECODE_LONE_SURROGATE;
                from += 6;
                code = 0x10000 + ((code - 0xD800) << 10 | (low - 0xDC00));
            }
            to = putCodePoint(to, uint32_t(code));
            break;
        }
        default: return CDECODE_NOT_JSON;
        }
    }
    count = size_t(to - text);
    return CDECODE_OK;
}

static bool isDigit(char byte) { return byte >= '0' && byte <= '9'; }

static void setInteger(cdecode_node &node, int64_t value) {
    node.kind = Integer;
    node.payload = uint64_t(value);
}

/// A number without a fraction is an integer, however it is written: JSON Schema and RFC 8785 see no difference.
static int32_t setDouble(cdecode_node &node, double value) {
    if (value >= -9223372036854775808.0 && value < 9223372036854775808.0 && value == std::trunc(value)) {
        setInteger(node, int64_t(value));
    } else {
        node.kind = Number;
        std::memcpy(&node.payload, &value, sizeof value);
    }
    return CDECODE_OK;
}

/// Whether these digits, zeros at the end aside, are the shortest that give the double.
static bool isShortest(std::string_view digits, double value) {
    char text[40];
    auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
    while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
    const char *at = text;
    for (char digit : digits) {
        if (at < end && *at == '.') at++;
        if (at == end || *at++ != digit) return false;
    }
    return at == end || *at == 'e';
}

/// Whether an integer of so many digits and zeros comes through as a double. One that its double neither equals nor
/// prints as is refused: RFC 8785 could not tell it from its neighbour, and other readers of the same record would round
/// it in silence. (What RFC 8785 itself prints for a double, such as 295147905179352830000 for 2^68, is taken.)
static bool survives(std::string_view digits, long zeros, double value) {
    if (digits.size() <= 15) return true;
    if (isShortest(digits, value)) return true;
    if (long(digits.size()) + zeros > 38) return false;
    unsigned __int128 exact = 0;
    for (char digit : digits) exact = exact * 10 + unsigned(digit - '0');
    for (long i = 0; i < zeros; i++) exact *= 10;
    return static_cast<unsigned __int128>(value) == exact;
}

/// Numbers with a fraction or an exponent, and integers of 16 digits and more.
static int32_t readLongNumber(std::string_view token, size_t first, size_t whole, cdecode_node &node) {
    const char *at = token.data() + first + whole, *end = token.data() + token.size();
    std::string digits(token.substr(first, whole));
    long decimals = 0;  // how many of the digits stand behind the point, once the exponent has moved it
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        while (at < end && isDigit(*at)) at++;
        if (at == fraction) return CDECODE_NOT_JSON;
        digits.append(fraction, at);
        decimals = at - fraction;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        bool below = at < end && *at == '-';
        if (at < end && (*at == '-' || *at == '+')) at++;
        const char *from = at;
        long exponent = 0;
        for (; at < end && isDigit(*at); at++)
            if (exponent < 100000000) exponent = exponent * 10 + (*at - '0');
        if (at == from) return CDECODE_NOT_JSON;
        decimals += below ? exponent : -exponent;
    }
    if (at != end) return CDECODE_NOT_JSON;
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    if (digits.empty()) return setDouble(node, 0);
    for (; digits.back() == '0'; decimals--) digits.pop_back();
    double value = 0;
    auto conversion = std::from_chars(token.data(), end, value);
    if (conversion.ec != std::errc() || conversion.ptr != end || !std::isfinite(value)) return CDECODE_NUMBER_OUT_OF_RANGE;
    if (decimals > 0) {
        // A fraction that the double has lost (0.99999999999999999999, 1e-400) would make an integer of the number.
        return value == std::trunc(value) ? CDECODE_NUMBER_OUT_OF_RANGE : setDouble(node, value);
    }
    return survives(digits, -decimals, std::fabs(value)) ? setDouble(node, value) : CDECODE_NUMBER_OUT_OF_RANGE;
}

int32_t readNumber(std::string_view token, cdecode_node &node) {
    const char *at = token.data(), *end = at + token.size();
    bool negative = at < end && *at == '-';
    if (negative) at++;
    const char *digits = at;
    uint64_t value = 0;
    while (at < end && isDigit(*at)) value = value * 10 + uint64_t(*at++ - '0');
    size_t whole = size_t(at - digits);
    if (whole == 0 || (whole > 1 && *digits == '0')) return CDECODE_NOT_JSON;
    if (at == end && whole <= 15) {
        setInteger(node, negative ? -int64_t(value) : int64_t(value));
        return CDECODE_OK;
    }
    return readLongNumber(token, size_t(digits - token.data()), whole, node);
}

}  // namespace cdecode

extern "C" int32_t cdecode_check_text(const uint8_t *text, size_t count) {
    if (count == 0) return CDECODE_OK;
    if (cdecode::validUTF8Prefix(text, count) != count) return CDECODE_NOT_UTF8;
    return std::memchr(text, 0, count) ? CDECODE_NUL_CHARACTER : CDECODE_OK;
}
