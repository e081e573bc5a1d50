import Glibc
import KafkaClient
import PluginKit
import ProjectionStore
import Threads

/// How a lane comes up: opens its store, meets Kafka, and claims the partitions that fit the store. What is merely
/// away is waited for, and said every 30 seconds; what cannot become right by waiting ends the worker (rule 27).
enum LaneStart {
    /// - Returns: nil when the worker is asked to stop first.
    static func openStore(_ context: LaneContext, _ status: LaneStatus, _ stopping: Flag) throws
        -> (any StoreWriter)?
    {
        try onStore(context, status, stopping) { () throws(StoreError) in
            try context.provider.openWriter(context.package.manifest, data: context.data)
        }
    }

    /// Tries until the store is there.
    ///
    /// - Returns: nil when the worker is asked to stop first.
    static func onStore<Value>(
        _ context: LaneContext, _ status: LaneStatus, _ stopping: Flag, _ body: () throws(StoreError) -> Value
    ) throws -> Value? {
        try retry("the store", context, status, stopping) {
            do throws(StoreError) {
                return .done(try body())
            } catch {
                switch error.code {
                case .unavailable, .held, .retry: return .later(error.message)
                case .newer: throw WorkerFailure(.storeNewer, error.message)
                case .notWritable: throw WorkerFailure(.storeNotWritable, error.message)
                case .corrupt, .absent: throw WorkerFailure(.storeCorrupt, error.message)
                case .constraint, .query, .schema: throw WorkerFailure(.configuration, error.message)
                }
            }
        }
    }

    /// - Returns: nil when the worker is asked to stop first.
    static func connect(
        _ context: LaneContext, _ writer: any StoreWriter, _ engine: LaneTransaction, _ status: LaneStatus,
        _ stopping: Flag
    ) throws -> LaneConnection? {
        let name = context.package.manifest.name
        let group = context.settings.group(plugin: name, generation: context.package.manifest.version)
        let log = context.log
        let consumer: Consumer
        do throws(KafkaError) {
            consumer = try Consumer(context.kafka, group: group) { line in log.debug("librdkafka: \(line)") }
        } catch {
            // Nothing has been asked yet: what is wrong is wrong here.
            throw refusal(error) ?? WorkerFailure(.software, error.description)
        }
        let connection = try retry("Kafka", context, status, stopping) {
            do throws(KafkaError) {
                return .done(try claim(context, writer, engine, status, consumer))
            } catch {
                if let refusal = refusal(error) { throw refusal }
                return .later(error.description)
            }
        }
        if connection == nil { consumer.close(timeout: .seconds(2)) }
        return connection
    }

    /// Why waiting cannot help; nil where it can.
    private static func refusal(_ error: KafkaError) -> WorkerFailure? {
        switch error.code {
        case .authentication, .authorization, .tlsFailure: WorkerFailure(.credentials, error.description)
        case .topicMissing:
            WorkerFailure(.topicMissing, "\(error.description); `diwan topics create` makes it")
        case .unknownOption, .invalidValue, .controlledOption, .secretUnavailable:
            WorkerFailure(.configuration, error.description)
        default: nil
        }
    }

    // MARK: Claiming

    private static func claim(
        _ context: LaneContext, _ writer: any StoreWriter, _ engine: LaneTransaction, _ status: LaneStatus,
        _ consumer: Consumer
    ) throws(KafkaError) -> LaneConnection {
        let evidence = try gather(context, writer, consumer)
        var owned: [PartitionState] = []
        for (item, decision) in AssignmentCheck.decide(evidence) {
            switch decision {
            case .halt(let halt):
                context.log.error("\(halt.code): \(halt.message)")
                try store(context) { () throws(StoreError) in try keep(halt, of: item.key, in: writer) }
                status.halt(item.key.description, "\(halt.code): \(halt.message)")
            case .start(let state, let replacing, let warning):
                if let warning { context.log.warning(warning) }
                try store(context) { () throws(StoreError) in
                    try writer.begin()
                    defer { writer.rollback() }
                    guard try writer.claim(state, replacing: replacing) else {
                        throw StoreError(.retry, "\(state.key): another worker claimed it at the same moment")
                    }
                    try writer.setHalt(nil, of: state.key)
                    // A first start that accepts a gap: the answers say so from then on (rule 9).
                    if replacing == nil, state.nextOffset > 0 {
                        try writer.count([StoreCounter.gap(state.key): state.nextOffset])
                    }
                    CrashPoint.reach(.claimWritten)
                    try writer.commit()
                }
                CrashPoint.reach(.claimed)
                try store(context) { () throws(StoreError) in
                    try writer.forgetOverruns(of: state.key, before: state.nextOffset)
                }
                engine.own(state)
                owned.append(state)
            }
        }
        return try LaneConnection(consumer: consumer, store: writer.identity, owned: owned)
    }

