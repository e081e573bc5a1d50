import KafkaClient
import PluginKit
import ProjectionStore

/// Claims partitions for a lane: gathers what is known of each, decides, and raises the owner epoch of those that may be
/// read (rules 9, 17, 18, 20 and 21). The lane's thread only; nothing may be gathered or being written meanwhile.
struct PartitionClaim {
    let context: LaneContext
    let writer: any StoreWriter
    let consumer: Consumer
    let status: LaneStatus
    /// How long a question to Kafka may take after it has failed several times.
    private let patience: Duration
    private let failures = FailuresInARow()

    init(
        context: LaneContext, writer: any StoreWriter, consumer: Consumer, status: LaneStatus,
        patience: Duration = .seconds(10)
    ) {
        self.context = context
        self.writer = writer
        self.consumer = consumer
        self.status = status
        self.patience = patience
    }

    /// How long a question may take now. Short at first: a leader that has just died answers nobody, and what it was
    /// asked is not passed on to the one that leads after it, so whoever asks again soon is answered soon.
    private var currentPatience: Duration { min(patience, .seconds(1 << min(failures.count, 5))) }

    /// What became of partitions that were to be claimed.
    struct Outcome {
        var owned: [PartitionState] = []
        /// Left to the operator, with the epoch at which they stand in the store; -1 for those it does not know.
        var halted: [PartitionKey: Int64] = [:]
        /// Another one moved it while we looked: look again.
        var contended: [PartitionKey] = []
        /// What is held for the operator.
        var restored = RestoredStore()
    }

    /// Claims all partitions of the lane's topics.
    ///
    /// - Throws: where Kafka or the store is away; an error of code `.other` with the store's message for the latter.
    func claimAll() throws(KafkaError) -> Outcome { try claim(nil) }

    /// Claims these partitions, which the group gave to this lane. Where one of them was never read before, its whole
    /// topic is looked at: a new partition of a topic that grew must not be read while the old ones halt elsewhere.
    func claim(only wanted: Set<PartitionKey>?) throws(KafkaError) -> Outcome { try claim(wanted) }

    private func claim(_ wanted: Set<PartitionKey>?) throws(KafkaError) -> Outcome {
        failures.count += 1
        let outcome = try claimed(wanted)
        failures.count = 0
        return outcome
    }

    private func claimed(_ wanted: Set<PartitionKey>?) throws(KafkaError) -> Outcome {
        var outcome = Outcome()
        outcome.restored = try store { () throws(StoreError) in try RestoredStore(writer) }
        for (item, decision) in AssignmentCheck.decide(try gather(wanted)) where wanted?.contains(item.key) ?? true {
            switch decision {
            case .halt(let halt):
                context.log.error("\(halt.code): \(halt.message)")
                try store { () throws(StoreError) in try LaneStart.keep(halt, of: item.key, in: writer) }
                status.halt(item.key.description, "\(halt.code): \(halt.message)")
                outcome.halted[item.key] = item.stored?.epoch ?? -1
            case .start(let state, let replacing, let warning):
                if let warning { context.log.warning(warning) }
                if try store({ () throws(StoreError) in try write(state, replacing) }) {
                    CrashPoint.reach(.claimed)
                    try store { () throws(StoreError) in
                        try writer.forgetOverruns(of: state.key, before: state.nextOffset)
                    }
                    context.settings.latched?.begin(state, low: item.low)
                    outcome.owned.append(state)
                } else {
                    outcome.contended.append(item.key)
                }
            }
        }
        return outcome
    }

    /// - Returns: whether it is ours; false where another one moved it meanwhile.
    private func write(_ state: PartitionState, _ replacing: Int64?) throws(StoreError) -> Bool {
        try writer.begin()
        defer { writer.rollback() }
        guard try writer.claim(state, replacing: replacing) else { return false }
        try writer.setHalt(nil, of: state.key)
        // A first start that accepts a gap: the answers say so from then on (rule 9).
        if replacing == nil, state.nextOffset > 0 {
            try writer.count([StoreCounter.gap(state.key): state.nextOffset])
        }
        CrashPoint.reach(.claimWritten)
        try writer.commit()
        return true
    }

    /// Why partitions that are being read must not be read any more; none where all is well (rule 21).
    func audit(_ keys: [PartitionKey]) throws(KafkaError) -> [(key: PartitionKey, halt: AssignmentCheck.Halt)] {
        AssignmentCheck.decide(try gather(Set(keys))).compactMap { item, decision in
            if case .halt(let halt) = decision { (item.key, halt) } else { nil }
        }
    }

    // MARK: Evidence

