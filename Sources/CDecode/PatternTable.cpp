// From a machine that may be in several states at once to a table with one state: each set of states becomes one.
#include "Pattern.hpp"
#include <algorithm>
#include <map>

namespace cdecode {

class PatternTable {
public:
    PatternTable(const Machine &machine, Pattern &pattern) : machine(machine), pattern(pattern) {}

    bool build(std::string &error) {
        divideCharacters();
        begin = closure({machine.start}, true);
        again = closure({machine.start}, false);
        number(begin, true);
        for (size_t state = 0; state < sets.size(); state++) {
            if (sets.size() > 2000 || sets.size() * pattern.classes > 400000) {
                error = "it is too large";
                return false;
            }
            for (unsigned c = 0; c < pattern.classes; c++) {
                uint16_t target = pattern.states[state].accepts ? uint16_t(state) : follow(state, c);
                pattern.next.push_back(target);
            }
        }
        return true;
    }

private:
    using Set = std::vector<int>;
    const Machine &machine;
    Pattern &pattern;
    Set begin, again;
    std::vector<Set> sets;
    std::map<std::pair<Set, bool>, uint16_t> numbers;
    std::vector<std::vector<bool>> holds;  // class, set of characters

    void divideCharacters() {
        std::vector<uint32_t> cuts{0};
        for (const auto &set : machine.sets) {
            for (auto range : set) {
                cuts.push_back(range.first);
                cuts.push_back(range.second + 1);
            }
        }
        std::sort(cuts.begin(), cuts.end());
        cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
        std::map<std::vector<bool>, uint16_t> known;
        for (uint32_t cut : cuts) {
            std::vector<bool> membership;
            for (const auto &set : machine.sets) {
                membership.push_back(std::any_of(set.begin(), set.end(), [&](auto range) {
                    return range.first <= cut && cut <= range.second;
                }));
            }
            auto [entry, isNew] = known.insert({membership, uint16_t(holds.size())});
            if (isNew) holds.push_back(membership);
            pattern.bounds.push_back(cut);
            pattern.classOfBound.push_back(entry->second);
        }
        pattern.classes = unsigned(holds.size());
        for (uint32_t code = 0; code < 128; code++) {
            auto bound = std::upper_bound(pattern.bounds.begin(), pattern.bounds.end(), code) - 1;
            pattern.ascii[code] = pattern.classOfBound[size_t(bound - pattern.bounds.begin())];
        }
    }

    /// All steps reachable without reading a character; ^ is passed at the beginning only, $ is never passed here.
    Set closure(Set from, bool atBegin, bool atEnd = false) const {
        std::vector<bool> seen(machine.steps.size());
        Set result;
        while (!from.empty()) {
            int index = from.back();
            from.pop_back();
            if (index < 0 || seen[size_t(index)]) continue;
            seen[size_t(index)] = true;
            const auto &step = machine.steps[size_t(index)];
            switch (step.kind) {
            case Machine::Split:
                from.push_back(step.first);
                from.push_back(step.second);
                break;
            case Machine::Begin:
                if (atBegin) from.push_back(step.first);
                break;
            case Machine::End:
                if (atEnd) from.push_back(step.first);
                else result.push_back(index);
                break;
            default: result.push_back(index);
            }
        }
        std::sort(result.begin(), result.end());
        return result;
    }

    bool hasMatch(const Set &set) const {
        return std::any_of(set.begin(), set.end(), [&](int step) { return machine.steps[size_t(step)].kind == Machine::Match; });
    }

    uint16_t number(const Set &set, bool atBegin) {
        auto [entry, isNew] = numbers.insert({{set, atBegin}, uint16_t(sets.size())});
        if (isNew) {
            sets.push_back(set);
            bool accepts = hasMatch(set);
            pattern.states.push_back({accepts, accepts || hasMatch(closure(set, atBegin, true))});
        }
        return entry->second;
    }

    uint16_t follow(size_t state, unsigned character) {
        Set targets;
        for (int index : sets[state]) {
            const auto &step = machine.steps[size_t(index)];
            if (step.kind == Machine::Set && holds[character][size_t(step.set)]) targets.push_back(step.first);
        }
        Set set = closure(targets, false);
        // The pattern may also begin at the next character.
        Set both;
        std::set_union(set.begin(), set.end(), again.begin(), again.end(), std::back_inserter(both));
        return number(both, false);
    }
};

bool Pattern::compile(std::string_view source, Pattern &pattern, std::string &error) {
    Machine machine;
    if (!parsePattern(source, machine, error)) return false;
    return PatternTable(machine, pattern).build(error);
}

bool Pattern::matches(std::string_view text) const {
    size_t state = 0, at = 0;
    while (at < text.size()) {
        if (states[state].accepts) return true;
        unsigned character;
        uint8_t byte = uint8_t(text[at]);
        if (byte < 0x80) {
            character = ascii[byte];
            at++;
        } else {
            uint32_t code = nextCodePoint(text, at);
            auto bound = std::upper_bound(bounds.begin(), bounds.end(), code) - 1;
            character = classOfBound[size_t(bound - bounds.begin())];
        }
        state = next[state * classes + character];
    }
    return states[state].acceptsAtEnd;
}

}  // namespace cdecode
