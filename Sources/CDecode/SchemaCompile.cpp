// A schema's document to rules. What is not supported is an error that names the keyword and its place.
#include "Schema.hpp"
#include <algorithm>
#include <map>
#include <memory>
#include <new>

namespace cdecode {
namespace {

/// Stops the compilation; caught at the C boundary below.
struct Unusable {
    std::string pointer, detail;
};

class Compiler {
public:
    explicit Compiler(cdecode_schema &schema) : schema(schema), view(schema.view()) {}

    void run() {
        compile(0);
        for (size_t rule = 0; rule < schema.rules.size(); rule++) findLoop(int(rule));
    }

private:
    cdecode_schema &schema;
    const View view;
    std::map<uint32_t, int> compiled;
    std::vector<uint8_t> colour;

    [[noreturn]] void stop(uint32_t node, const std::string &detail) {
        throw Unusable{pointerTo(view, 0, node), detail};
    }

    const cdecode_node &at(uint32_t node) const { return view.nodes[node]; }

    template <typename Body> void members(uint32_t object, const char *what, Body body) {
        if (at(object).kind != Object) stop(object, what);
        uint32_t child = object + 1;
        for (uint64_t i = 0; i < at(object).payload; i++, child += at(child).skip) body(view.key(at(child)), child);
    }

    template <typename Body> void elements(uint32_t array, const char *what, Body body) {
        if (at(array).kind != Array) stop(array, what);
        uint32_t child = array + 1;
        for (uint64_t i = 0; i < at(array).payload; i++, child += at(child).skip) body(child);
    }

    uint64_t count(uint32_t node) {
        if (at(node).kind != Integer || int64_t(at(node).payload) < 0) stop(node, "this keyword takes a count from 0");
        return at(node).payload;
    }

    double number(uint32_t node) {
        if (!isNumber(at(node))) stop(node, "this keyword takes a number");
        return asDouble(at(node));
    }

    bool boolean(uint32_t node) {
        if (at(node).kind != True && at(node).kind != False) stop(node, "this keyword takes true or false");
        return at(node).kind == True;
    }

    std::string text(uint32_t node) {
        if (at(node).kind != String) stop(node, "this keyword takes text");
        return std::string(view.text(at(node)));
    }

    Pattern pattern(std::string_view source, uint32_t node) {
        Pattern result;
        std::string error;
        if (!Pattern::compile(source, result, error)) stop(node, "the pattern has what is not supported: " + error);
        return result;
    }

    int compile(uint32_t node) {
        auto known = compiled.find(node);
        if (known != compiled.end()) return known->second;
        int index = int(schema.rules.size());
        compiled[node] = index;
        schema.rules.emplace_back();
        Rule rule = read(node);
        finish(rule);
        schema.rules[size_t(index)] = std::move(rule);
        return index;
    }

    Rule read(uint32_t node) {
        Rule rule;
        if (at(node).kind == True) return rule;
        if (at(node).kind == False) {
            rule.groups = Rule::Never;
            return rule;
        }
        uint32_t reference = CDECODE_ABSENT;
        members(node, "a schema is an object, true or false", [&](std::string_view keyword, uint32_t value) {
            if (keyword == "$ref") reference = value;
        });
        if (reference != CDECODE_ABSENT) {
            // Draft 7: everything beside a $ref is ignored.
            rule.groups = Rule::Reference;
            rule.reference = compile(resolve(reference));
            return rule;
        }
        members(node, "", [&](std::string_view keyword, uint32_t value) {
            if (!annotation(keyword, value, node) && !numbers(rule, keyword, value) && !strings(rule, keyword, value) &&
                !arrays(rule, keyword, value) && !objects(rule, keyword, value) && !others(rule, keyword, value))
                stop(value, "the keyword " + std::string(keyword) + " is not supported");
        });
        return rule;
    }

