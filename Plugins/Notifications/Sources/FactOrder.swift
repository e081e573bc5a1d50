import PluginKit

/// Rule 4's order of facts: effective date (unknown first), time, source, id, all by bytes. It never looks at where or
/// when a fact arrived, so every worker tells the same people.
enum FactOrder {
    /// The last fact of each group, among those in force on a day.
    ///
    /// - Parameters:
    ///   - day: `YYYY-MM-DD`: the one on which the event being handled was recorded, or a timer was due. What begins
    ///     later is not in force yet: who joins or is named next year is not told of what is announced today. Nil
    ///     where it is not known: then all are.
    ///   - key: what tells the groups apart.
    static func last<Key: Hashable>(_ rows: [Row], inForceOn day: String?, by key: (Row) -> Key) -> [Key: Row] {
        var last: [Key: Row] = [:]
        for row in rows {
            if let day, let start = row["effective_start"].string, precedes(day, start) { continue }
            let group = key(row)
            if let known = last[group], !precedes(known, row) { continue }
            last[group] = row
        }
        return last
    }

    /// The day on which an event was recorded.
    static func day(of event: Event) -> String? { event.time.map { String($0.prefix(10)) } }

    static func precedes(_ left: Row, _ right: Row) -> Bool {
        for column in ["effective_start", "event_time", "event_source", "event_id"] {
            let (l, r) = (left[column].string ?? "", right[column].string ?? "")
            if l.utf8.elementsEqual(r.utf8) { continue }
            return precedes(l, r)
        }
        return (left["fact_index"].integer ?? 0) < (right["fact_index"].integer ?? 0)
    }

    /// By bytes: Swift's own order of strings is that of Unicode's normal forms.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
