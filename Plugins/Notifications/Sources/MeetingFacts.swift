import PluginKit

/// What was said of a meeting. Kept whole, so that reminders and notices of changes need no rebuild.
enum MeetingFacts {
    /// Keeps an announcement, and gives it as a statement.
    static func scheduled(_ event: Event, _ data: Value, _ effects: Effects) throws -> MeetingStatement {
        let place = PlaceName(data)
        let values: KeyValuePairs<StaticString, Cell> = [
            "meeting_id": Cell(data["meeting_id"]?.text), "level": Cell(data["level"]?.text),
            "session_kind": Cell(data["session_kind"]?.text), "ordinal": Cell(data["ordinal"]?.integer),
            "title_ar": Cell(data["title_ar"]?.text), "title_en": Cell(data["title_en"]?.text),
            "starts": Cell(data["starts"]?.text), "ends": Cell(data["ends"]?.text),
            "time_zone": Cell(data["time_zone"]?.text), "place_ar": Cell(place.ar), "place_en": Cell(place.en),
            "agenda_items": Cell(data["agenda"]?.count ?? 0),
        ]
        try effects.fact("meeting", values)
        return MeetingStatement(event, values)
    }

    /// Keeps a change, and gives it as a statement.
    static func changed(_ event: Event, _ data: Value, to change: String, _ effects: Effects) throws
        -> MeetingStatement
    {
        let place = PlaceName(data)
        let values: KeyValuePairs<StaticString, Cell> = [
            "meeting_id": Cell(data["meeting_id"]?.text), "change": .string(change),
            "starts": Cell(data["starts"]?.text), "ends": Cell(data["ends"]?.text),
            "time_zone": Cell(data["time_zone"]?.text), "place_ar": Cell(place.ar), "place_en": Cell(place.en),
            "reason_ar": Cell(data["reason_ar"]?.text ?? data["reason"]?.text),
            "reason_en": Cell(data["reason_en"]?.text ?? data["reason"]?.text),
        ]
        try effects.fact("meeting_change", values)
        return MeetingStatement(event, values)
    }
}

/// The name of a place in both languages: either language's where only one is given, and `place` where one serves both.
struct PlaceName {
    let ar: Text?
    let en: Text?

    init(_ data: Value) {
        let common = data["place"]?.text
        ar = data["place_ar"]?.text ?? common ?? data["place_en"]?.text
        en = data["place_en"]?.text ?? common ?? data["place_ar"]?.text
    }
}
