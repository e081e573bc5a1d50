import PluginKit

/// `meeting-scheduled`: to the focal points of the mechanism's member States.
enum MeetingNotice {
    static func send(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        guard let data = event.data else { return }
        let members = FactOrder.last(try rows.rows("member", .text(event.key)), inForceAt: event) {
            $0["party"].string ?? ""
        }
        let states = members.filter { $0.value["change"].string == "joined" }.map(\.key)
        let recipients = try FocalPoints(event, rows).persons(FocalPoints.nationalFocalPoint, of: Set(states))
        guard !recipients.isEmpty else { return }
        let arguments = try arguments(event, data, rows)
        for recipient in recipients {
            effects.notify(Notice(rule: "meeting-scheduled", recipient: recipient, arguments: arguments))
        }
    }

    /// Nothing here depends on a language: dates, codes and counts are written out when the notice is sent.
    private static func arguments(_ event: Event, _ data: Value, _ rows: Rows) throws -> [String: NoticeArgument] {
        guard let starts = data["starts"]?.text, let start = PartialDate(starts) else {
            throw Refusal(
                reason: "date-invalid",
                detail: "starts names a day that no calendar has; send the event again with the right date")
        }
        var end = start
        if let ends = data["ends"]?.text {
            guard let date = PartialDate(ends) else {
                throw Refusal(
                    reason: "date-invalid",
                    detail: "ends names a day that no calendar has; send the event again with the right date")
            }
            end = date
        }
        let title = BothLanguages.argument(data["title_ar"]?.text, data["title_en"]?.text)
        let place = PlaceName(data)
        let placeName = BothLanguages.argument(place.ar, place.en)
        let zone = data["time_zone"]?.string
        let time = Self.clock(starts)
        return [
            "mechanism": try MechanismName.argument(event, rows),
            "level": .text(data["level"]?.string ?? "other"),
            "titled": .text(title == nil ? "no" : "yes"),
            "title": title ?? .text(""),
            "span": .text(span(start, end)),
            "day": .integer(Int64(start.day ?? 1)),
            "starts": .date(start.description),
            "ends": .date(end.description),
            "timed": .text(time == nil ? "no" : "yes"),
            "time": .text(time ?? ""),
            "zone": .text(zone ?? ""),
            "placed": .text(placeName == nil ? "no" : "yes"),
            "place": placeName ?? .text(""),
            "agenda": .integer(Int64(data["agenda"]?.count ?? 0)),
            "meeting": .text(data["meeting_id"]?.string ?? ""),
        ]
    }

    /// How the dates are written: `15-16 March 2027` where they share the month, as the United Nations do.
    private static func span(_ start: PartialDate, _ end: PartialDate) -> String {
        if start == end { return "day" }
        return start.year == end.year && start.month == end.month ? "month" : "days"
    }

    /// The hour and minute of an appointment as stated, in its own zone; nil for a date.
    private static func clock(_ moment: Text) -> String? {
        let text = String(moment)
        guard text.utf8.count > 15 else { return nil }
        return String(text.dropFirst(11).prefix(5))
    }
}
