import KafkaClient
import ProjectionStore

/// A lane's consumer with the partitions it was given. The lane's thread, but for `consumer.next`.
final class LaneConnection {
    let consumer: Consumer
    let group: String
    private let metadata: String
    private(set) var owned: [PartitionKey]
    /// Records of an older assignment are dropped (rule 18).
    private(set) var generation: UInt64

    init(consumer: Consumer, store identity: String, owned: [PartitionState]) throws(KafkaError) {
        self.consumer = consumer
        group = consumer.group
        metadata = GroupCommit.metadata(store: identity)
        self.owned = owned.map(\.key)
        generation = try consumer.assign(owned.map(\.start))
    }

    /// Stops reading a partition: all others are assigned anew from where they stand (the eager protocol takes no
    /// single one back).
    func drop(_ key: PartitionKey, _ engine: LaneTransaction) throws(KafkaError) {
        owned.removeAll { $0 == key }
        try reassign(engine)
    }

    /// Reads everything again from where the store stands; records of the assignment before are dropped (rule 18).
    func reassign(_ engine: LaneTransaction) throws(KafkaError) {
        generation = try consumer.assign(owned.compactMap { engine.partitions[$0]?.start })
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

    /// Reports how far SQL has come; nobody waits for it (rule 18).
    func report(_ states: [PartitionState]) {
        guard !states.isEmpty else { return }
        consumer.commit(commits(states)) { _ in }
    }

    /// The last report, waited for, then the goodbye.
    func leave(_ states: [PartitionState]) {
        if !states.isEmpty { try? consumer.commit(commits(states), timeout: .seconds(3)) }
        consumer.close(timeout: .seconds(5))
    }

    private func commits(_ states: [PartitionState]) -> [CommittedOffset] {
        states.map { state in
            CommittedOffset(
                TopicPartition(state.key.topic, state.key.partition), offset: state.nextOffset, metadata: metadata)
        }
    }
}

extension PartitionState {
    fileprivate var start: TopicPartitionOffset {
        TopicPartitionOffset(key.topic, key.partition, .offset(nextOffset))
    }
}
