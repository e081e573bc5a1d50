import PluginKit

/// What one event says of a meeting: as its fact is kept, or while it is being handled.
struct MeetingStatement {
    /// `rescheduled` or `cancelled`; nil for the announcement.
    let change: String?
    let meeting: String
    let source: String
    let id: String
    /// Rule 4's order.
    private let order: [String]
    private let columns: [String: Cell]

    /// A row of `meeting` or `meeting_change`.
    init(_ row: Row) {
        change = row["change"].string
        meeting = row["meeting_id"].string ?? ""
        source = row["event_source"].string ?? ""
        id = row["event_id"].string ?? ""
        order = ["effective_start", "event_time", "event_source", "event_id"].map { row[$0].string ?? "" }
        var columns: [String: Cell] = [:]
        for (index, column) in row.table.columns.enumerated() where index < row.cells.count {
            columns[column.name] = row.cells[index]
        }
        self.columns = columns
    }

    /// - Parameter values: what the event's fact holds.
    init(_ event: Event, _ values: KeyValuePairs<StaticString, Cell>) {
        var columns: [String: Cell] = [:]
        for (name, cell) in values { columns[name.description] = cell }
        change = columns["change"]?.string
        meeting = columns["meeting_id"]?.string ?? ""
        source = String(event.source)
        id = String(event.id)
        order = [event.effective.date?.start ?? "", event.time.map { String($0) } ?? "", source, id]
        self.columns = columns
    }

    subscript(column: String) -> Cell { columns[column] ?? .null }

    static func precedes(_ left: MeetingStatement, _ right: MeetingStatement) -> Bool {
        for (l, r) in zip(left.order, right.order) where !l.utf8.elementsEqual(r.utf8) {
            return FactOrder.precedes(l, r)
        }
        return false
    }
}

/// A meeting as all that was said of it makes it: what the last announcement says, with what the last change put in its
/// place. The query `meetings-called` shows the same.
struct Meeting {
    let id: String
    let announcement: MeetingStatement
    let starts: String
    let ends: String?
    let zone: String?
    let placeAr: String?
    let placeEn: String?

    static func read(_ key: Text, _ keys: inout ReadSet) {
        keys.add("meeting", .text(key))
        keys.add("meeting_change", .text(key))
    }

    /// Everything that is kept of the key's meetings.
    static func statements(_ key: Text, _ rows: Rows) throws -> [MeetingStatement] {
        try (rows.rows("meeting", .text(key)) + rows.rows("meeting_change", .text(key))).map { MeetingStatement($0) }
    }

    /// Nil for a meeting that nobody announced, or that was cancelled.
    init?(_ id: String, _ statements: [MeetingStatement]) {
        let mine = statements.filter { $0.meeting == id }.sorted(by: MeetingStatement.precedes)
        guard let announcement = mine.last(where: { $0.change == nil }) else { return nil }
        let changes = mine.filter { $0.change != nil }
        let last = changes.last
        guard last?.change != "cancelled" else { return nil }
        guard let starts = (last ?? announcement)["starts"].string else { return nil }
        self.id = id
        self.announcement = announcement
        self.starts = starts
        ends = (last ?? announcement)["ends"].string
        zone = (last ?? announcement)["time_zone"].string
        let places = [announcement] + changes
        placeAr = places.last { !$0["place_ar"].isNull }?["place_ar"].string
        placeEn = places.last { !$0["place_en"].isNull }?["place_en"].string
    }
}
