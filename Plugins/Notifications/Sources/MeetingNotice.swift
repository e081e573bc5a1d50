import PluginKit

/// `meeting-scheduled` and `meeting-reminder`: to the focal points of the mechanism's member States.
enum MeetingNotice {
    static func read(_ key: Text, _ keys: inout ReadSet) {
        keys.add("mechanism", .text(key))
        keys.add("member", .text(key))
        FocalPoints.read(key, &keys)
    }

    /// - Parameters:
    ///   - key: the mechanism's.
    ///   - day: who is told is decided by what is in force on that day, `YYYY-MM-DD`; by all that is kept where nil.
    static func send(
        _ rule: String, of meeting: Meeting, _ key: Text, on day: String?, _ rows: Rows, _ effects: Effects
    ) throws {
        let members = FactOrder.last(try rows.rows("member", .text(key)), inForceOn: day) {
            $0["party"].string ?? ""
        }
        let states = members.filter { $0.value["change"].string == "joined" }.map(\.key)
        let recipients = try FocalPoints(key, on: day, rows).persons(
            FocalPoints.nationalFocalPoint, of: Set(states))
        guard !recipients.isEmpty else { return }
        let arguments = try arguments(meeting, try MechanismName.argument(key, rows))
        for recipient in recipients {
            effects.notify(Notice(rule: rule, recipient: recipient, arguments: arguments))
        }
    }

    /// Nothing here depends on a language: dates, codes and counts are written out when the notice is sent.
    private static func arguments(_ meeting: Meeting, _ mechanism: NoticeArgument) throws -> [String: NoticeArgument] {
        let start = try MeetingDate.read(meeting.starts, "starts")
        let end = try meeting.ends.map { try MeetingDate.read($0, "ends") } ?? start
        let announcement = meeting.announcement
        let title = BothLanguages.argument(announcement["title_ar"].string, announcement["title_en"].string)
        let place = BothLanguages.argument(meeting.placeAr, meeting.placeEn)
        let time = clock(meeting.starts)
        return [
            "mechanism": mechanism,
            "level": .text(announcement["level"].string ?? "other"),
            "titled": .text(title == nil ? "no" : "yes"),
            "title": title ?? .text(""),
            "span": .text(span(start, end)),
            "day": .integer(Int64(start.day ?? 1)),
            "starts": .date(start.description),
            "ends": .date(end.description),
            "timed": .text(time == nil ? "no" : "yes"),
            "time": .text(time ?? ""),
            "zone": .text(meeting.zone ?? ""),
            "placed": .text(place == nil ? "no" : "yes"),
            "place": place ?? .text(""),
            "agenda": .integer(announcement["agenda_items"].integer ?? 0),
            "meeting": .text(meeting.id),
        ]
    }

    /// How the dates are written: `15-16 March 2027` where they share the month, as the United Nations do.
    private static func span(_ start: PartialDate, _ end: PartialDate) -> String {
        if start == end { return "day" }
        return start.year == end.year && start.month == end.month ? "month" : "days"
    }

    /// The hour and minute of an appointment as stated, in its own zone; nil for a date.
    private static func clock(_ moment: String) -> String? {
        guard moment.utf8.count > 15 else { return nil }
        return String(moment.dropFirst(11).prefix(5))
    }
}

/// The dates of a meeting, as far as a calendar has them.
enum MeetingDate {
    static func read(_ text: String, _ field: String) throws -> PartialDate {
        guard let date = PartialDate(Text(text)) else { throw refusal(field) }
        return date
    }

    static func refusal(_ field: String) -> Refusal {
        Refusal(
            reason: "date-invalid",
            detail: "\(field) names a day that no calendar has; send the event again with the right date")
    }
}
