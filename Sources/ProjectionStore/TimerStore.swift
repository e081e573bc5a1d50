/// What a store's writer does with timers (rule 31). A timer is known by its owner and name; it stays a row of its own
/// from the event that sets it until it fires, is set anew, or is cancelled, whatever stands in its way meanwhile.
public protocol TimerWriting: AnyObject {
    /// Sets a timer, in place of the one that has its owner and name (a parked one too), or cancels it where `due` is
    /// nil. What an event that was taken back says of timers is ignored (rule 5).
    func change(_ timer: TimerDraft) throws(StoreError)
    /// The partition's timers that are due at `time` (milliseconds since 1970) and not parked, earliest first; those
    /// due together by owner and name.
    ///
    /// - Parameter after: only those that come after this one in that order.
    func timers(of partition: PartitionKey, dueBy time: Int64, after: TimerDraft?, limit: Int) throws(StoreError)
        -> [TimerDraft]
    /// When the partition's next timer is due that is not parked; nil where there is none.
    ///
    /// - Parameter after: only of those that come after this one, by due time, owner and name.
    func nextDue(of partition: PartitionKey, after: TimerDraft?) throws(StoreError) -> Int64?
    /// The timer of that owner and name, parked or not.
    func timer(owner: String, name: String) throws(StoreError) -> TimerDraft?
    /// Removes the timer, which has fired; false when it is no longer there as it was set: then it was set anew,
    /// cancelled, or erased meanwhile, and must not fire.
    func remove(_ timer: TimerDraft) throws(StoreError) -> Bool
    /// Keeps the timer, and keeps it from firing until it is set anew: its sequence is parked, or its handler refused
    /// it. False when it is no longer there as it was set.
    func park(_ timer: TimerDraft) throws(StoreError) -> Bool
    /// Says what became of a timer. The log only grows; erasing its owner removes its entries.
    func log(_ firing: Firing) throws(StoreError)
}

extension TimerWriting {
    /// The first timers that are due at `time`.
    public func timers(of partition: PartitionKey, dueBy time: Int64, limit: Int) throws(StoreError) -> [TimerDraft] {
        try timers(of: partition, dueBy: time, after: nil, limit: limit)
    }

    /// When the partition's next timer of all is due.
    public func nextDue(of partition: PartitionKey) throws(StoreError) -> Int64? {
        try nextDue(of: partition, after: nil)
    }
}

/// What a store's reader tells of timers.
public protocol TimerReading: AnyObject {
    /// Timers that have not fired, parked ones included, by due time, owner and name.
    ///
    /// - Parameter after: the last one of the page before; nil for the first page.
    func timers(limit: Int, after: TimerDraft?) throws(StoreError) -> [TimerDraft]
    /// The timer of that owner and name, parked or not.
    func timer(owner: String, name: String) throws(StoreError) -> TimerDraft?
    /// The log of firings, in the order in which they were written.
    func firings(limit: Int, after number: Int64) throws(StoreError) -> [LoggedFiring]
    /// Where timers of a partition had their turn (fired, passed, failed or parked; not what an operator discarded), in
    /// the order of their places in the log: by `afterOffset`, then number. What a rebuild fires by.
    ///
    /// - Parameter after: only those behind this place.
    func turns(of partition: PartitionKey, after: FiringPlace, limit: Int) throws(StoreError) -> [LoggedFiring]
    /// The first turn of this very timer (owner, name, due time and event) at or behind an offset.
    func turn(of timer: TimerDraft, from offset: Int64) throws(StoreError) -> LoggedFiring?
    /// The firing of this very timer (owner, name, due time and event) that took effect, if it did.
    func effectiveFiring(of timer: TimerDraft) throws(StoreError) -> LoggedFiring?
}

