import PluginKit

/// What the plugin remembers of who takes part and who acts for whom.
enum StandingFacts {
    static func keep(_ event: Event, _ effects: Effects) throws {
        guard let data = event.data else { return }
        if event.type == EventTypes.memberJoined {
            try effects.fact("member", ["party": Cell(data["party"]?.text), "change": "joined"])
        } else if event.type == EventTypes.memberLeft {
            try effects.fact("member", ["party": Cell(data["party"]?.text), "change": "left"])
        } else if event.type == EventTypes.focalPointDesignated {
            try effects.fact(
                "focal_point",
                [
                    "state_or_body": Cell(data["state_or_body"]?.text), "role": Cell(data["role"]?.text),
                    "person": Cell(data["person"]?.text), "subject": Cell(data["subject"]?.text),
                ])
        } else if event.type == EventTypes.mechanismRegistered {
            try effects.fact(
                "mechanism",
                [
                    "name_ar": Cell(data["name_ar"]?.text), "name_en": Cell(data["name_en"]?.text),
                    "acronym": Cell(data["acronym"]?.text),
                ])
        } else if event.type == EventTypes.personDescribed {
            try keepPerson(data, effects)
        }
    }

    /// The record as it was last described: the topic is compacted, so the newest record is all there is.
    private static func keepPerson(_ data: Value, _ effects: Effects) throws {
        try effects.put(
            "person",
            values: [
                "name_ar": Cell(data["name_ar"]?.text), "name_en": Cell(data["name_en"]?.text),
                "languages": Cell(data["languages"]?.canonicalJSON()),
                "channels": Cell(data["channels"]?.canonicalJSON()),
                "digits": Cell(data["digits"]?.text), "time_zone": Cell(data["time_zone"]?.text),
            ])
    }
}
