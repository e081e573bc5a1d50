// A schema's rules, run over a value.
#include "Schema.hpp"
#include <algorithm>

namespace cdecode {
namespace {

/// Recursion through $ref is bounded by the value's depth; this is the last resort.
constexpr int deepest = 4000;

size_t characters(std::string_view text) {
    size_t count = 0;
    for (char byte : text) count += (uint8_t(byte) & 0xC0) != 0x80;
    return count;
}

uint64_t mixed(uint64_t value) {
    value *= 0x9E3779B97F4A7C15ull;
    return value ^ value >> 31;
}

/// Equal values have equal numbers; members count in any order.
uint64_t fingerprint(const View &view, uint32_t index) {
    const auto &node = view.nodes[index];
    switch (node.kind) {
    case Integer:
    case Number: {
        double value = asDouble(node);
        uint64_t bits;
        std::memcpy(&bits, &value, sizeof bits);
        return mixed(bits + 1);
    }
    case String: return mixed(std::hash<std::string_view>()(view.text(node)) + 2);
    case Array:
    case Object: {
        uint64_t result = node.kind;
        uint32_t child = index + 1;
        for (uint64_t i = 0; i < node.payload; i++, child += view.nodes[child].skip) {
            uint64_t part = fingerprint(view, child);
            if (node.kind == Array) result = mixed(result + part);
            else result += mixed(part + std::hash<std::string_view>()(view.key(view.nodes[child])));
        }
        return mixed(result + node.kind);
    }
    default: return mixed(node.kind);
    }
}

class Checker {
public:
    Checker(const cdecode_schema &schema, View view) : schema(schema), view(view) {}

    uint32_t failedAt = 0;
    std::string failure;

    bool check(int index, uint32_t node) {
        const Rule &rule = schema.rules[size_t(index)];
        const auto &value = view.nodes[node];
        if (rule.types && !hasType(rule.types, value)) return fails(node, [&] { return "type " + typeNames(rule.types) + " is asked for"; });
        if (rule.groups == 0) return true;
        if (rule.groups & (Rule::Never | Rule::Reference)) {
            if (rule.groups & Rule::Never) return fails(node, [] { return "this must not be here"; });
            return nested(rule.reference, node);
        }
        if ((rule.groups & Rule::Strings) && value.kind == String && !strings(rule, node)) return false;
        if ((rule.groups & Rule::Numbers) && isNumber(value) && !numbers(rule, node)) return false;
        if ((rule.groups & Rule::Values) && !values(rule, node)) return false;
        if ((rule.groups & Rule::Objects) && value.kind == Object && !object(rule, node)) return false;
        if ((rule.groups & Rule::Arrays) && value.kind == Array && !array(rule, node)) return false;
        return !(rule.groups & Rule::Combined) || combined(rule, node);
    }

private:
    const cdecode_schema &schema;
    View view;
    int quiet = 0, depth = 0;

    template <typename Words> bool fails(uint32_t node, Words words) {
        if (quiet == 0) {
            failedAt = node;
            failure = words();
        }
        return false;
    }

    /// One level deeper.
    bool nested(int index, uint32_t node) {
        if (depth >= deepest) return fails(node, [] { return "the schema refers to itself too often"; });
        depth++;
        bool result = check(index, node);
        depth--;
        return result;
    }

    /// A question whose no is no failure.
    bool holds(int index, uint32_t node) {
        quiet++;
        bool result = nested(index, node);
        quiet--;
        return result;
    }

    static bool hasType(uint16_t types, const cdecode_node &value) {
        if (types & (1 << value.kind)) return true;
        // Beyond 64 bits an integer is kept as a double: all of those are whole.
        if (value.kind != Number || !(types & (1 << Integer))) return false;
        double number = asDouble(value);
        return number >= 9007199254740992.0 || number <= -9007199254740992.0;
    }

    static std::string typeNames(uint16_t types) {
        static const std::pair<uint16_t, const char *> names[] = {
            {1 << Null, "null"}, {1 << True, "boolean"}, {1 << Number, "number"}, {1 << String, "string"},
            {1 << Array, "array"}, {1 << Object, "object"}};
        std::string result;
        auto add = [&](const char *name) { result += (result.empty() ? "" : " or ") + std::string(name); };
        if ((types & (1 << Integer)) && !(types & (1 << Number))) add("integer");
        for (auto [bit, name] : names)
            if (types & bit) add(name);
        return result;
    }

