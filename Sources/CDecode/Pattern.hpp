// Regular expressions of ECMA 262, the part of them that one pass over the text can decide: literals, classes, groups,
// alternatives, quantifiers, ^ and $. No look-around, no back references, no \b: those are refused by name.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cdecode {

/// A pattern as a table: one look-up a character, whatever the text.
class Pattern {
public:
    /// Empty `error` on success, else what is not supported.
    static bool compile(std::string_view source, Pattern &pattern, std::string &error);

    /// Whether the pattern is found anywhere in the text, as JSON Schema asks.
    bool matches(std::string_view text) const;

private:
    friend class PatternTable;
    struct State {
        bool accepts;       // found already, whatever follows
        bool acceptsAtEnd;  // found if the text ends here
    };
    std::array<uint16_t, 128> ascii{};
    std::vector<uint32_t> bounds;  // where the next class of characters begins
    std::vector<uint16_t> classOfBound;
    std::vector<uint16_t> next;  // state * classes + class
    std::vector<State> states;
    unsigned classes = 0;
};

/// Sorted, disjoint, inclusive ranges of code points.
using CharacterSet = std::vector<std::pair<uint32_t, uint32_t>>;

/// The expression as a machine that may be in several states at once.
struct Machine {
    enum Kind : uint8_t { Set, Split, Begin, End, Match };
    struct Step {
        Kind kind;
        int first, second;
        int set;
    };
    std::vector<Step> steps;
    std::vector<CharacterSet> sets;
    int start = -1;
};

bool parsePattern(std::string_view source, Machine &, std::string &error);
uint32_t nextCodePoint(std::string_view text, size_t &at);

}  // namespace cdecode
