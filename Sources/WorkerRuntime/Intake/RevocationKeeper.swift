import KafkaClient

/// Lets partitions go in the lane's place when the lane, which may be blocked in its store, does not answer a revocation
/// in time: the other members of the group wait for it. What the lane still writes is undone by the new owner's epoch.
struct RevocationKeeper: Sendable {
    private let consumer: Consumer
    private let rebalances: RebalanceBox?
    private let patience: Int64

    /// - Parameter patience: what the lane has, in nanoseconds; the keeper gives it a third more.
    init(_ consumer: Consumer, _ rebalances: RebalanceBox?, patience: Int64) {
        self.consumer = consumer
        self.rebalances = rebalances
        self.patience = patience + patience / 3
    }

    func look() {
        guard let rebalances, rebalances.answerRevocation(olderThan: patience) else { return }
        _ = try? consumer.unassign()
    }
}
