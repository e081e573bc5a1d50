import PluginKit

/// What was said of a meeting. Kept whole, so that reminders and notices of changes need no rebuild.
enum MeetingFacts {
    static func scheduled(_ event: Event, _ effects: Effects) throws {
        guard let data = event.data else { return }
        let place = PlaceName(data)
        try effects.fact(
            "meeting",
            [
                "meeting_id": Cell(data["meeting_id"]?.text), "level": Cell(data["level"]?.text),
                "session_kind": Cell(data["session_kind"]?.text), "ordinal": Cell(data["ordinal"]?.integer),
                "title_ar": Cell(data["title_ar"]?.text), "title_en": Cell(data["title_en"]?.text),
                "starts": Cell(data["starts"]?.text), "ends": Cell(data["ends"]?.text),
                "time_zone": Cell(data["time_zone"]?.text), "place_ar": Cell(place.ar), "place_en": Cell(place.en),
                "agenda_items": Cell(data["agenda"]?.count ?? 0),
            ])
    }

    static func changed(_ event: Event, to change: String, _ effects: Effects) throws {
        guard let data = event.data else { return }
        let place = PlaceName(data)
        try effects.fact(
            "meeting_change",
            [
                "meeting_id": Cell(data["meeting_id"]?.text), "change": .string(change),
                "starts": Cell(data["starts"]?.text), "ends": Cell(data["ends"]?.text),
                "time_zone": Cell(data["time_zone"]?.text), "place_ar": Cell(place.ar), "place_en": Cell(place.en),
                "reason_ar": Cell(data["reason_ar"]?.text ?? data["reason"]?.text),
                "reason_en": Cell(data["reason_en"]?.text ?? data["reason"]?.text),
            ])
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
