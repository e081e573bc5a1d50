import KafkaClient
import ProjectionStore
import Synchronization
import Threads

/// A lane's consumer with the partitions that it reads. The lane's thread, but for `consumer.next`.
final class LaneConnection {
    let consumer: Consumer
    let group: String
    /// What the group says; nil where the lane assigns itself all partitions.
    let rebalances: RebalanceBox?
    private let metadata: String
    private let latched: LatchedRun?
    private(set) var owned: [PartitionKey] = []
    /// Records of an older assignment are dropped (rule 18).
    private(set) var generation: UInt64 = 0
    private let lastReport = LagReport()

    init(consumer: Consumer, store identity: String, rebalances: RebalanceBox? = nil, latched: LatchedRun? = nil) {
        self.latched = latched
        self.consumer = consumer
        self.rebalances = rebalances
        group = consumer.group
        metadata = GroupCommit.metadata(store: identity)
    }

    /// Whether others may own partitions of the same store.
    var isShared: Bool { rebalances != nil }

    // MARK: Partitions

    /// Reads these too, which the engine owns by now.
    func add(_ keys: [PartitionKey], _ engine: LaneTransaction) throws(KafkaError) {
        owned += keys
        try reassign(engine)
    }

    /// Stops reading a partition: all others are assigned anew from where they stand (the eager protocol takes no
    /// single one back).
    func drop(_ key: PartitionKey, _ engine: LaneTransaction) throws(KafkaError) {
        owned.removeAll { $0 == key }
        try reassign(engine)
    }

    /// Reads everything again from where the store stands, but for paused partitions; records of the assignment before
    /// are dropped (rule 18).
    func reassign(_ engine: LaneTransaction) throws(KafkaError) {
        var starts: [TopicPartitionOffset] = []
        for state in owned.compactMap({ engine.parking.isPaused($0) ? nil : engine.partitions[$0] }) {
            let next = try latched?.start(of: state) ?? state.nextOffset
            starts.append(TopicPartitionOffset(state.key.topic, state.key.partition, .offset(next)))
        }
        generation = try consumer.assign(starts)
    }

    /// Answers a revocation.
    func unassign() throws(KafkaError) { generation = try consumer.unassign() }

    /// Nothing is read any more; somebody else has told the consumer.
    func forget() {
        owned = []
        generation = .max
    }

    /// Where each partition stands, and where its log ended at the last fetch.
    func positions(_ engine: LaneTransaction) -> [LaneReport.Partition] {
        owned.sorted().compactMap { key in
            guard let state = engine.partitions[key] else { return nil }
            let end = consumer.cachedWatermarks(TopicPartition(key.topic, key.partition))?.high
            return LaneReport.Partition(
                topic: key.topic, partition: key.partition, next: state.nextOffset,
                end: end.flatMap { $0 < 0 ? nil : $0 })
        }
    }

    // MARK: Reports

    /// Reports how far SQL has come; nobody waits for it (rule 18).
    func report(_ states: [PartitionState]) {
        guard !states.isEmpty else { return }
        lastReport.state.withLock { $0.isOpen = true }
        consumer.commit(commits(states)) { [lastReport] result in
            lastReport.state.withLock { state in
                state.isOpen = false
                if case .failure = result { state.hasFailed = true }
            }
        }
    }

    /// Whether a report waits for its answer. librdkafka sends one that timed out again by itself: a newer one beside it
    /// could be overwritten by it.
    var isReporting: Bool { lastReport.state.withLock { $0.isOpen } }

    /// Whether a report failed since this was last asked: then all of it is to be made again.
    func reportFailed() -> Bool {
        lastReport.state.withLock { state in
            defer { state.hasFailed = false }
            return state.hasFailed
        }
    }

    /// Reports and waits for the group's answer, which only a member gets.
    func confirm(_ states: [PartitionState], within timeout: Duration = .seconds(5)) throws(KafkaError) {
        guard !states.isEmpty else { return }
        try consumer.commit(commits(states), timeout: timeout)
    }

    /// Commits once more what the group holds of these partitions already, which it takes from a member alone. Nothing
    /// else: what the group holds may be evidence against the store (rule 20).
    func proveMembership(by keys: Set<PartitionKey>, within timeout: Duration = .seconds(5)) throws(KafkaError) {
        let places = keys.sorted().map { TopicPartition($0.topic, $0.partition) }
        let held = try consumer.committed(places, timeout: timeout).filter { $0.offset != nil }
        if !held.isEmpty { try consumer.commit(held, timeout: timeout) }
    }

    /// The last report, waited for, then the goodbye.
    func leave(_ states: [PartitionState]) {
        try? confirm(states, within: .seconds(3))
        consumer.close(timeout: .seconds(5))
    }

    private func commits(_ states: [PartitionState]) -> [CommittedOffset] {
        states.map { state in
            CommittedOffset(
                TopicPartition(state.key.topic, state.key.partition), offset: state.nextOffset, metadata: metadata)
        }
    }
}

/// What became of the last report. Set on the consumer's thread, taken on the lane's.
private final class LagReport: Sendable {
    let state = Mutex((isOpen: false, hasFailed: false))
}
