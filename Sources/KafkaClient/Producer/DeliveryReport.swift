/// What became of one produced record.
public struct DeliveryReport: Sendable, Hashable {
    /// The caller's own number, given with the record.
    public let token: UInt64
    /// Where the record lies, or was to lie (-1: no partition was chosen yet).
    public let partition: Int32
    /// The record's offset; nil where it failed, or where a retry hides it.
    public let offset: Int64?
    /// Nil: the record is in the log of every in-sync replica.
    public let error: KafkaError?
}
