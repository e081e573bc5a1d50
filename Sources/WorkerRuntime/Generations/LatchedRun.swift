import KafkaClient
public import ProjectionStore
import Synchronization

/// What a worker is told that fills a generation beside the live one (rule 32): nothing that it would say leaves the
/// store, and it stops at given offsets.
///
/// May be used by many threads.
public final class LatchedRun: Sendable {
    /// How far a run has come.
    public struct Position: Sendable, Equatable {
        public let partition: PartitionKey
        public let next: Int64
        /// nil: without end.
        public let stop: Int64?
    }

    private struct Content {
        var next: [PartitionKey: Int64] = [:]
        /// Parts of partitions that only the journal holds.
        var gone: [PartitionKey: Range<Int64>] = [:]
        /// Partitions whose journal is being read, or was.
        var replayed: Set<PartitionKey> = []
        /// Every partition stands where it has to.
        var hasArrived = false
        /// And what the live generation fired there has been fired.
        var isDone = false
    }

    /// The offsets to reach exactly; nil to follow the log.
    let stops: [PartitionKey: Int64]?
    /// From where on the live generation speaks (rule 30).
    let activation: [PartitionKey: Int64]
    /// What the live generation's journal holds.
    let journal: [PartitionKey: JournalSpan]
    /// Opens the live generation, for its journal and its log of firings.
    let openSource: @Sendable () throws(StoreError) -> any StoreReader
    private let content = Mutex(Content())

    init(
        stops: [PartitionKey: Int64]?, activation: [PartitionKey: Int64], journal: [PartitionKey: JournalSpan],
        openSource: @escaping @Sendable () throws(StoreError) -> any StoreReader
    ) {
        self.stops = stops
        self.activation = activation
        self.journal = journal
        self.openSource = openSource
    }

    /// Whether every partition stands where it has to, and what the live generation fired there has been fired.
    public var isDone: Bool { content.withLock { $0.isDone } }

    public var positions: [Position] {
        content.withLock { content in
            content.next.sorted { $0.key < $1.key }.map { key, next in
                Position(partition: key, next: next, stop: stops == nil ? nil : stop(of: key))
            }
        }
    }

    // MARK: The lane

    /// Takes note of a partition that is to be read on from `state`, and of where its log begins.
    func begin(_ state: PartitionState, low: Int64) {
        content.withLock { content in
            content.next[state.key] = state.nextOffset
            content.gone[state.key] = state.nextOffset < low ? state.nextOffset..<low : nil
        }
    }

    /// Where the log is read from: what lies below its beginning comes from the journal first.
    ///
    /// - Throws: where the log is to be read anew before all of the journal is in the store: then there would be a gap.
    func start(of state: PartitionState) throws(KafkaError) -> Int64 {
        try content.withLock { content throws(KafkaError) in
            guard let gone = content.gone[state.key], state.nextOffset < gone.upperBound else {
                return state.nextOffset
            }
            guard content.replayed.insert(state.key).inserted else {
                throw KafkaError(
                    code: .fatal,
                    message: "\(state.key): a transaction failed while the journal was being read: run the command "
                        + "again, it goes on from there")
            }
            return gone.upperBound
        }
    }

    /// Offsets that only the journal holds, by partition.
    var gone: [(partition: PartitionKey, offsets: Range<Int64>)] {
        content.withLock { $0.gone.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    /// The offset at which a partition stops.
    func stop(of partition: PartitionKey) -> Int64 { stops.map { $0[partition] ?? 0 } ?? .max }

    /// Takes note of what is committed.
    ///
    /// - Parameter ended: partitions of which everything there is, or that lies below their stop, is committed.
    func look(_ partitions: [PartitionKey: PartitionState], ended: Set<PartitionKey>) {
        content.withLock { content in
            for (key, state) in partitions { content.next[key] = state.nextOffset }
            guard stops != nil, !partitions.isEmpty else { return }
            content.hasArrived = partitions.allSatisfy { key, state in
                state.nextOffset >= stop(of: key) || ended.contains(key)
            }
        }
    }

    /// Whether nothing is left to do but to fire what the live generation fired at the end.
    var awaitsReplay: Bool { content.withLock { $0.hasArrived && !$0.isDone } }

    /// What the live generation fired where the partitions stand is committed.
    func noteReplay() { content.withLock { $0.isDone = $0.hasArrived } }

    /// Leaves out of a batch what lies at or above the stops.
    ///
    /// - Returns: the rest, and the partitions whose stop it has met.
    func trim(_ batch: DecodedBatch) -> (rest: DecodedBatch, met: [PartitionKey]) {
        guard stops != nil else { return (batch, []) }
        var met: [PartitionKey] = []
        var runs: [DecodedBatch.Run] = []
        for run in batch.runs {
            let stop = stop(of: run.partition)
            let end = batch.records[run.records].firstIndex { $0.offset >= stop } ?? run.records.upperBound
            if end < run.records.upperBound { met.append(run.partition) }
            if end > run.records.lowerBound {
                runs.append(.init(partition: run.partition, records: run.records.lowerBound..<end))
            }
        }
        return (batch.with(runs: runs), met)
    }
}

extension DecodedBatch {
    fileprivate func with(runs: [Run]) -> DecodedBatch {
        var batch = DecodedBatch(records: records, runs: runs, raw: raw, generation: generation, byteCount: byteCount)
        batch.isBehind = isBehind
        batch.hold = hold
        return batch
    }
}
