import PluginKit

/// Facts of `mechanism.registered`.
enum Registration {
    static func keep(_ event: Event, _ data: Value, _ effects: Effects) throws {
        try effects.fact(
            "mechanism",
            [
                "name_ar": Cell(data["name_ar"]?.text), "name_en": Cell(data["name_en"]?.text),
                "acronym": Cell(data["acronym"]?.text), "mech_type": Cell(data["mech_type"]?.text),
                "region_ar": Cell(list(data["region_ar"], separator: "، ")),
                "region_en": Cell(list(data["region_en"], separator: ", ")),
                "founded_year": Cell(data["founded_year"]?.integer),
                "decision_year": Cell(data["decision_year"]?.integer),
                "founding_body_ar": Cell((data["founding_body_ar"] ?? data["founding_body"])?.text),
                "founding_body_en": Cell((data["founding_body_en"] ?? data["founding_body"])?.text),
                "association": Cell(data["association"]?.text), "states_count": Cell(data["states_count"]?.integer),
                "document": Cell(data["document"]?.text), "lines": Cell(data["lines"]?.text),
            ])
        if let themes = data["themes"] {
            for (index, theme) in themes.elements.enumerated() {
                try effects.fact("mechanism_theme", index: index, ["theme": Cell(theme.text)])
            }
        }
    }

    /// The texts of a list in its order; nil where there is none.
    private static func list(_ value: Value?, separator: String) -> String? {
        let texts = value?.elements.compactMap(\.string) ?? []
        return texts.isEmpty ? nil : texts.joined(separator: separator)
    }
}
