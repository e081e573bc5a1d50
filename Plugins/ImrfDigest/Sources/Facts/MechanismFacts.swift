import PluginKit

/// Who the mechanism is: names, type, members, chair, secretariat.
enum MechanismFacts {
    static func keep(_ event: Event, _ data: Value, _ hash: Cell, _ effects: Effects) throws {
        if event.type == EventTypes.memberJoined {
            try member(data, "joined", hash, effects)
        } else if event.type == EventTypes.memberLeft {
            try member(data, "left", hash, effects)
        } else if event.type == EventTypes.mechanismRegistered {
            try registered(data, hash, effects)
        } else if event.type == EventTypes.mechanismReclassified {
            try effects.fact("classification", ["mech_type": Cell(data["to_type"]?.text), "sha256": hash])
        } else if event.type == EventTypes.chairAssumed {
            try effects.fact(
                "chair",
                [
                    "chair": Cell(data["chair"]?.text), "name_ar": Cell(data["chair_name_ar"]?.text),
                    "name_en": Cell(data["chair_name_en"]?.text), "chair_kind": Cell(data["chair_kind"]?.text),
                    "term_from": Cell(data["term_from"]?.text), "term_to": Cell(data["term_to"]?.text), "sha256": hash,
                ])
        } else if event.type == EventTypes.secretariatDesignated {
            try effects.fact(
                "secretariat",
                [
                    "kind": Cell(data["kind"]?.text), "organisation": Cell(data["organisation"]?.text),
                    "name_ar": Cell(data["organisation_name_ar"]?.text),
                    "name_en": Cell(data["organisation_name_en"]?.text), "sha256": hash,
                ])
        }
    }

    private static func registered(_ data: Value, _ hash: Cell, _ effects: Effects) throws {
        try effects.fact(
            "mechanism",
            [
                "name_ar": Cell(data["name_ar"]?.text), "name_en": Cell(data["name_en"]?.text),
                "acronym": Cell(data["acronym"]?.text), "regions": Cell(data["regions"]?.texts),
                "regions_ar": Cell(data["region_ar"]?.texts), "regions_en": Cell(data["region_en"]?.texts),
                "states_count": Cell(data["states_count"]?.integer), "sha256": hash,
            ])
        // Apart from the names, because reclassifying changes the type alone.
        try effects.fact("classification", ["mech_type": Cell(data["mech_type"]?.text), "sha256": hash])
    }

    private static func member(_ data: Value, _ change: String, _ hash: Cell, _ effects: Effects) throws {
        try effects.fact(
            "member",
            [
                "party": Cell(data["party"]?.text), "party_kind": Cell(data["party_kind"]?.text),
                "change": .string(change), "sha256": hash,
            ])
    }
}
