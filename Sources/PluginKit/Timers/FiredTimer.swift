/// A timer that is due: what `Plugin.fire` is handed (rule 31).
///
/// A timer is set by `Effects.timer` while an event is handled, belongs to that event's key, and fires once, in the lane
/// of that key. So does what a firing sets anew.
public struct FiredTimer: Sendable, Equatable {
    /// The key that owns it: rows that its firing changes belong to it.
    public let key: Text
    public let name: String
    /// When it was due: RFC 3339 in UTC, with milliseconds. Firing may come later, after an outage; handlers that ask
    /// for a date use this one, never a clock.
    public let due: String
    /// What was given when it was set.
    public let payload: String
    /// The event that set it. What a firing says leaves the store under this event's source and id.
    public let source: String
    public let id: String

    public init(key: Text, name: String, due: String, payload: String, source: String, id: String) {
        self.key = key
        self.name = name
        self.due = due
        self.payload = payload
        self.source = source
        self.id = id
    }

    /// What tells this firing's notices from those of other due times (rule 25): the runtime puts it into their ids.
    public var occurrence: String { due }
}
