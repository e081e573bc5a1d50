import PluginKit

/// Rule 4's order of facts: effective date (unknown first), time, source, id, all by bytes. It never looks at where or
/// when a fact arrived, so every worker tells the same people.
enum FactOrder {
    /// The last fact of each group, among those in force on the day on which the event was recorded.
    ///
    /// - Parameters:
    ///   - event: what is being handled. What begins on a later day than its `time` is not in force yet: who joins or
    ///     is named next year is not told of what is announced today.
    ///   - key: what tells the groups apart.
    static func last<Key: Hashable>(_ rows: [Row], inForceAt event: Event, by key: (Row) -> Key) -> [Key: Row] {
        let day = event.time.map { String($0.prefix(10)) }
        var last: [Key: Row] = [:]
        for row in rows {
            if let day, let start = row["effective_start"].string, precedes(day, start) { continue }
            let group = key(row)
            if let known = last[group], !precedes(known, row) { continue }
            last[group] = row
        }
        return last
    }

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