    bool numbers(const Rule &rule, uint32_t node) {
        double value = asDouble(view.nodes[node]);
        if (rule.hasMinimum && value < rule.minimum) return fails(node, [] { return "it is below the minimum"; });
        if (rule.hasMaximum && value > rule.maximum) return fails(node, [] { return "it is above the maximum"; });
        if (rule.hasExclusiveMinimum && value <= rule.exclusiveMinimum) return fails(node, [] { return "it is not above exclusiveMinimum"; });
        if (rule.hasExclusiveMaximum && value >= rule.exclusiveMaximum) return fails(node, [] { return "it is not below exclusiveMaximum"; });
        if (rule.hasMultiple && !isMultiple(decimalOf(view.nodes[node]), rule.multiple)) return fails(node, [] { return "it is no multiple of multipleOf"; });
        return true;
    }

    bool strings(const Rule &rule, uint32_t node) {
        auto text = view.text(view.nodes[node]);
        // A character has one to four bytes: counting is needed only where that leaves it open.
        if (rule.minLength > (text.size() + 3) / 4 && characters(text) < rule.minLength) return fails(node, [] { return "it is shorter than minLength"; });
        if (rule.maxLength < text.size() && characters(text) > rule.maxLength) return fails(node, [] { return "it is longer than maxLength"; });
        if (rule.pattern && !rule.pattern->matches(text)) return fails(node, [] { return "it does not match the pattern"; });
        bool fits = true;
        switch (rule.format) {
        case NoFormat: break;
        case DateFormat: fits = isDate(text); break;
        case DateTimeFormat: fits = isDateTime(text); break;
        case URIFormat: fits = isAbsoluteURI(text); break;
        case URIReferenceFormat: fits = isURIReference(text); break;
        }
        return fits || fails(node, [] { return "it does not have the format"; });
    }

    bool values(const Rule &rule, uint32_t node) {
        const View own = schema.view();
        if (rule.hasConst && !sameValue(view, node, own, rule.constant)) return fails(node, [] { return "it is not the value of const"; });
        if (!rule.hasEnum) return true;
        for (uint32_t allowed : rule.values)
            if (sameValue(view, node, own, allowed)) return true;
        return fails(node, [] { return "it is none of the values of enum"; });
    }

    bool object(const Rule &rule, uint32_t node) {
        uint64_t count = view.nodes[node].payload;
        if (count < rule.minProperties) return fails(node, [] { return "it has fewer members than minProperties"; });
        if (count > rule.maxProperties) return fails(node, [] { return "it has more members than maxProperties"; });
        uint64_t missing = rule.requiredMask;
        uint32_t child = node + 1;
        for (uint64_t i = 0; i < count; i++) {
            const auto &member = view.nodes[child];
            auto name = view.key(member);
            bool known = false;
            if (const Property *property = rule.properties.find(name)) {
                if (property->requiredBit >= 0) missing &= ~(uint64_t(1) << property->requiredBit);
                known = property->rule >= 0;
                if (known && !nested(property->rule, child)) return false;
            }
            for (const auto &[pattern, index] : rule.patternProperties) {
                if (!pattern.matches(name)) continue;
                known = true;
                if (!nested(index, child)) return false;
            }
            if (!known && rule.additionalProperties >= 0 && !nested(rule.additionalProperties, child)) return false;
            if (rule.propertyNames >= 0 && !nameFits(rule.propertyNames, member))
                return fails(child, [] { return "the member's name does not fit propertyNames"; });
            child += member.skip;
        }
        if (missing) return fails(node, [&] { return "the required member " + firstMissing(rule, missing) + " is missing"; });
        return rule.dependencies.empty() || dependencies(rule, node);
    }

    static std::string firstMissing(const Rule &rule, uint64_t missing) {
        for (const auto &property : rule.properties.list)
            if (property.requiredBit >= 0 && (missing >> property.requiredBit & 1)) return property.name;
        return "";
    }

