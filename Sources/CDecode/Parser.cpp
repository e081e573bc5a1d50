// JSON text to flat nodes. simdjson's first stage checks UTF-8 and finds where the tokens begin; what follows here is
// strict RFC 8259 and a little more: no duplicate keys, no U+0000, no number that would be rounded away.
#include "Internal.hpp"
#include <memory>
#include <new>
#include <simdjson.h>

using namespace cdecode;

struct cdecode_parser {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
    size_t capacity = 0;

    simdjson::error_code ensure(size_t count) {
        if (stage && count <= capacity) return simdjson::SUCCESS;
        size_t wanted = std::max<size_t>(count * 2, 4096);
        // The DOM's own depth plays no part: only the first stage is used.
        if (!stage) {
            auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 4, stage);
            if (error) return error;
        } else if (auto error = stage->set_capacity(wanted)) {
            return error;
        }
        capacity = wanted;
        return simdjson::SUCCESS;
    }
};

namespace {

struct Frame {
    uint32_t node;
    uint32_t count;
    uint32_t child;  // the member or element that is being read
};

class Walk {
public:
    Walk(const cdecode_parser &parser, uint8_t *bytes, uint32_t base, size_t count, cdecode_node *nodes, uint32_t first,
         uint32_t options, cdecode_fault *fault)
        : tokens(parser.stage->structural_indexes.get()), tokenCount(parser.stage->n_structural_indexes), bytes(bytes),
          base(base), count(uint32_t(count)), nodes(nodes), next(first), limit(first + cdecode_nodes_for(count)),
          options(options), fault(fault) {
        hasEscapes = std::memchr(bytes + base, '\\', count) != nullptr;
    }

    int32_t run() {
        // `key` is the name that the coming value has.
        for (;;) {
            if (int32_t code = beginValue()) return code;
            // After a value: close containers as long as they end here.
            while (depth > 0) {
                Frame &top = stack[depth - 1];
                bool object = nodes[top.node].kind == Object;
                if (opened) {
                    opened = false;
                    if (peek() == (object ? '}' : ']')) {
                        token++;
                        if (int32_t code = close()) return code;
                        continue;
                    }
                } else {
                    uint8_t byte = peek();
                    token++;
                    if (byte == (object ? '}' : ']')) {
                        if (int32_t code = close()) return code;
                        continue;
                    }
                    if (byte != ',') return wrong(object ? "expected , or } here" : "expected , or ] here");
                }
                top.child = next;
                if (object) {
                    if (int32_t code = readKey()) return code;
                } else {
                    keyOffset = keyCount = 0;
                }
                break;
            }
            if (depth == 0) break;
        }
        if (token != tokenCount) return fail(fault, CDECODE_NOT_JSON, "", "something follows the JSON value");
        return CDECODE_OK;
    }

    uint32_t end() const { return next; }

private:
    const uint32_t *tokens;
    const uint32_t tokenCount;
    uint8_t *bytes;
    const uint32_t base, count;
    cdecode_node *nodes;
    uint32_t next;
    const size_t limit;
    const uint32_t options;
    cdecode_fault *fault;
    bool hasEscapes;
    bool opened = false;
    uint32_t token = 0, keyOffset = 0, keyCount = 0;
    int depth = 0;
    Frame stack[CDECODE_MAX_DEPTH];

    uint8_t peek() const { return token < tokenCount ? bytes[base + tokens[token]] : 0; }

    /// Where the token that begins at tokens[token] ends: before the next one, white space left out.
    uint32_t tokenEnd() const {
        uint32_t end = token + 1 < tokenCount ? tokens[token + 1] : count;
        while (end > tokens[token] + 1) {
            uint8_t byte = bytes[base + end - 1];
            if (byte != ' ' && byte != '\n' && byte != '\r' && byte != '\t') break;
            end--;
        }
        return end;
    }

    std::string pointer() const {
        std::string pointer;
        for (int level = 0; level < depth; level++) {
            const Frame &frame = stack[level];
            if (frame.child == 0 || frame.child >= next) break;
            if (nodes[frame.node].kind == Object) appendStep(pointer, View{bytes, nodes}.key(nodes[frame.child]));
            else appendStep(pointer, std::to_string(frame.count));
        }
        return pointer;
    }

    int32_t wrong(const char *detail, int32_t code = CDECODE_NOT_JSON) { return fail(fault, code, pointer(), detail); }

    int32_t stringWrong(int32_t code) {
        switch (code) {
        case CDECODE_LONE_SURROGATE: return wrong("half of a surrogate pair stands alone in a string", code);
        case CDECODE_NUL_CHARACTER: return wrong("a string holds the character U+0000, which cannot be stored", code);
        default: return wrong("a string holds an escape that JSON does not have");
        }
    }

    /// The string that begins at the current token: its place and length without quotes, escapes resolved.
    int32_t readString(uint32_t &offset, uint32_t &length) {
        uint32_t begin = tokens[token], end = tokenEnd();
        if (end < begin + 2 || bytes[base + end - 1] != '"') return wrong("a string is not closed");
        token++;
        offset = base + begin + 1;
        length = end - begin - 2;
        if (hasEscapes && length > 0 && std::memchr(bytes + offset, '\\', length)) {
            size_t resolved = length;
            if (int32_t code = unescape(bytes + offset, resolved)) return stringWrong(code);
            length = uint32_t(resolved);
        }
        return CDECODE_OK;
    }

