/// A record as it came, kept so that a plugin can be rebuilt when the log has forgotten it (rule 9).
public struct JournalRecord: Sendable, Equatable {
    public let offset: Int64
    /// Kafka's timestamp in milliseconds.
    public let timestamp: Int64
    public let key: [UInt8]?
    public let headers: [RecordHeader]
    /// nil for a tombstone.
    public let value: [UInt8]?

    public init(offset: Int64, timestamp: Int64, key: [UInt8]?, headers: [RecordHeader], value: [UInt8]?) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.headers = headers
        self.value = value
    }
}

/// The offsets of a partition that a journal holds without a gap (but for those that the log itself never had).
public struct JournalSpan: Sendable, Equatable {
    public var first: Int64
    /// The offset after the last.
    public var next: Int64

    public init(first: Int64, next: Int64) {
        self.first = first
        self.next = next
    }

    /// Whether everything of a partition is either here or in a log that begins at `low`, read from `offset` on.
    public func bridges(from offset: Int64, to low: Int64) -> Bool { first <= offset && next >= low }
}

/// What a store's writer does with the journal. All within a transaction.
public protocol JournalWriting: AnyObject {
    /// Adds records of a partition, in the order of their offsets; one that is there stays.
    func appendJournal(_ records: [JournalRecord], of partition: PartitionKey) throws(StoreError)
    func setJournalSpan(_ span: JournalSpan, of partition: PartitionKey) throws(StoreError)
    func journalSpans() throws(StoreError) -> [PartitionKey: JournalSpan]
}

/// What a store's reader tells of the journal.
public protocol JournalReading: AnyObject {
    func journalSpans() throws(StoreError) -> [PartitionKey: JournalSpan]
    /// Records at or above `offset`, in order.
    func journal(of partition: PartitionKey, from offset: Int64, limit: Int) throws(StoreError) -> [JournalRecord]
}