    /// A member's name is checked as the text that it is.
    bool nameFits(int index, const cdecode_node &member) const {
        cdecode_node text{String, 0, 0, 0, 0, 1, uint64_t(member.key_count) << 32 | member.key_offset};
        Checker names(schema, {view.bytes, &text});
        names.quiet = 1;
        names.depth = depth + 1;
        return names.check(index, 0);
    }

    bool has(uint32_t object, std::string_view name) const {
        uint32_t child = object + 1;
        for (uint64_t i = 0; i < view.nodes[object].payload; i++, child += view.nodes[child].skip)
            if (view.key(view.nodes[child]) == name) return true;
        return false;
    }

    bool dependencies(const Rule &rule, uint32_t node) {
        for (const auto &dependency : rule.dependencies) {
            if (!has(node, dependency.name)) continue;
            for (const auto &name : dependency.required)
                if (!has(node, name)) return fails(node, [&] { return "the member " + name + " is missing, which " + dependency.name + " asks for"; });
            if (dependency.rule >= 0 && !nested(dependency.rule, node)) return false;
        }
        return true;
    }

    bool array(const Rule &rule, uint32_t node) {
        uint64_t count = view.nodes[node].payload;
        if (count < rule.minItems) return fails(node, [] { return "it has fewer elements than minItems"; });
        if (count > rule.maxItems) return fails(node, [] { return "it has more elements than maxItems"; });
        uint32_t child = node + 1;
        bool contained = rule.contains < 0;
        for (uint64_t i = 0; i < count; i++, child += view.nodes[child].skip) {
            int index = !rule.hasTuple ? rule.items : i < rule.tuple.size() ? rule.tuple[size_t(i)] : rule.additionalItems;
            if (index >= 0 && !nested(index, child)) return false;
            if (!contained) contained = holds(rule.contains, child);
        }
        if (!contained) return fails(node, [] { return "no element is what contains asks for"; });
        return !rule.uniqueItems || count < 2 || unique(node);
    }

    bool unique(uint32_t node) {
        std::vector<std::pair<uint64_t, uint32_t>> prints;
        uint32_t child = node + 1;
        for (uint64_t i = 0; i < view.nodes[node].payload; i++, child += view.nodes[child].skip)
            prints.emplace_back(fingerprint(view, child), child);
        std::sort(prints.begin(), prints.end());
        for (size_t i = 1; i < prints.size(); i++)
            for (size_t j = i; j-- > 0 && prints[j].first == prints[i].first;)
                if (sameValue(view, prints[j].second, view, prints[i].second))
                    return fails(prints[i].second, [] { return "an element is there twice"; });
        return true;
    }

    bool combined(const Rule &rule, uint32_t node) {
        for (int index : rule.allOf)
            if (!nested(index, node)) return false;
        if (!rule.anyOf.empty()) {
            bool any = false;
            for (int index : rule.anyOf)
                if ((any = holds(index, node))) break;
            if (!any) return fails(node, [] { return "it fits none of anyOf"; });
        }
        if (!rule.oneOf.empty()) {
            int fitting = 0;
            for (int index : rule.oneOf) fitting += holds(index, node);
            if (fitting != 1) return fails(node, [&] { return fitting ? "it fits more than one of oneOf" : "it fits none of oneOf"; });
        }
        if (rule.negated >= 0 && holds(rule.negated, node)) return fails(node, [] { return "it is what not forbids"; });
        if (rule.condition < 0) return true;
        int index = holds(rule.condition, node) ? rule.consequence : rule.alternative;
        return index < 0 || nested(index, node);
    }
};

}  // namespace
}  // namespace cdecode

extern "C" int32_t cdecode_schema_check(const cdecode_schema *schema, const uint8_t *bytes, const cdecode_node *nodes,
                                        uint32_t root, cdecode_fault *fault) try {
    cdecode::Checker checker(*schema, {bytes, nodes});
    if (checker.check(0, root)) return CDECODE_OK;
    auto place = cdecode::pointerTo({bytes, nodes}, root, checker.failedAt);
    return cdecode::fail(fault, CDECODE_SCHEMA_VIOLATION, place, checker.failure);
} catch (...) { return cdecode::fail(fault, CDECODE_NO_MEMORY, "", "memory is short"); }
