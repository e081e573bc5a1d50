import ProjectionStore

/// Whoever keeps state in memory beside the lane's transactions: what is parked, when the next timer is due. It changes
/// that state only after `LaneTransaction.inline`, so that one open transaction at most stands behind it.
protocol TransactionGuest: AnyObject {
    func transactionCommitted()
    /// Nothing since the last commit happened: forget all of it, and ask the store again.
    func transactionFailed()
}

/// Where records that are being taken in come from.
struct RecordSource {
    let partition: PartitionKey
    let state: PartitionState
    /// A tombstone here erases its key (rule 10).
    let erases: Bool
    let batch: DecodedBatch
}