    int32_t readKey() {
        if (peek() != '"') return wrong("expected a member's name in quotes");
        if (int32_t code = readString(keyOffset, keyCount)) return code;
        if (peek() != ':') return wrong("expected : after a member's name");
        token++;
        return CDECODE_OK;
    }

    int32_t beginValue() {
        if (next >= limit) return wrong("too many values for its length");
        cdecode_node &node = nodes[next];
        node = {Null, 0, 0, keyOffset, keyCount, 1, 0};
        uint32_t index = next++;
        uint8_t byte = peek();
        if (token >= tokenCount) return wrong("the text ends where a value is expected");
        switch (byte) {
        case '{':
        case '[':
            if (depth == CDECODE_MAX_DEPTH) return wrong("arrays and objects nest deeper than 64", CDECODE_TOO_DEEP);
            node.kind = byte == '{' ? Object : Array;
            stack[depth++] = {index, 0, 0};
            opened = true;
            token++;
            return CDECODE_OK;
        case '"': {
            uint32_t offset, length;
            if (int32_t code = readString(offset, length)) return code;
            node.kind = String;
            node.payload = uint64_t(length) << 32 | offset;
            break;
        }
        default:
            if (int32_t code = readScalar(node)) return code;
        }
        if (depth > 0) stack[depth - 1].count++;
        return CDECODE_OK;
    }

    int32_t readScalar(cdecode_node &node) {
        uint32_t begin = tokens[token];
        std::string_view text(reinterpret_cast<char *>(bytes) + base + begin, tokenEnd() - begin);
        token++;
        char byte = text[0];
        if (byte == '-' || (byte >= '0' && byte <= '9')) {
            int32_t code = readNumber(text, node);
            if (code == CDECODE_NUMBER_OUT_OF_RANGE)
                return wrong("a number is too large, or has more digits than a double can keep; send it as text", code);
            return code ? wrong("this is no JSON number") : CDECODE_OK;
        }
        if (text == "true") node.kind = True;
        else if (text == "false") node.kind = False;
        else if (text == "null") node.kind = Null;
        else return wrong("expected a value here");
        return CDECODE_OK;
    }

    int32_t close() {
        Frame top = stack[--depth];
        cdecode_node &node = nodes[top.node];
        node.skip = next - top.node;
        node.payload = top.count;
        if ((options & CDECODE_CHECK_DUPLICATE_KEYS) && node.kind == Object && top.count > 1) {
            uint32_t found = duplicateMember({bytes, nodes}, top.node);
            if (found != CDECODE_ABSENT) {
                std::string place = pointer();
                appendStep(place, View{bytes, nodes}.key(nodes[found]));
                return fail(fault, CDECODE_DUPLICATE_KEY, place, "an object has this member twice");
            }
        }
        if (depth > 0) stack[depth - 1].count++;
        return CDECODE_OK;
    }
};

int32_t firstStageFault(simdjson::error_code error, const uint8_t *text, size_t count, cdecode_fault *fault) {
    size_t valid = validUTF8Prefix(text, count);
    if (valid != count) {
        return fail(fault, CDECODE_NOT_UTF8, "", "byte " + std::to_string(valid) + " is not UTF-8");
    }
    switch (error) {
    case simdjson::UNESCAPED_CHARS:
        if (std::memchr(text, 0, count)) return fail(fault, CDECODE_NUL_CHARACTER, "", "the text holds a NUL byte");
        return fail(fault, CDECODE_NOT_JSON, "", "a string holds a control character that is not escaped");
    case simdjson::UNCLOSED_STRING: return fail(fault, CDECODE_NOT_JSON, "", "a string is not closed");
    case simdjson::EMPTY: return fail(fault, CDECODE_NOT_JSON, "", "there is only white space");
    case simdjson::MEMALLOC: return fail(fault, CDECODE_NO_MEMORY, "", "memory is short");
    default: return fail(fault, CDECODE_NOT_JSON, "", simdjson::error_message(error));
    }
}

}  // namespace

extern "C" cdecode_parser *cdecode_parser_create(void) { return new (std::nothrow) cdecode_parser; }

extern "C" void cdecode_parser_destroy(cdecode_parser *parser) { delete parser; }

extern "C" int32_t cdecode_parse(cdecode_parser *parser, uint8_t *bytes, uint32_t base, size_t count,
                                 cdecode_node *nodes, uint32_t first_node, uint32_t *node_count, uint32_t options,
                                 const void *, cdecode_fault *fault) try {
    const uint8_t *text = bytes + base;
    if (count == 0) return fail(fault, CDECODE_NOT_JSON, "", "the text is empty");
    if (count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF)
        return fail(fault, CDECODE_NOT_JSON, "", "a byte order mark precedes the JSON; send it without");
    auto error = parser->ensure(count);
    if (!error) error = parser->stage->stage1(text, count, simdjson::stage1_mode::regular);
    if (error) return firstStageFault(error, text, count, fault);
    Walk walk(*parser, bytes, base, count, nodes, first_node, options, fault);
    int32_t code = walk.run();
    *node_count = walk.end() - first_node;
    return code;
} catch (...) { return fail(fault, CDECODE_NO_MEMORY, "", "memory is short"); }