    /// So that answers and commands can say it.
    static func keep(_ halt: AssignmentCheck.Halt, of partition: PartitionKey, in writer: any StoreWriter)
        throws(StoreError)
    {
        try writer.begin()
        defer { writer.rollback() }
        try writer.setHalt(PartitionHalt(code: halt.code, message: halt.message, at: UTCTime.now), of: partition)
        try writer.commit()
    }

    /// Everything that `AssignmentCheck` decides by.
    private static func gather(_ context: LaneContext, _ writer: any StoreWriter, _ consumer: Consumer)
        throws(KafkaError) -> [PartitionEvidence]
    {
        let patience = Duration.seconds(10)
        var stored: [PartitionKey: PartitionState] = [:]
        for state in try store(context, { () throws(StoreError) in try writer.partitions() }) {
            stored[state.key] = state
        }
        var keys: [(PartitionKey, count: Int32)] = []
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
                let key = PartitionKey(topic: topic.name, partition: partition.id)
                keys.append((key, Int32(found.partitions.count)))
            }
        }
        let places = keys.map { TopicPartition($0.0.topic, $0.0.partition) }
        var committed: [PartitionKey: GroupCommit] = [:]
        for commit in try consumer.committed(places, timeout: patience) {
            guard let offset = commit.offset else { continue }
            let key = PartitionKey(topic: commit.partition.topic, partition: commit.partition.partition)
            committed[key] = GroupCommit(offset: offset, metadata: commit.metadata)
        }
        var ends: [PartitionKey: Watermarks] = [:]
        var wanted: [TopicPartition: Int64] = [:]
        for (key, _) in keys {
            let place = TopicPartition(key.topic, key.partition)
            let watermarks = try consumer.watermarks(place, timeout: patience)
            ends[key] = watermarks
            if let last = stored[key]?.last, last.offset >= watermarks.low, last.offset < watermarks.high {
                wanted[place] = last.offset
            }
        }
        var found: [PartitionKey: RecordFingerprint] = [:]
        for (place, lookup) in try consumer.lookUp(wanted, timeout: patience) {
            switch lookup {
            case .record(let record):
                found[PartitionKey(topic: place.topic, partition: place.partition)] = RecordFingerprint(record)
            case .failure(let error): throw error
            case .missing: break
            }
        }
        let plugin = context.settings.plugins[context.package.manifest.name]
        return keys.map { key, count in
            PartitionEvidence(
                key: key, stored: stored[key], committed: committed[key], storeIdentity: writer.identity,
                clusterID: cluster, partitionCount: count, low: ends[key]?.low ?? 0, high: ends[key]?.high ?? 0,
                lastRecord: found[key], activatesAtBeginning: plugin?.activatesAtBeginning ?? false,
                acceptsGap: plugin?.acceptsGap ?? false)
        }
    }

    /// A store that is away while Kafka is there: tried again with everything else.
    private static func store<Value>(_ context: LaneContext, _ body: () throws(StoreError) -> Value)
        throws(KafkaError) -> Value
    {
        do throws(StoreError) {
            return try body()
        } catch {
            throw KafkaError(code: .other, message: "the store is away: \(error.message)", retriable: true)
        }
    }

    // MARK: Waiting

    private enum Attempt<Value> {
        case done(Value)
        case later(String)
    }

    private static func retry<Value>(
        _ what: String, _ context: LaneContext, _ status: LaneStatus, _ stopping: Flag,
        _ attempt: () throws -> Attempt<Value>
    ) throws -> Value? {
        var backoff = Backoff(first: 250, most: 5000)
        var reminder = Reminder()
        while !stopping.isSet {
            status.touch()
            switch try attempt() {
            case .done(let value): return value
            case .later(let reason):
                status.set(.waiting(reason))
                if reminder.isDue() { context.log.warning("waiting for \(what): \(reason)") }
            }
            let end = min(MonotonicClock.now + Int64(backoff.next()) * 1_000_000, reminder.next)
            while !stopping.isSet, MonotonicClock.now < end { usleep(20_000) }
        }
        return nil
    }
}
