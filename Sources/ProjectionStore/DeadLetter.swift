/// A record that could not be applied, with everything needed to look at it and to try again.
public struct DeadLetterDraft: Sendable, Equatable {
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

    public init(
        partition: PartitionKey, offset: Int64, timestamp: Int64, key: [UInt8]?, headers: [RecordHeader],
        value: [UInt8]?, reason: String, detail: String, isEnvelope: Bool, type: String?, source: String?, id: String?,
        sequence: String?, recorded: Int64
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

/// A dead letter as a store lists it.
public struct DeadLetter: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        case dead, redriven, discarded
    }

    /// The number within its plugin's store.
    public let number: Int64
    public let state: State
    public let attempts: Int64
    public let content: DeadLetterDraft

    public init(number: Int64, state: State, attempts: Int64, content: DeadLetterDraft) {
        self.number = number
        self.state = state
        self.attempts = attempts
        self.content = content
    }
}
