import PluginKit

/// `meeting-reminder`: to the same persons as the announcement, two days before the meeting.
///
/// 48 hours before the moment at which it begins, where a time of day is stated; 09:00 UTC on the second day before,
/// where only a date is. A timer of the mechanism stands for it from the announcement on; each event that speaks of the
/// meeting moves or cancels it, by the state that all of them together make, in rule 4's order. There is none where less
/// than two days are left when the event is recorded: whoever hears of it then needs no reminder.
enum MeetingReminder {
    static let rule = "meeting-reminder"
    private static let ahead: Int64 = 48 * 3_600_000
    private static let prefix = "meeting-reminder/"

    /// Sets, moves or cancels the timer of a meeting.
    ///
    /// - Parameter statements: all that counts of the key's meetings, what `event` says included.
    static func settle(_ id: String, _ statements: [MeetingStatement], _ event: Event, _ effects: Effects) throws {
        let name = prefix + id
        guard let meeting = Meeting(id, statements), let due = try due(of: meeting), due > recorded(event) else {
            return effects.timer(.cancel(name: name))
        }
        effects.timer(.set(name: name, due: RFC3339.text(due), payload: id))
    }

    /// An event was taken back: the meetings of which it spoke are as the others say.
    static func settle(retraction event: Event, _ rows: Rows, _ effects: Effects) throws {
        guard let source = event.data?["retracted_source"]?.text, let id = event.data?["retracted_id"]?.text else {
            return
        }
        let all = try Meeting.statements(event.key, rows)
        func isTakenBack(_ statement: MeetingStatement) -> Bool {
            source == Text(statement.source) && id == Text(statement.id)
        }
        let left = all.filter { !isTakenBack($0) }
        for meeting in Set(all.filter(isTakenBack).map(\.meeting)).sorted(by: FactOrder.precedes) {
            try settle(meeting, left, event, effects)
        }
    }

    /// The timer is due. Who is told is decided by what is in force on that day.
    static func send(_ timer: FiredTimer, _ rows: Rows, _ effects: Effects) throws {
        guard let meeting = Meeting(timer.payload, try Meeting.statements(timer.key, rows)),
            try due(of: meeting).map({ RFC3339.text($0) }) == timer.due
        else { return }
        try MeetingNotice.send(rule, of: meeting, timer.key, on: String(timer.due.prefix(10)), rows, effects)
    }

    static func owns(_ timer: FiredTimer) -> Bool { timer.name.hasPrefix(prefix) }

    private static func due(of meeting: Meeting) throws -> Int64? {
        let starts = meeting.starts
        let moment = starts.utf8.count > 10 ? starts : "\(starts)T09:00:00Z"
        guard let milliseconds = RFC3339.milliseconds(moment) else { throw MeetingDate.refusal("starts") }
        return milliseconds - ahead
    }

    /// When the event became known: Kafka's time of its record, or else its own.
    private static func recorded(_ event: Event) -> Int64 {
        if event.position.timestamp >= 0 { return event.position.timestamp }
        return event.time.flatMap { RFC3339.milliseconds(String($0)) } ?? .min
    }
}
