import PluginKit

/// Facts of what changes a mechanism after its registration: type, end, members, chair, secretariat.
enum Changes {
    static func keepReclassification(_ data: Value, _ effects: Effects) throws {
        try effects.fact(
            "reclassified",
            [
                "from_type": Cell(data["from_type"]?.text), "to_type": Cell(data["to_type"]?.text),
                "reason": Cell(data["reason"]?.text), "document": Cell(data["document"]?.text),
                "lines": Cell(data["lines"]?.text),
            ])
    }

    static func keepConclusion(_ data: Value, _ effects: Effects) throws {
        try effects.fact(
            "concluded",
            [
                "reason": Cell(data["reason"]?.text), "successor": Cell(data["successor"]?.text),
                "document": Cell(data["document"]?.text), "lines": Cell(data["lines"]?.text),
            ])
    }

    static func keepMember(_ data: Value, _ change: String, _ effects: Effects) throws {
        try effects.fact(
            "member",
            [
                "party": Cell(data["party"]?.text), "party_kind": Cell(data["party_kind"]?.text),
                "change": .string(change), "origin": Cell(data["origin"]?.text),
                "document": Cell(data["document"]?.text), "lines": Cell(data["lines"]?.text),
            ])
    }

    static func keepChair(_ data: Value, _ effects: Effects) throws {
        try effects.fact(
            "chair",
            [
                "chair": Cell(data["chair"]?.text), "name_ar": Cell(data["chair_name_ar"]?.text),
                "name_en": Cell(data["chair_name_en"]?.text), "chair_kind": Cell(data["chair_kind"]?.text),
                "term_to": Cell(data["term_to"]?.text), "document": Cell(data["document"]?.text),
                "lines": Cell(data["lines"]?.text),
            ])
    }

    static func keepSecretariat(_ data: Value, _ effects: Effects) throws {
        try effects.fact(
            "secretariat",
            [
                "kind": Cell(data["kind"]?.text), "organisation": Cell(data["organisation"]?.text),
                "name_ar": Cell(data["organisation_name_ar"]?.text),
                "name_en": Cell(data["organisation_name_en"]?.text), "until": Cell(data["until"]?.text),
                "document": Cell(data["document"]?.text), "lines": Cell(data["lines"]?.text),
            ])
    }
}
