#include "Pattern.hpp"
#include <algorithm>

namespace cdecode {

uint32_t nextCodePoint(std::string_view text, size_t &at) {
    uint8_t lead = uint8_t(text[at++]);
    if (lead < 0x80) return lead;
    int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    uint32_t code = lead & (0x3F >> more);
    while (more-- > 0 && at < text.size()) code = code << 6 | (uint8_t(text[at++]) & 0x3F);
    return code;
}

namespace {

constexpr uint32_t last = 0x10FFFF;
constexpr size_t largest = 4000;

CharacterSet normal(CharacterSet set) {
    std::sort(set.begin(), set.end());
    CharacterSet result;
    for (auto range : set) {
        if (!result.empty() && range.first <= result.back().second + 1)
            result.back().second = std::max(result.back().second, range.second);
        else result.push_back(range);
    }
    return result;
}

CharacterSet complement(const CharacterSet &set) {
    CharacterSet result;
    uint32_t from = 0;
    for (auto range : set) {
        if (range.first > from) result.push_back({from, range.first - 1});
        from = range.second + 1;
    }
    if (from <= last) result.push_back({from, last});
    return result;
}

const CharacterSet digitSet{{'0', '9'}};
const CharacterSet wordSet{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
const CharacterSet spaceSet{{9, 13}, {32, 32}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029},
                            {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
const CharacterSet lineEndSet{{10, 10}, {13, 13}, {0x2028, 0x2029}};

/// A piece of machine: where it begins, and whose exits are still open (step * 2, + 1 for the second exit).
struct Piece {
    int start;
    std::vector<int> open;
};

class Parser {
public:
    Parser(std::string_view source, Machine &machine, std::string &error)
        : source(source), machine(machine), error(error) {}

    bool run() {
        Piece whole = alternatives(0);
        if (!error.empty()) return false;
        if (at != source.size()) return stop("an unmatched )"), false;
        connect(whole, add(Machine::Match));
        machine.start = whole.start;
        return true;
    }

private:
    std::string_view source;
    Machine &machine;
    std::string &error;
    size_t at = 0;

    bool more() const { return error.empty() && at < source.size(); }
    void stop(const std::string &what) {
        if (error.empty()) error = what;
    }

    int add(Machine::Kind kind, int set = -1) {
        if (machine.steps.size() >= largest) stop("it is too large");
        machine.steps.push_back({kind, -1, -1, set});
        return int(machine.steps.size()) - 1;
    }

    void connect(const Piece &piece, int target) {
        for (int exit : piece.open) {
            auto &step = machine.steps[size_t(exit / 2)];
            (exit % 2 ? step.second : step.first) = target;
        }
    }

    Piece single(Machine::Kind kind, int set = -1) {
        int step = add(kind, set);
        return {step, {step * 2}};
    }

    Piece of(CharacterSet set) {
        machine.sets.push_back(normal(std::move(set)));
        return single(Machine::Set, int(machine.sets.size()) - 1);
    }

    /// Matches the empty text.
    Piece nothing() {
        int step = add(Machine::Split);
        return {step, {step * 2, step * 2 + 1}};
    }

    Piece alternatives(int depth) {
        if (depth > 32) return stop("groups nest too deep"), nothing();
        Piece left = sequence(depth);
        while (more() && source[at] == '|') {
            at++;
            Piece right = sequence(depth);
            int split = add(Machine::Split);
            machine.steps[size_t(split)].first = left.start;
            machine.steps[size_t(split)].second = right.start;
            left.start = split;
            left.open.insert(left.open.end(), right.open.begin(), right.open.end());
        }
        return left;
    }

    Piece sequence(int depth) {
        Piece whole = nothing();
        while (more() && source[at] != '|' && source[at] != ')') {
            Piece next = quantified(depth);
            connect(whole, next.start);
            whole.open = next.open;
        }
        return whole;
    }

    Piece quantified(int depth) {
        size_t from = at;
        Piece piece = atom(depth);
        size_t to = at;
        if (!more()) return piece;
        int least, most;
        switch (source[at]) {
        case '*': least = 0, most = -1, at++; break;
        case '+': least = 1, most = -1, at++; break;
        case '?': least = 0, most = 1, at++; break;
        case '{':
            if (!bounds(least, most)) return piece;
            break;
        default: return piece;
        }
        if (more() && source[at] == '?') at++;  // lazy or greedy: whether it is found is the same
        size_t end = at;
        Piece whole = nothing();
        // The first copy is there; others are read again from the source.
        for (int i = 0; i < std::max(most, std::max(least, 1)) && error.empty(); i++) {
            if (i > 0) {
                at = from;
                piece = atom(depth);
                if (at != to) stop("a group that cannot be repeated");
            }
            if (most == -1 && i >= least - 1) {
                int loop = add(Machine::Split);
                machine.steps[size_t(loop)].first = piece.start;
                connect(piece, loop);
                connect(whole, least == 0 ? loop : piece.start);
                whole.open = {loop * 2 + 1};
                break;
            }
            if (most == 0) break;
            if (i < least) {
                connect(whole, piece.start);
                whole.open = piece.open;
            } else {
                int split = add(Machine::Split);
                machine.steps[size_t(split)].first = piece.start;
                connect(whole, split);
                whole.open = piece.open;
                whole.open.push_back(split * 2 + 1);
            }
        }
        at = end;
        return whole;
    }

    /// {n}, {n,} or {n,m}.
    bool bounds(int &least, int &most) {
        at++;
        auto number = [&](int &value) {
            size_t from = at;
            value = 0;
            while (more() && source[at] >= '0' && source[at] <= '9' && at - from < 4) value = value * 10 + (source[at++] - '0');
            return at > from;
        };
        bool fine = number(least);
        most = least;
        if (fine && more() && source[at] == ',') {
            at++;
            if (more() && source[at] == '}') most = -1;
            else fine = number(most) && most >= least;
        }
        if (!fine || !more() || source[at] != '}') return stop("a { that is no quantifier"), false;
        at++;
        return true;
    }

    Piece atom(int depth) {
        char byte = source[at];
        switch (byte) {
        case '^': at++; return single(Machine::Begin);
        case '$': at++; return single(Machine::End);
        case '.': at++; return of(complement(lineEndSet));
        case '[': at++; return of(characterClass());
        case '(': {
            at++;
            if (more() && source[at] == '?') {
                if (source.substr(at, 2) != "?:") return stop("(? other than (?: (look-around, named groups)"), nothing();
                at += 2;
            }
            Piece group = alternatives(depth + 1);
            if (!more() || source[at] != ')') return stop("an unclosed ("), group;
            at++;
            return group;
        }
        case '\\': {
            at++;
            bool isSet;
            return of(escape(isSet, false));
        }
        case '*': case '+': case '?': case '{': case '}': case ']':
            return stop(std::string("an unescaped ") + byte), nothing();
        default: {
            uint32_t code = nextCodePoint(source, at);
            return of({{code, code}});
        }
        }
    }

    uint32_t hexadecimal(size_t count) {
        uint32_t value = 0;
        for (size_t i = 0; i < count; i++, at++) {
            if (!more()) return stop("an unfinished escape"), 0;
            char byte = source[at];
            if (byte >= '0' && byte <= '9') value = value * 16 + uint32_t(byte - '0');
            else if ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f') value = value * 16 + uint32_t((byte | 0x20) - 'a' + 10);
            else return stop("an escape without its hexadecimal digits"), 0;
        }
        return value;
    }

    /// What follows a backslash. `isSet`: it stands for several characters.
    CharacterSet escape(bool &isSet, bool inClass) {
        isSet = false;
        if (!more()) return stop("a \\ at the end"), CharacterSet{};
        char byte = source[at++];
        auto one = [](uint32_t code) { return CharacterSet{{code, code}}; };
        switch (byte) {
        case 'd': isSet = true; return digitSet;
        case 'D': isSet = true; return complement(digitSet);
        case 'w': isSet = true; return wordSet;
        case 'W': isSet = true; return complement(wordSet);
        case 's': isSet = true; return spaceSet;
        case 'S': isSet = true; return complement(spaceSet);
        case 't': return one('\t');
        case 'n': return one('\n');
        case 'v': return one('\v');
        case 'f': return one('\f');
        case 'r': return one('\r');
        case 'x': return one(hexadecimal(2));
        case 'u': {
            uint32_t code = hexadecimal(4);
            if (code >= 0xD800 && code < 0xE000) stop("a surrogate escape");
            return one(code);
        }
        case 'b':
            if (inClass) return one('\b');
            break;
        default: break;
        }
        bool letter = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || uint8_t(byte) >= 0x80;
        if (letter) return stop(std::string("the escape \\") + (uint8_t(byte) < 0x80 ? std::string(1, byte) : "...")), CharacterSet{};
        return one(uint32_t(byte));
    }

    CharacterSet characterClass() {
        bool negated = more() && source[at] == '^';
        if (negated) at++;
        CharacterSet set;
        while (more() && source[at] != ']') {
            bool isSet = false;
            CharacterSet from = member(isSet);
            if (more() && source[at] == '-' && at + 1 < source.size() && source[at + 1] != ']') {
                at++;
                bool endIsSet = false;
                CharacterSet to = member(endIsSet);
                if (!error.empty()) break;
                if (isSet || endIsSet || to[0].first < from[0].first) {
                    stop("a range in [ ] that is out of order or of classes");
                    break;
                }
                set.push_back({from[0].first, to[0].first});
            } else {
                set.insert(set.end(), from.begin(), from.end());
            }
        }
        if (!more()) return stop("an unclosed ["), CharacterSet{};
        at++;
        set = normal(std::move(set));
        return negated ? complement(set) : set;
    }

    CharacterSet member(bool &isSet) {
        if (source[at] == '\\') {
            at++;
            return escape(isSet, true);
        }
        uint32_t code = nextCodePoint(source, at);
        return {{code, code}};
    }
};

}  // namespace

bool parsePattern(std::string_view source, Machine &machine, std::string &error) {
    return Parser(source, machine, error).run();
}

}  // namespace cdecode
