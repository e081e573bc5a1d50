import PluginKit

/// Facts of what documents state: figures, and statements of fields that other events carry.
enum Statements {
    static func keepFigure(_ data: Value, _ effects: Effects) throws {
        try effects.fact(
            "figure",
            [
                "figure": Cell(data["figure"]?.text), "subject": Cell(data["subject"]?.text),
                "value": Cell(data["value"].map(text)),
                "number": data["value"]?.number.map { .real($0) } ?? .null, "unit": Cell(data["unit"]?.text),
                "document": Cell(data["document"]?.text), "lines": Cell(data["lines"]?.text),
            ])
    }

    /// Fields of a registration of which documents give different values.
    private static let compared: [StaticString] = ["mech_type", "founded_year", "decision_year", "states_count"]

    /// Keeps every statement that names its document: those beside the event's own (`also_stated`), and of a
    /// registration its own where none of the former says the same of another document.
    static func keep(of event: Event, _ data: Value, _ effects: Effects) throws {
        let isRegistration = event.type == "org.iscm.mechanism.registered.v1"
        let subject = isRegistration ? event.key : event.subject ?? event.key
        var index = 0
        func keep(_ field: Cell, _ value: Value, _ source: Value) throws {
            try effects.fact(
                "statement", index: index,
                [
                    "subject": .text(subject), "field": field, "value": .string(text(value)),
                    "document": Cell(source["document"]?.text), "lines": Cell(source["lines"]?.text),
                ])
            index += 1
        }
        let others = data["also_stated"]
        if isRegistration, data["document"] != nil {
            for field in compared {
                guard let value = data[field] else { continue }
                let isOthers = others?.elements.contains { other in
                    guard let name = other["field"]?.text else { return false }
                    return name == field && other["value"].map(text) == text(value)
                }
                if isOthers != true { try keep(.string(field.description), value, data) }
            }
        }
        guard let others else { return }
        for other in others.elements {
            guard let value = other["value"] else { continue }
            try keep(Cell(other["field"]?.text), value, other)
        }
    }

    /// Text as it is, everything else as canonical JSON.
    private static func text(_ value: Value) -> String { value.string ?? value.canonicalJSON() }
}
