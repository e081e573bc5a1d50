// Equality, multiples and look-up: what checking a value by a schema rests on.
#include "Schema.hpp"
#include <charconv>

namespace cdecode {

static bool sameObject(const View &left, uint32_t l, const View &right, uint32_t r) {
    uint32_t at = l + 1;
    for (uint64_t i = 0; i < left.nodes[l].payload; i++) {
        auto key = left.key(left.nodes[at]);
        uint32_t other = r + 1;
        uint64_t position = 0, count = right.nodes[r].payload;
        while (position < count && right.key(right.nodes[other]) != key) {
            other += right.nodes[other].skip;
            position++;
        }
        if (position == count || !sameValue(left, at, right, other)) return false;
        at += left.nodes[at].skip;
    }
    return true;
}

bool sameValue(const View &left, uint32_t l, const View &right, uint32_t r) {
    const auto &a = left.nodes[l], &b = right.nodes[r];
    if (isNumber(a) && isNumber(b)) return asDouble(a) == asDouble(b);
    if (a.kind != b.kind) return false;
    switch (a.kind) {
    case String: return left.text(a) == right.text(b);
    case Array: {
        if (a.payload != b.payload) return false;
        uint32_t x = l + 1, y = r + 1;
        for (uint64_t i = 0; i < a.payload; i++) {
            if (!sameValue(left, x, right, y)) return false;
            x += left.nodes[x].skip;
            y += right.nodes[y].skip;
        }
        return true;
    }
    case Object: return a.payload == b.payload && sameObject(left, l, right, r);
    default: return true;
    }
}

Decimal decimalOf(const cdecode_node &node) {
    char text[40];
    double value = asDouble(node);
    auto end = std::to_chars(text, text + sizeof text, value < 0 ? -value : value, std::chars_format::scientific).ptr;
    Decimal result{0, 0};
    const char *at = text;
    bool fraction = false;
    for (; at < end && *at != 'e'; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        result.digits = result.digits * 10 + uint64_t(*at - '0');
        if (fraction) result.exponent--;
    }
    int exponent = 0;
    if (at + 1 < end) std::from_chars(at[1] == '+' ? at + 2 : at + 1, end, exponent);
    result.exponent += exponent;
    return result;
}

bool isMultiple(Decimal value, Decimal of) {
    if (value.digits == 0) return true;
    if (of.digits == 0) return false;
    int shift = value.exponent - of.exponent;
    if (shift < 0) {
        // value has more decimals: the divisor grows instead.
        unsigned __int128 divisor = of.digits;
        for (int i = 0; i < -shift; i++) {
            divisor *= 10;
            if (divisor > value.digits) return false;
        }
        return value.digits % divisor == 0;
    }
    uint64_t rest = value.digits % of.digits, base = 10 % of.digits;
    for (unsigned power = unsigned(shift); power > 0; power >>= 1) {
        if (power & 1) rest = uint64_t(static_cast<unsigned __int128>(rest) * base % of.digits);
        base = uint64_t(static_cast<unsigned __int128>(base) * base % of.digits);
    }
    return rest == 0;
}

void PropertyTable::index() {
    size_t size = 4;
    while (size < list.size() * 2) size *= 2;
    slots.assign(size, -1);
    for (size_t i = 0; i < list.size(); i++) {
        size_t at = (spread(list[i].name) >> 40) & (size - 1);
        while (slots[at] >= 0) at = (at + 1) & (size - 1);
        slots[at] = int16_t(i);
    }
}

const Property *PropertyTable::find(std::string_view name) const {
    if (slots.empty()) return nullptr;
    size_t mask = slots.size() - 1;
    for (size_t at = (spread(name) >> 40) & mask; slots[at] >= 0; at = (at + 1) & mask) {
        const auto &property = list[size_t(slots[at])];
        if (property.name == name) return &property;
    }
    return nullptr;
}

}  // namespace cdecode
