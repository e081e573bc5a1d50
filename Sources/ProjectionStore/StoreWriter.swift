public import PluginKit

/// The one writer of a plugin's store.
///
/// Threading: all calls from one thread at a time: the lane's, or the one that writes for it while the lane keeps its
/// hands off. Every change happens between `begin` and `commit`; all
/// of it becomes visible at once, or none (rule 17).
public protocol StoreWriter: DeadLetterWriting, TimerWriting, GenerationWriting, ControlWriting {
    /// A random id that the store was given when it was made; goes into every group commit (rule 20).
    var identity: String { get }
    var tables: [TableDefinition] { get }

    // MARK: Transaction

    func begin() throws(StoreError)
    /// Refuses when anything failed since `begin`, or `advance` found a stale owner: a transaction is whole or not.
    ///
    /// - Throws: `StoreError`; after it the transaction is rolled back, unless the code is `.unavailable` and the
    ///   store cannot tell: then the runtime reads the offsets again before it does anything else.
    func commit() throws(StoreError)
    /// Never fails; does nothing when no transaction is open.
    func rollback()

    // MARK: Partitions

    func partitions() throws(StoreError) -> [PartitionState]
    /// Inserts the state of a partition that has none, or replaces one that still stands at the same offset under the
    /// epoch `replacing`; returns whether it did. (The offset too: an owner may have moved on since the claimant looked,
    /// and what it did would be done again.) The activation offset stays that of the first claim (rule 30).
    func claim(_ state: PartitionState, replacing: Int64?) throws(StoreError) -> Bool
    /// Moves the partition on by compare-and-swap; false when the row does not hold `expected` and `epoch` any more:
    /// then the caller is a stale owner and rolls back.
    ///
    /// - Parameter last: the last record taken in; nil leaves the one that is kept.
    func advance(_ partition: PartitionKey, expected: Int64, epoch: Int64, to next: Int64, last: RecordFingerprint?)
        throws(StoreError) -> Bool

    // MARK: Rows

    /// The rows under a prefix of the key, encoded by `RowCodec`, in key order; with a whole key at most one. Facts
    /// that were retracted are left out.
    func rows(table: Int, prefix: UnsafeBufferPointer<UInt8>) throws(StoreError) -> [EncodedRow]
    /// Applies changes of one table that are sorted by key, each key once.
    func apply(table: Int, changes: [RowChange], bytes: ByteBuffer) throws(StoreError)

    // MARK: Events already applied

    /// The content hash under which an event was applied, if it was (rule 6).
    func applied(_ fingerprint: Fingerprint) throws(StoreError) -> Fingerprint?
    /// Opens the look-up beside this writer; nil where the store has none, and `applied` answers alone. Closed with
    /// the writer at the latest.
    func appliedLookup() throws(StoreError) -> (any AppliedLookup)?
    func recordApplied(_ entries: [AppliedEvent]) throws(StoreError)
    /// Forgets events whose record is older than `time` (milliseconds since 1970); bounded work a call, which goes on
    /// where the last one stopped: call it in every few transactions.
    func forgetApplied(before time: Int64) throws(StoreError)

    // MARK: Beside the rows

    /// Takes an event back for ever and cancels its timers; those set by it later are ignored (rule 5). Of several
    /// retractions of one event the one with the earliest time stays, whatever the order of arrival.
    func retract(_ retraction: Retraction) throws(StoreError)
    /// Takes the messages into the outbox as pending; one whose id is there already is left as it is.
    func enqueue(_ messages: [OutboxDraft]) throws(StoreError)
    /// Messages of these partitions that are pending or waiting, oldest first, with a number above `after`. Numbers of
    /// one partition grow in the order of its commits; those of several partitions need not, where several writers
    /// share the store.
    func pendingOutbox(of partitions: [PartitionKey], after: Int64, limit: Int) throws(StoreError) -> [OutboxMessage]
    /// Says what became of messages: sent, closed for a reason, waiting, held, or pending again. Unknown numbers are
    /// ignored, and what is sent or closed stays so.
    func settleOutbox(_ results: [OutboxResult]) throws(StoreError)
    func addSilence(_ entry: SilenceEntry) throws(StoreError)
    /// Adds to named counters, for example `duplicates` or `unknown-type:org.example.v1`.
    func count(_ deltas: [String: Int64]) throws(StoreError)
    /// Removes every row, retraction and timer that `owner` owns, the dead letters and parked events under that record
    /// key, closes the unsettled messages to it, and keeps the id on the list of erased ones (rule 10). The bytes are
    /// overwritten, not only unlinked, where the plugin reads the topic of people.
    func erase(owner: String, at time: Int64) throws(StoreError)
    func isErased(owner: String) throws(StoreError) -> Bool
    /// Small settings of the runtime's own.
    func setting(_ name: String) throws(StoreError) -> String?
    func set(_ name: String, to value: String) throws(StoreError)

    // MARK: Upkeep

    /// Moves the write-ahead log into the database where that pays; called between transactions. `behind` tells that
    /// a backlog is being worked off.
    func checkpoint(behind: Bool) throws(StoreError)
    func close()
}

extension StoreWriter {
    public func appliedLookup() throws(StoreError) -> (any AppliedLookup)? { nil }
}

/// A row as `RowCodec` encodes it.
public struct EncodedRow: Sendable, Equatable {
    public let key: [UInt8]
    public let values: [UInt8]

    public init(key: [UInt8], values: [UInt8]) {
        self.key = key
        self.values = values
    }
}

/// A change of one row after everything that a transaction did to it: ranges of a byte buffer.
public struct RowChange: Sendable {
    public let kind: Effects.Change.Kind
    public let key: Range<Int>
    public let values: Range<Int>

    public init(kind: Effects.Change.Kind, key: Range<Int>, values: Range<Int>) {
        self.kind = kind
        self.key = key
        self.values = values
    }
}

/// Sixteen bytes of a SHA-256: enough to tell events apart.
public struct Fingerprint: Hashable, Sendable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// An event that the plugin has applied (rule 6).
public struct AppliedEvent: Sendable, Equatable {
    /// Of record key, source and id.
    public let fingerprint: Fingerprint
    /// Of type, subject and data.
    public let content: Fingerprint
    /// The record's Kafka timestamp in milliseconds.
    public let recordTime: Int64

    public init(fingerprint: Fingerprint, content: Fingerprint, recordTime: Int64) {
        self.fingerprint = fingerprint
        self.content = content
        self.recordTime = recordTime
    }
}
