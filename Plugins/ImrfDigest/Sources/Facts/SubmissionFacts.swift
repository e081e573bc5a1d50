import PluginKit

/// What is contributed and by which way it goes.
///
/// A submission may be filed again, in a later edition. Each filing stays a fact with its own items; queries take the
/// last filing of a submission by rule 4's order, and only that one's items. A filing without a mandate is kept like any
/// other: the digest says that none is recorded.
enum SubmissionFacts {
    static func filed(_ data: Value, _ hash: Cell, _ effects: Effects) throws {
        try effects.fact(
            "submission",
            [
                "submission_id": Cell(data["submission_id"]?.text), "cycle": Cell(data["cycle"]?.integer),
                "edition": Cell(data["edition"]?.integer), "filed_by_kind": Cell(data["filed_by_kind"]?.text),
                "filed_by": Cell(data["filed_by"]?.text), "route": Cell(data["route"]?.text),
                "channel": Cell(data["channel"]?.text), "stakeholders": Cell(data["stakeholders"]?.texts),
                "synthetic": Cell(data["synthetic"]?.bool ?? false), "sha256": hash,
            ])
        guard let items = data["items"] else { return }
        for (index, item) in items.elements.enumerated() {
            try effects.fact(
                "item", index: index,
                [
                    "submission_id": Cell(data["submission_id"]?.text),
                    "item_id": item["item_id"]?.text.map { .text($0) } ?? .string(String(index)),
                    "kind": Cell(item["kind"]?.text), "objectives": .string(objectives(item)),
                    "level": Cell(item["level"]?.text), "states": Cell(item["states"]?.texts),
                    "sdg": Cell(item["sdg"]?.texts), "title_ar": Cell(item["title_ar"]?.text),
                    "title_en": Cell(item["title_en"]?.text), "consent": Cell(item["consent"]?.text), "sha256": hash,
                ])
        }
    }

    static func relayed(_ data: Value, _ hash: Cell, _ effects: Effects) throws {
        try effects.fact(
            "relay",
            [
                "submission_id": Cell(data["submission_id"]?.text), "via": Cell(data["via"]?.text),
                "via_name": Cell(data["via_name"]?.text), "destination": Cell(data["to"]?.text), "sha256": hash,
            ])
    }

    static func received(_ data: Value, _ hash: Cell, _ effects: Effects) throws {
        try effects.fact(
            "receipt",
            [
                "submission_id": Cell(data["submission_id"]?.text), "received_by": Cell(data["by"]?.text),
                "level": Cell(data["level"]?.text), "sha256": hash,
            ])
    }

    /// `objectives` and `objective` together, ascending, each once, as a JSON array of texts.
    private static func objectives(_ item: Value) -> String {
        var numbers: Set<Int64> = []
        if let list = item["objectives"] { numbers.formUnion(list.elements.compactMap(\.integer)) }
        if let number = item["objective"]?.integer { numbers.insert(number) }
        return "[" + numbers.sorted().map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }
}
