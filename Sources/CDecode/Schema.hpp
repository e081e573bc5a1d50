// A JSON Schema of draft 7 as a flat program: rules that refer to each other by number.
#pragma once
#include "Internal.hpp"
#include "Pattern.hpp"
#include <memory>
#include <vector>

namespace cdecode {

enum Format : uint8_t { NoFormat, DateFormat, DateTimeFormat, URIFormat, URIReferenceFormat };

/// A decimal number as digits times a power of ten, for multipleOf without rounding.
struct Decimal {
    uint64_t digits;
    int exponent;
};
Decimal decimalOf(const cdecode_node &);
bool isMultiple(Decimal value, Decimal of);

struct Property {
    std::string name;
    int rule = -1;         // the rule of `properties`, or -1
    int requiredBit = -1;  // its bit among the required names, or -1
};

/// What `properties` and `required` say, found by name with one probe as a rule.
struct PropertyTable {
    std::vector<Property> list;
    std::vector<int16_t> slots;

    void index();
    const Property *find(std::string_view name) const;
};

struct Dependency {
    std::string name;
    std::vector<std::string> required;
    int rule = -1;
};

/// The keywords of one schema. Groups that are absent cost one test of `groups`.
struct Rule {
    enum Group : uint16_t {
        Numbers = 1, Strings = 2, Arrays = 4, Objects = 8, Values = 16, Combined = 32, Never = 64, Reference = 128
    };
    uint16_t groups = 0;
    uint16_t types = 0;  // one bit a type; 0 for any

    bool hasMinimum = false, hasMaximum = false, hasMultiple = false;
    // Draft 7 lets both forms stand side by side.
    bool hasExclusiveMinimum = false, hasExclusiveMaximum = false;
    double minimum = 0, maximum = 0, exclusiveMinimum = 0, exclusiveMaximum = 0;
    Decimal multiple{1, 0};

    uint64_t minLength = 0, maxLength = UINT64_MAX;
    Format format = NoFormat;
    std::unique_ptr<Pattern> pattern;

    uint64_t minItems = 0, maxItems = UINT64_MAX;
    bool uniqueItems = false, hasTuple = false;
    int items = -1, additionalItems = -1, contains = -1;
    std::vector<int> tuple;

    uint64_t minProperties = 0, maxProperties = UINT64_MAX, requiredMask = 0;
    int additionalProperties = -1, propertyNames = -1;
    PropertyTable properties;
    std::vector<std::pair<Pattern, int>> patternProperties;
    std::vector<Dependency> dependencies;

    std::vector<uint32_t> values;  // enum and const: nodes of the schema's own document
    bool hasEnum = false, hasConst = false;
    uint32_t constant = 0;

    std::vector<int> allOf, anyOf, oneOf;
    int negated = -1, condition = -1, consequence = -1, alternative = -1;
    int reference = -1;
};

}  // namespace cdecode

struct cdecode_schema {
    std::vector<uint8_t> bytes;
    std::vector<cdecode_node> nodes;
    std::vector<cdecode::Rule> rules;

    cdecode::View view() const { return {bytes.data(), nodes.data()}; }
};
