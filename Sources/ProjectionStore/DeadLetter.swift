/// A record that could not be applied, with everything needed to look at it and to try again; or one that waits behind
/// such a record of its sequence (rule 29).
public struct DeadLetterDraft: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case event
        /// A timer that was due while its sequence was parked (rule 31). `value` says which.
        case timer
    }

    public var kind = Kind.event
    /// Waits behind another entry of its sequence, and was never handled itself.
    public var isParked = false
    public let partition: PartitionKey
    public let offset: Int64
    /// Kafka's timestamp in milliseconds.
    public let timestamp: Int64
    public let key: [UInt8]?
    public let headers: [RecordHeader]
    /// nil for a tombstone.
    public let value: [UInt8]?
    /// A stable code in kebab case.
    public let reason: String
    public let detail: String
    /// Whether the envelope decided: then it is the same record for every plugin that met it (rule 28).
    public let isEnvelope: Bool
    /// Event type, source and id where they could be read.
    public let type: String?
    public let source: String?
    public let id: String?
    /// The sequence that it parks; nil when it parks nothing (rule 29).
    public let sequence: String?
    /// When it was written, milliseconds since 1970.
    public let recorded: Int64
    /// The same as `sequence`, told apart from those of other keys and partitions; nil where that is nil.
    public var sequenceID: Fingerprint?

    public init(
        partition: PartitionKey, offset: Int64, timestamp: Int64, key: [UInt8]?, headers: [RecordHeader],
        value: [UInt8]?, reason: String, detail: String, isEnvelope: Bool, type: String?, source: String?, id: String?,
        sequence: String?, recorded: Int64, sequenceID: Fingerprint? = nil
    ) {
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.headers = headers
        self.value = value
        self.reason = reason
        self.detail = detail
        self.isEnvelope = isEnvelope
        self.type = type
        self.source = source
        self.id = id
        self.sequence = sequence
        self.recorded = recorded
        self.sequenceID = sequenceID
    }
}

/// A Kafka header; its value may be absent.
public struct RecordHeader: Sendable, Equatable {
    public let name: String
    public let value: [UInt8]?

    public init(name: String, value: [UInt8]?) {
        self.name = name
        self.value = value
    }
}

/// A dead letter, or an event parked behind one, as a store lists it.
public struct DeadLetter: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        /// Could not be applied.
        case dead
        /// Waits behind a dead one of its sequence.
        case parked
        case redriven, discarded

        /// Whether something is still to be done with it.
        public var isOpen: Bool { self == .dead || self == .parked }
    }

    /// The number within its plugin's store: later ones of a sequence have higher numbers.
    public let number: Int64
    public let state: State
    /// How often it was handled without success.
    public let attempts: Int64
    public let content: DeadLetterDraft
    /// When it was last handled without success, and when it was redriven or discarded: milliseconds since 1970.
    public let tried: Int64?
    public let settled: Int64?

    public init(
        number: Int64, state: State, attempts: Int64, content: DeadLetterDraft, tried: Int64? = nil,
        settled: Int64? = nil
    ) {
        self.number = number
        self.state = state
        self.attempts = attempts
        self.content = content
        self.tried = tried
        self.settled = settled
    }
}

/// What is looked for among dead letters; what is nil does not matter.
public struct DeadLetterFilter: Sendable, Equatable {
    public var states: Set<DeadLetter.State>?
    public var reason: String?
    public var key: [UInt8]?
    public var source: String?
    public var id: String?
    public var topic: String?
    public var partition: Int32?
    public var offset: Int64?
    public var sequenceID: Fingerprint?
    /// When it was written, milliseconds since 1970: from then on, and before then.
    public var from: Int64?
    public var before: Int64?

    public init() {}

    /// What still waits for somebody.
    public static var open: DeadLetterFilter {
        var filter = DeadLetterFilter()
        filter.states = [.dead, .parked]
        return filter
    }
}

/// A sequence with entries that are dead or parked.
public struct ParkedSequence: Sendable, Equatable {
    public let partition: PartitionKey
    public let id: Fingerprint
    /// How many open entries it has, the failed one included.
    public let count: Int
    /// Its first open entry's number: what a redrive begins with.
    public let head: Int64
    /// No entry has failed: what they waited for is settled, and their own replay was interrupted.
    public let isReleased: Bool

    public init(partition: PartitionKey, id: Fingerprint, count: Int, head: Int64, isReleased: Bool = false) {
        self.partition = partition
        self.id = id
        self.count = count
        self.head = head
        self.isReleased = isReleased
    }
}

/// What somebody did, kept for ever: who, when, why, and what it was (rule 29).
public struct AuditEntry: Sendable, Equatable {
    /// Given by the store; 0 before.
    public let number: Int64
    /// Milliseconds since 1970.
    public let at: Int64
    public let actor: String
    /// A short code, such as `redrive`.
    public let action: String
    /// Why, in the actor's words.
    public let reason: String
    /// What came of it.
    public let detail: String
    /// The dead letter concerned.
    public let letter: Int64?

    public init(
        number: Int64 = 0, at: Int64, actor: String, action: String, reason: String, detail: String,
        letter: Int64? = nil
    ) {
        self.number = number
        self.at = at
        self.actor = actor
        self.action = action
        self.reason = reason
        self.detail = detail
        self.letter = letter
    }
}

extension DeadLetterFilter {
    /// Whether nothing but states is asked for, as far as an index could help.
    package var isOnlyOfStates: Bool {
        key == nil && id == nil && sequenceID == nil && offset == nil
    }
}
