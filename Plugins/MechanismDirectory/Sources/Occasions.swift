import PluginKit

/// Facts of what mechanisms do: meetings, Global Meetings, documents.
enum Occasions {
    static func keepMeeting(_ data: Value, _ effects: Effects) throws {
        try effects.fact(
            "meeting",
            [
                "meeting_id": Cell(data["meeting_id"]?.text), "level": Cell(data["level"]?.text),
                "session_kind": Cell(data["session_kind"]?.text), "ordinal": Cell(data["ordinal"]?.integer),
                "ends": Cell(data["ends"]?.text), "document": Cell(data["document"]?.text),
                "lines": Cell(data["lines"]?.text),
            ])
    }

    static func keepGlobalMeeting(_ data: Value, _ effects: Effects) throws {
        try effects.fact(
            "global_meeting",
            [
                "ordinal": Cell(data["ordinal"]?.integer),
                "place_ar": Cell((data["place_ar"] ?? data["place"])?.text),
                "place_en": Cell((data["place_en"] ?? data["place"])?.text),
                "host_ar": Cell((data["host_ar"] ?? data["host"])?.text),
                "host_en": Cell((data["host_en"] ?? data["host"])?.text),
                "theme_ar": Cell((data["theme_ar"] ?? data["theme"])?.text),
                "theme_en": Cell((data["theme_en"] ?? data["theme"])?.text),
                "participants": Cell(data["participants"]?.integer),
                "processes": Cell(data["processes_represented"]?.integer),
                "announced": Cell(data["announced"]?.bool ?? false), "document": Cell(data["document"]?.text),
                "lines": Cell(data["lines"]?.text),
            ])
    }

    static func keepDocument(_ data: Value, _ effects: Effects) throws {
        try effects.fact(
            "issued",
            [
                "document_id": Cell(data["document_id"]?.text), "doc_kind": Cell(data["doc_kind"]?.text),
                "title_ar": Cell(data["title_ar"]?.text), "title_en": Cell(data["title_en"]?.text),
                "occasion_ar": Cell((data["occasion_ar"] ?? data["occasion"])?.text),
                "occasion_en": Cell((data["occasion_en"] ?? data["occasion"])?.text),
                "document": Cell(data["document"]?.text), "lines": Cell(data["lines"]?.text),
            ])
    }
}
