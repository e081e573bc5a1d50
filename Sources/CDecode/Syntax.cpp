// Dates, URIs and media types: what attributes and schema formats ask of a text.
#include "Internal.hpp"

namespace cdecode {

static bool digits(std::string_view text, size_t at, size_t count, int &value) {
    if (at + count > text.size()) return false;
    value = 0;
    for (size_t i = at; i < at + count; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (text[i] - '0');
    }
    return true;
}

bool isDate(std::string_view text) {
    int year, month, day;
    if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !digits(text, 0, 4, year) ||
        !digits(text, 5, 2, month) || !digits(text, 8, 2, day) || month < 1 || month > 12 || day < 1)
        return false;
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= (month == 2 && leap ? 29 : days[month - 1]);
}

bool isDateTime(std::string_view text) {
    int hour, minute, second;
    if (text.size() < 20 || !isDate(text.substr(0, 10)) || (text[10] | 0x20) != 't' || !digits(text, 11, 2, hour) ||
        text[13] != ':' || !digits(text, 14, 2, minute) || text[16] != ':' || !digits(text, 17, 2, second))
        return false;
    if (hour > 23 || minute > 59 || second > 60) return false;
    size_t at = 19;
    if (text[at] == '.') {
        size_t first = ++at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') at++;
        if (at == first) return false;
    }
    if (at >= text.size()) return false;
    int zone = 0;  // minutes that local time is ahead
    if ((text[at] | 0x20) == 'z') {
        if (at + 1 != text.size()) return false;
    } else {
        int zoneHour, zoneMinute;
        if ((text[at] != '+' && text[at] != '-') || text.size() != at + 6 || text[at + 3] != ':' ||
            !digits(text, at + 1, 2, zoneHour) || !digits(text, at + 4, 2, zoneMinute) || zoneHour > 23 ||
            zoneMinute > 59)
            return false;
        zone = (zoneHour * 60 + zoneMinute) * (text[at] == '-' ? -1 : 1);
    }
    // A leap second ends a day in UTC, so it stands at 23:59 there.
    return second < 60 || ((hour * 60 + minute - zone) % 1440 + 1440) % 1440 == 1439;
}

static bool isAlpha(char byte) { return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z'; }
static bool isDigit(char byte) { return byte >= '0' && byte <= '9'; }
static bool isHex(char byte) { return isDigit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f'); }

static size_t schemeLength(std::string_view text) {
    if (text.empty() || !isAlpha(text[0])) return 0;
    for (size_t at = 1; at < text.size(); at++) {
        char byte = text[at];
        if (byte == ':') return at;
        if (!isAlpha(byte) && !isDigit(byte) && byte != '+' && byte != '-' && byte != '.') return 0;
    }
    return 0;
}

/// Characters that a URI takes as they are.
static const struct URICharacters {
    bool plain[256] = {};
    URICharacters() {
        for (const char *at = "-._~:/?@!$&'()*+,;=0123456789"; *at; at++) plain[uint8_t(*at)] = true;
        for (char byte = 'a'; byte <= 'z'; byte++) plain[uint8_t(byte)] = plain[uint8_t(byte - 32)] = true;
    }
} uriCharacters;

bool isURIReference(std::string_view text) {
    size_t scheme = schemeLength(text);
    size_t at = scheme ? scheme + 1 : 0;
    size_t authorityEnd = at;
    if (text.substr(at, 2) == "//") authorityEnd = std::min(text.find_first_of("/?#", at + 2), text.size());
    // A relative reference has no colon in its first segment: it would read as a scheme.
    if (!scheme) {
        size_t colon = text.find(':');
        if (colon != std::string_view::npos && colon < text.find_first_of("/?#")) return false;
    }
    bool fragment = false;
    for (; at < text.size(); at++) {
        char byte = text[at];
        if (uriCharacters.plain[uint8_t(byte)]) continue;
        if (byte == '%') {
            if (at + 2 >= text.size() || !isHex(text[at + 1]) || !isHex(text[at + 2])) return false;
            at += 2;
            continue;
        }
        if (byte == '#') {
            if (fragment) return false;
            fragment = true;
            continue;
        }
        if ((byte != '[' && byte != ']') || at >= authorityEnd) return false;
    }
    return true;
}

bool isAbsoluteURI(std::string_view text) { return schemeLength(text) > 0 && isURIReference(text); }

static bool isToken(std::string_view text) {
    if (text.empty()) return false;
    for (char byte : text) {
        if (isAlpha(byte) || isDigit(byte)) continue;
        if (byte == 0 || std::strchr("!#$%&'*+-.^_`|~", byte) == nullptr) return false;
    }
    return true;
}

static bool equalsIgnoringCase(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) return false;
    for (size_t i = 0; i < text.size(); i++) {
        char byte = text[i];
        if (byte >= 'A' && byte <= 'Z') byte |= 0x20;
        if (byte != lower[i]) return false;
    }
    return true;
}

static std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// What follows the media type: `; name=value` any number of times. A charset other than UTF-8 is refused with it.
static bool areParameters(std::string_view text) {
    while (!(text = trimmed(text)).empty()) {
        if (text.front() != ';') return false;
        text = trimmed(text.substr(1));
        size_t equals = text.find('=');
        if (equals == std::string_view::npos || !isToken(text.substr(0, equals))) return false;
        auto name = text.substr(0, equals);
        text.remove_prefix(equals + 1);
        std::string_view value;
        if (!text.empty() && text.front() == '"') {
            size_t end = 1;
            while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
            if (end >= text.size()) return false;
            value = text.substr(1, end - 1);
            text.remove_prefix(end + 1);
        } else {
            size_t end = std::min(text.find_first_of("; \t"), text.size());
            value = text.substr(0, end);
            if (!isToken(value)) return false;
            text.remove_prefix(end);
        }
        if (equalsIgnoringCase(name, "charset") && !equalsIgnoringCase(value, "utf-8") &&
            !equalsIgnoringCase(value, "us-ascii"))
            return false;
    }
    return true;
}

}  // namespace cdecode

extern "C" int32_t cdecode_media_type(const uint8_t *text, size_t count) {
    using namespace cdecode;
    std::string_view all(reinterpret_cast<const char *>(text), count);
    if (all == "application/json") return 1;  // as nearly every event has it
    size_t semicolon = std::min(all.find(';'), all.size());
    auto type = trimmed(all.substr(0, semicolon));
    size_t slash = type.find('/');
    if (slash == std::string_view::npos) return 0;
    auto major = type.substr(0, slash), minor = type.substr(slash + 1);
    if (!isToken(major) || !isToken(minor) || !areParameters(all.substr(semicolon))) return 0;
    bool application = equalsIgnoringCase(major, "application");
    if (application && equalsIgnoringCase(minor, "cloudevents+json")) return 2;
    if (application && equalsIgnoringCase(minor, "cloudevents-batch+json")) return 3;
    if (application && minor.size() >= 11 && equalsIgnoringCase(minor.substr(0, 11), "cloudevents")) return 4;
    if (application && equalsIgnoringCase(minor, "json")) return 1;
    return minor.size() > 5 && equalsIgnoringCase(minor.substr(minor.size() - 5), "+json") ? 1 : 5;
}
