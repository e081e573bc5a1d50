import KafkaClient
import PluginKit
import ProjectionStore

/// Records that were decoded for one plugin, with the raw records beside them for whatever has to be kept as it came.
///
/// Sendable because it is complete before it is handed on, and only read afterwards.
struct DecodedBatch: Sendable {
    /// Records of one partition that lie side by side: what belongs to the partition is looked up once for all.
    struct Run: Sendable {
        let partition: PartitionKey
        let records: Range<Int>
    }

    let records: [DecodedRecord]
    let runs: [Run]
    let raw: RecordBatch
    /// The assignment under which the records were fetched.
    let generation: UInt64

    /// Bytes of keys and values, for the memory budget.
    let byteCount: Int
    /// The log is known to hold many more records behind these: they are worked off in large transactions.
    var isBehind = false
    /// Its part of what decoded batches may hold.
    var hold: ByteBudget.Hold?
}

/// What a record turned out to be.
struct DecodedRecord: Sendable {
    enum Content: Sendable {
        /// An event of a type that the plugin handles.
        case event(Event, Fingerprint)
        /// An event of a known type that the plugin does not handle.
        case notSubscribed
        case unknownType(String)
        case tombstone
        /// An event whose rows the store refused: the event's or the plugin's fault, not the envelope's.
        case rejected(Event, reason: String, detail: String)
        /// The envelope decides that it cannot be applied (rule 28).
        case refused(reason: String, detail: String)
    }

    let offset: Int64
    let timestamp: Int64
    /// Its place in `DecodedBatch.raw`.
    let index: Int
    let content: Content
}