    bool annotation(std::string_view keyword, uint32_t value, uint32_t node) {
        if (keyword.substr(0, 2) == "x-") return true;
        if (keyword == "definitions") {
            members(value, "definitions is an object of schemas", [&](std::string_view, uint32_t child) { compile(child); });
            return true;
        }
        if (keyword == "$id") {
            if (node != 0) stop(value, "$id below the root is not supported");
            return true;
        }
        if (keyword == "$schema") {
            auto dialect = text(value);
            if (dialect != "http://json-schema.org/draft-07/schema#" && dialect != "http://json-schema.org/draft-07/schema")
                stop(value, "only draft 7 is supported");
            return true;
        }
        return keyword == "title" || keyword == "description" || keyword == "default" || keyword == "examples" ||
               keyword == "$comment";
    }

    bool numbers(Rule &rule, std::string_view keyword, uint32_t value) {
        if (keyword == "minimum") rule.hasMinimum = true, rule.minimum = number(value);
        else if (keyword == "maximum") rule.hasMaximum = true, rule.maximum = number(value);
        else if (keyword == "exclusiveMinimum") rule.hasExclusiveMinimum = true, rule.exclusiveMinimum = number(value);
        else if (keyword == "exclusiveMaximum") rule.hasExclusiveMaximum = true, rule.exclusiveMaximum = number(value);
        else if (keyword == "multipleOf") {
            if (number(value) <= 0) stop(value, "multipleOf is above 0");
            rule.hasMultiple = true;
            rule.multiple = decimalOf(at(value));
        } else return false;
        rule.groups |= Rule::Numbers;
        return true;
    }

    bool strings(Rule &rule, std::string_view keyword, uint32_t value) {
        if (keyword == "minLength") rule.minLength = count(value);
        else if (keyword == "maxLength") rule.maxLength = count(value);
        else if (keyword == "pattern") rule.pattern = std::make_unique<Pattern>(pattern(text(value), value));
        else if (keyword == "format") {
            auto name = text(value);
            if (name == "date") rule.format = DateFormat;
            else if (name == "date-time") rule.format = DateTimeFormat;
            else if (name == "uri") rule.format = URIFormat;
            else if (name == "uri-reference") rule.format = URIReferenceFormat;
            else stop(value, "this format is not supported; use a pattern");
        } else return false;
        rule.groups |= Rule::Strings;
        return true;
    }

    bool arrays(Rule &rule, std::string_view keyword, uint32_t value) {
        if (keyword == "minItems") rule.minItems = count(value);
        else if (keyword == "maxItems") rule.maxItems = count(value);
        else if (keyword == "uniqueItems") rule.uniqueItems = boolean(value);
        else if (keyword == "contains") rule.contains = compile(value);
        else if (keyword == "additionalItems") rule.additionalItems = compile(value);
        else if (keyword == "items") {
            if (at(value).kind == Array) {
                rule.hasTuple = true;
                elements(value, "", [&](uint32_t child) { rule.tuple.push_back(compile(child)); });
            } else rule.items = compile(value);
        } else return false;
        rule.groups |= Rule::Arrays;
        return true;
    }