    /// Everything that `AssignmentCheck` decides by. The group's commits are asked before the store: an owner that is
    /// still at work reports after it has committed to the store, so that this order never sees its report ahead of it.
    private func gather(_ wanted: Set<PartitionKey>?) throws(KafkaError) -> [PartitionEvidence] {
        let (partitions, cluster) = try partitions()
        var keys = wanted.map { wanted in partitions.filter { wanted.contains($0.key) } } ?? partitions
        var committed = try commits(of: keys)
        var stored: [PartitionKey: PartitionState] = [:]
        for state in try store({ () throws(StoreError) in try writer.partitions() }) { stored[state.key] = state }
        let unread = Set(keys.filter { stored[$0.key] == nil }.map(\.key.topic))
        let others = partitions.filter { other in
            unread.contains(other.key.topic) && !keys.contains { $0.key == other.key }
        }
        if !others.isEmpty {
            // Of these only the log counts, not how far their owners have come.
            for other in others { committed[other.key] = nil }
            keys += others
        }
        let (ends, found) = try logs(of: keys.map(\.key), stored)
        let plugin = context.settings.plugins[context.package.manifest.name]
        let restored = try store { () throws(StoreError) in try writer.heldBelow() }
        let latched = context.settings.latched
        return keys.map { key, count in
            // A group says nothing of a generation that is not live yet.
            PartitionEvidence(
                key: key, stored: stored[key], committed: latched == nil ? committed[key] : nil,
                storeIdentity: writer.identity,
                clusterID: cluster, partitionCount: count, low: ends[key]?.low ?? 0, high: ends[key]?.high ?? 0,
                lastRecord: found[key], activatesAtBeginning: plugin?.activatesAtBeginning ?? false,
                acceptsGap: plugin?.acceptsGap ?? false, acceptedRestore: restored[key],
                activationOffset: latched?.activation[key], journal: latched?.journal[key])
        }
    }

    /// Every partition of the lane's topics, with the number that its topic has, and the cluster's id.
    private func partitions() throws(KafkaError) -> ([(key: PartitionKey, count: Int32)], cluster: String) {
        var keys: [(key: PartitionKey, count: Int32)] = []
        var cluster = ""
        for topic in context.topics {
            // The first question: short, so that a broker that is away is said at once. Connecting goes on meanwhile.
            let metadata = try consumer.metadata(topic: topic.name, timeout: .seconds(2))
            guard let found = metadata.topic(topic.name) else {
                throw KafkaError(code: .topicMissing, message: "topic \(topic.name) does not exist", topic: topic.name)
            }
            if let error = found.error { throw error }
            cluster = metadata.clusterID ?? cluster
            for partition in found.partitions {
                keys.append((PartitionKey(topic: topic.name, partition: partition.id), Int32(found.partitions.count)))
            }
        }
        return (keys, cluster)
    }

    /// Asks whether the lane's topics are there, before anybody joins a group for them.
    func checkTopics() throws(KafkaError) { _ = try partitions() }

    private func commits(of keys: [(key: PartitionKey, count: Int32)]) throws(KafkaError)
        -> [PartitionKey: GroupCommit]
    {
        var committed: [PartitionKey: GroupCommit] = [:]
        let places = keys.map { TopicPartition($0.key.topic, $0.key.partition) }
        for commit in try consumer.committed(places, timeout: currentPatience) {
            guard let offset = commit.offset else { continue }
            let key = PartitionKey(topic: commit.partition.topic, partition: commit.partition.partition)
            committed[key] = GroupCommit(offset: offset, metadata: commit.metadata)
        }
        return committed
    }

    /// The ends of each log, and the record that lies where the last one taken in lay.
    private func logs(of keys: [PartitionKey], _ stored: [PartitionKey: PartitionState]) throws(KafkaError)
        -> ([PartitionKey: Watermarks], [PartitionKey: RecordFingerprint])
    {
        var ends: [PartitionKey: Watermarks] = [:]
        var wanted: [TopicPartition: Int64] = [:]
        for key in keys {
            let place = TopicPartition(key.topic, key.partition)
            let watermarks = try known { () throws(KafkaError) in
                try consumer.watermarks(place, timeout: currentPatience)
            }
            ends[key] = watermarks
            if let last = stored[key]?.last, last.offset >= watermarks.low, last.offset < watermarks.high {
                wanted[place] = last.offset
            }
        }
        var found: [PartitionKey: RecordFingerprint] = [:]
        let lookups = try known { () throws(KafkaError) in try consumer.lookUp(wanted, timeout: currentPatience) }
        for (place, lookup) in lookups {
            switch lookup {
            case .record(let record):
                found[PartitionKey(topic: place.topic, partition: place.partition)] = RecordFingerprint(record)
            case .failure(let error): try known { () throws(KafkaError) in throw error }
            case .missing: break
            }
        }
        return (ends, found)
    }

    /// A store that is away while Kafka is there: tried again with everything else.
    private func store<Value>(_ body: () throws(StoreError) -> Value) throws(KafkaError) -> Value {
        do throws(StoreError) {
            return try body()
        } catch {
            switch error.code {
            case .corrupt: throw KafkaError(code: .other, message: error.message, name: Self.storeCorrupt)
            case .notWritable: throw KafkaError(code: .other, message: error.message, name: Self.storeNotWritable)
            default: throw KafkaError(code: .other, message: "the store is away: \(error.message)", retriable: true)
            }
        }
    }

    /// The names under which a store's failure that waiting cannot mend goes through what asks Kafka.
    static let storeCorrupt = "store-corrupt"
    static let storeNotWritable = "store-not-writable"

    /// Asks about a partition that Kafka has just named: a leader that does not know it yet, or no more, passes.
    private func known<Value>(_ body: () throws(KafkaError) -> Value) throws(KafkaError) -> Value {
        do throws(KafkaError) {
            return try body()
        } catch {
            guard error.code == .topicMissing else { throw error }
            throw KafkaError(
                code: .other, message: "\(error.message): its leader does not know it now", retriable: true,
                name: error.name, topic: error.topic, partition: error.partition)
        }
    }
}

/// How often in a row Kafka or the store was away, this time included. The lane's thread only.
private final class FailuresInARow {
    var count = 0
}