/// A timer's change with everything that its firing needs (rule 31).
public struct TimerDraft: Sendable, Equatable {
    public let owner: String
    public let name: String
    /// Milliseconds since 1970; nil cancels.
    public let due: Int64?
    public let payload: String
    /// The sequence key of the event that set it; nil where the event had no key.
    public let sequence: String?
    /// Source, id and type of the event that set it.
    public let source: String
    public let id: String
    public let type: String
    /// The event's hops: what the firing emits has one more (rule 11).
    public let hops: Int
    /// Why its firing says nothing outside the store: a silent event set it when it was due already (rule 31). Nil for
    /// one that fires aloud.
    public let silence: String?
    public let partition: PartitionKey
    /// Whether it waits behind its parked sequence, or for an operator because its handler refused it. What the store
    /// says; `change` ignores it.
    public let isParked: Bool

    public init(
        owner: String, name: String, due: Int64?, payload: String, sequence: String?, source: String, id: String,
        type: String = "", hops: Int = 0, silence: String? = nil, partition: PartitionKey, isParked: Bool = false
    ) {
        self.owner = owner
        self.name = name
        self.due = due
        self.payload = payload
        self.sequence = sequence
        self.source = source
        self.id = id
        self.type = type
        self.hops = hops
        self.silence = silence
        self.partition = partition
        self.isParked = isParked
    }
}

/// What became of a timer that was due.
public struct Firing: Sendable, Equatable {
    public enum Outcome: String, Sendable, CaseIterable {
        /// Its handler ran, and what it said goes out.
        case fired
        /// Its handler ran, but nothing leaves the store: a silent event had set it when it was due already.
        case passed
        /// Its handler refused it: a dead letter.
        case failed
        /// Its sequence was parked: it waits behind it.
        case parked
        /// An operator discarded it.
        case discarded

        /// Whether the handler's effects are in the store.
        public var isEffective: Bool { self == .fired || self == .passed }
        /// Whether the timer had its turn in the log: what an operator did later has no place there.
        public var isTurn: Bool { self != .discarded }
    }

    public let owner: String
    public let name: String
    /// Milliseconds since 1970.
    public let due: Int64
    /// The event that set it.
    public let source: String
    public let id: String
    public let partition: PartitionKey
    /// The offset of the last record of the partition that was behind it: it took effect after that one and before
    /// the next. -1 at the beginning of the log.
    public let afterOffset: Int64
    /// When it was written, milliseconds since 1970.
    public let at: Int64
    public let outcome: Outcome

    public init(
        owner: String, name: String, due: Int64, source: String, id: String, partition: PartitionKey,
        afterOffset: Int64, at: Int64, outcome: Outcome
    ) {
        self.owner = owner
        self.name = name
        self.due = due
        self.source = source
        self.id = id
        self.partition = partition
        self.afterOffset = afterOffset
        self.at = at
        self.outcome = outcome
    }

    public init(_ timer: TimerDraft, afterOffset: Int64, at: Int64, outcome: Outcome) {
        self.init(
            owner: timer.owner, name: timer.name, due: timer.due ?? 0, source: timer.source, id: timer.id,
            partition: timer.partition, afterOffset: afterOffset, at: at, outcome: outcome)
    }
}

/// Where a firing stands among those of its partition.
public struct FiringPlace: Sendable, Hashable {
    public let afterOffset: Int64
    public let number: Int64

    public init(afterOffset: Int64, number: Int64) {
        self.afterOffset = afterOffset
        self.number = number
    }

    /// Before all firings at that offset.
    public static func before(_ afterOffset: Int64) -> FiringPlace {
        FiringPlace(afterOffset: afterOffset, number: .min)
    }
}

/// An entry of the log of firings.
public struct LoggedFiring: Sendable, Equatable {
    /// The number within its plugin's store.
    public let number: Int64
    public let content: Firing

    public var place: FiringPlace { FiringPlace(afterOffset: content.afterOffset, number: number) }

    public init(number: Int64, content: Firing) {
        self.number = number
        self.content = content
    }
}