    bool objects(Rule &rule, std::string_view keyword, uint32_t value) {
        if (keyword == "minProperties") rule.minProperties = count(value);
        else if (keyword == "maxProperties") rule.maxProperties = count(value);
        else if (keyword == "additionalProperties") rule.additionalProperties = compile(value);
        else if (keyword == "propertyNames") rule.propertyNames = compile(value);
        else if (keyword == "properties") {
            members(value, "properties is an object of schemas", [&](std::string_view name, uint32_t child) {
                int property = compile(child);
                entry(rule, name).rule = property;
            });
        } else if (keyword == "patternProperties") {
            members(value, "patternProperties is an object of schemas", [&](std::string_view source, uint32_t child) {
                auto compiledPattern = pattern(source, child);
                rule.patternProperties.emplace_back(std::move(compiledPattern), compile(child));
            });
        } else if (keyword == "required") {
            int bit = 0;
            elements(value, "required is an array of names", [&](uint32_t child) {
                Property &property = entry(rule, text(child));
                if (property.requiredBit >= 0) return;
                if (bit == 64) stop(child, "more than 64 required names are not supported");
                property.requiredBit = bit++;
            });
            rule.requiredMask = bit == 64 ? UINT64_MAX : (uint64_t(1) << bit) - 1;
        } else if (keyword == "dependencies") {
            members(value, "dependencies is an object", [&](std::string_view name, uint32_t child) {
                Dependency dependency;
                dependency.name = name;
                if (at(child).kind == Array)
                    elements(child, "", [&](uint32_t element) { dependency.required.push_back(text(element)); });
                else dependency.rule = compile(child);
                rule.dependencies.push_back(std::move(dependency));
            });
        } else return false;
        rule.groups |= Rule::Objects;
        return true;
    }

    static Property &entry(Rule &rule, std::string_view name) {
        for (auto &property : rule.properties.list)
            if (property.name == name) return property;
        rule.properties.list.push_back({std::string(name), -1, -1});
        return rule.properties.list.back();
    }

    bool others(Rule &rule, std::string_view keyword, uint32_t value) {
        auto list = [&](std::vector<int> &rules) {
            elements(value, "this keyword takes an array of schemas", [&](uint32_t child) { rules.push_back(compile(child)); });
            if (rules.empty()) stop(value, "this keyword takes at least one schema");
        };
        if (keyword == "type") {
            if (at(value).kind == Array) elements(value, "", [&](uint32_t child) { rule.types |= typeBit(child); });
            else rule.types = typeBit(value);
            if (rule.types == 0) stop(value, "type takes at least one type");
            return true;
        }
        if (keyword == "enum") {
            rule.hasEnum = true;
            elements(value, "enum is an array of values", [&](uint32_t child) { rule.values.push_back(child); });
            rule.groups |= Rule::Values;
            return true;
        }
        if (keyword == "const") {
            rule.hasConst = true;
            rule.constant = value;
            rule.groups |= Rule::Values;
            return true;
        }
        if (keyword == "allOf") list(rule.allOf);
        else if (keyword == "anyOf") list(rule.anyOf);
        else if (keyword == "oneOf") list(rule.oneOf);
        else if (keyword == "not") rule.negated = compile(value);
        else if (keyword == "if") rule.condition = compile(value);
        else if (keyword == "then") rule.consequence = compile(value);
        else if (keyword == "else") rule.alternative = compile(value);
        else return false;
        rule.groups |= Rule::Combined;
        return true;
    }

    uint16_t typeBit(uint32_t node) {
        auto name = text(node);
        if (name == "null") return 1 << Null;
        if (name == "boolean") return 1 << False | 1 << True;
        if (name == "integer") return 1 << Integer;
        if (name == "number") return 1 << Integer | 1 << Number;
        if (name == "string") return 1 << String;
        if (name == "array") return 1 << Array;
        if (name == "object") return 1 << Object;
        stop(node, "this is no type of JSON Schema");
    }

    static void finish(Rule &rule) {
        if (!rule.properties.list.empty()) rule.properties.index();
    }

    /// The node that a local reference names.
    uint32_t resolve(uint32_t reference) {
        auto target = text(reference);
        if (target.empty() || target[0] != '#') stop(reference, "only references within the file are supported (#/...)");
        std::string pointer = percentDecoded(std::string_view(target).substr(1), reference);
        if (!pointer.empty() && pointer[0] != '/') stop(reference, "a reference by $id is not supported; use a JSON pointer");
        uint32_t node = 0;
        size_t from = 0;
        while (from < pointer.size()) {
            size_t end = std::min(pointer.find('/', from + 1), pointer.size());
            node = step(node, unescaped(pointer.substr(from + 1, end - from - 1)), reference);
            from = end;
        }
        return node;
    }

    uint32_t step(uint32_t node, const std::string &name, uint32_t reference) {
        uint32_t found = CDECODE_ABSENT;
        if (at(node).kind == Object) {
            members(node, "", [&](std::string_view key, uint32_t child) {
                if (key == name) found = child;
            });
        } else if (at(node).kind == Array) {
            uint64_t position = 0;
            elements(node, "", [&](uint32_t child) {
                if (std::to_string(position++) == name) found = child;
            });
        }
        if (found == CDECODE_ABSENT) stop(reference, "this reference leads nowhere");
        return found;
    }

    std::string percentDecoded(std::string_view text, uint32_t node) {
        std::string result;
        for (size_t i = 0; i < text.size(); i++) {
            if (text[i] != '%') {
                result += text[i];
                continue;
            }
            auto digit = [&](size_t at) { return at < text.size() && std::isxdigit(uint8_t(text[at])); };
            if (!digit(i + 1) || !digit(i + 2)) stop(node, "a % in this reference is no escape");
            result += char(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        }
        return result;
    }

    static std::string unescaped(const std::string &step) {
        std::string result;
        for (size_t i = 0; i < step.size(); i++) {
            if (step[i] == '~' && i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1'))
                result += step[++i] == '0' ? '~' : '/';
            else result += step[i];
        }
        return result;
    }

    /// A rule that refers to itself for the same value would never end.
    void findLoop(int index) {
        if (colour.size() < schema.rules.size()) colour.resize(schema.rules.size(), 0);
        if (index < 0 || colour[size_t(index)] == 2) return;
        if (colour[size_t(index)] == 1) throw Unusable{"", "a $ref leads back to itself without end"};
        colour[size_t(index)] = 1;
        const Rule &rule = schema.rules[size_t(index)];
        for (const auto *list : {&rule.allOf, &rule.anyOf, &rule.oneOf})
            for (int next : *list) findLoop(next);
        for (int next : {rule.negated, rule.condition, rule.consequence, rule.alternative, rule.reference}) findLoop(next);
        for (const auto &dependency : rule.dependencies) findLoop(dependency.rule);
        colour[size_t(index)] = 2;
    }
};

/// Copies the schema's document, so that the program outlives the caller's arrays.
void adopt(cdecode_schema &schema, const uint8_t *bytes, const cdecode_node *nodes, uint32_t root) {
    schema.nodes.assign(nodes + root, nodes + root + nodes[root].skip);
    auto keep = [&](uint32_t offset, uint32_t count) {
        uint32_t start = uint32_t(schema.bytes.size());
        schema.bytes.insert(schema.bytes.end(), bytes + offset, bytes + offset + count);
        return start;
    };
    schema.bytes.push_back(0);
    for (auto &node : schema.nodes) {
        if (node.key_count > 0) node.key_offset = keep(node.key_offset, node.key_count);
        if (node.kind == String) {
            uint32_t count = uint32_t(node.payload >> 32);
            node.payload = uint64_t(count) << 32 | keep(uint32_t(node.payload), count);
        }
    }
}

}  // namespace
}  // namespace cdecode

extern "C" cdecode_schema *cdecode_schema_compile(const uint8_t *bytes, const cdecode_node *nodes, uint32_t root,
                                                  cdecode_fault *fault) try {
    auto schema = std::make_unique<cdecode_schema>();
    cdecode::adopt(*schema, bytes, nodes, root);
    cdecode::Compiler(*schema).run();
    return schema.release();
} catch (const cdecode::Unusable &unusable) {
    cdecode::fail(fault, CDECODE_SCHEMA_UNSUPPORTED, unusable.pointer, unusable.detail);
    return nullptr;
} catch (...) {
    cdecode::fail(fault, CDECODE_NO_MEMORY, "", "memory is short");
    return nullptr;
}

extern "C" void cdecode_schema_destroy(cdecode_schema *schema) { delete schema; }
