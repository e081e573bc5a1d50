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
                case .unavailable, .held, .retry, .replaced: return .later(error.message)
                case .newer: throw WorkerFailure(.storeNewer, error.message)
                case .notWritable: throw WorkerFailure(.storeNotWritable, error.message)
                case .corrupt, .absent: throw WorkerFailure(.storeCorrupt, error.message)
                case .constraint, .query, .schema: throw WorkerFailure(.configuration, error.message)
                }
            }
        }
    }

    /// Meets Kafka. Where the store is exclusive the lane claims all partitions; where it is shared it joins the group,
    /// and what the group gives reaches it as `LaneConnection.rebalances`.
    ///
    /// - Returns: nil when the worker is asked to stop first.
    static func connect(
        _ context: LaneContext, _ writer: any StoreWriter, _ engine: LaneTransaction, _ status: LaneStatus,
        _ inbox: BlockingQueue<LaneInput>, _ stopping: Flag
    ) throws -> LaneConnection? {
        let rebalances = context.provider.sharing == .shared ? RebalanceBox() : nil
        let consumer: Consumer
        do throws(KafkaError) {
            consumer = try makeConsumer(context, generation: writer.generation, rebalances, inbox)
        } catch {
            // Nothing has been asked yet: what is wrong is wrong here.
            throw refusal(error) ?? WorkerFailure(.software, error.description)
        }
        let connection = LaneConnection(
            consumer: consumer, store: writer.identity, rebalances: rebalances, latched: context.settings.latched)
        let claims = PartitionClaim(context: context, writer: writer, consumer: consumer, status: status)
        let isReady: Bool? = try retry("Kafka", context, status, stopping) {
            do throws(KafkaError) {
                if rebalances != nil {
                    try claims.checkTopics()
                    return .done(true)
                }
                let outcome = try claims.claimAll()
                guard outcome.contended.isEmpty else { return .later("another worker claims at the same moment") }
                engine.holdMessages(outcome.restored)
                for state in outcome.owned { engine.own(state) }
                try connection.add(outcome.owned.map(\.key), engine)
                return .done(true)
            } catch {
                if let refusal = refusal(error) { throw refusal }
                return .later(error.description)
            }
        }
        guard isReady != nil else {
            consumer.close(timeout: .seconds(2))
            return nil
        }
        return connection
    }

    private static func makeConsumer(
        _ context: LaneContext, generation: Int, _ rebalances: RebalanceBox?, _ inbox: BlockingQueue<LaneInput>
    ) throws(KafkaError) -> Consumer {
        let name = context.package.manifest.name
        let number = WorkerSettings.groupNumber(
            generation: generation, pluginVersion: context.package.manifest.version)
        let group = context.settings.group(plugin: name, generation: number)
        let log = context.log
        let sink: KafkaLogSink = { line in log.debug("librdkafka: \(line)") }
        guard let rebalances else { return try Consumer(context.kafka, group: group, log: sink) }
        var kafka = context.kafka
        kafka.instanceID = context.settings.staticMember.map { "\($0)/\(context.lane.number)" }
        return try Consumer(kafka, group: group, mode: .group(topics: context.topics.map(\.name)), log: sink) { said in
            rebalances.add(said)
            _ = inbox.tryPut(.wake)
        }
    }

    /// The context with as much read ahead as the budget has for all partitions together, however many there are.
    ///
    /// - Returns: nil when the worker is asked to stop first.
    static func fit(_ context: LaneContext, _ status: LaneStatus, _ stopping: Flag) throws -> LaneContext? {
        let count: Int? = try retry("Kafka", context, status, stopping) {
            do throws(KafkaError) {
                return .done(try partitionCount(context))
            } catch {
                if let refusal = refusal(error) { throw refusal }
                return .later(error.description)
            }
        }
        return count.map { count in
            var fitted = context
            // As much again comes with the answer that fills it. Few partitions need long answers, or the broker is asked
            // all the time; of many, each answer holds several.
            let few = context.lane.maximumBytes * 3 / 8 / max(4, count)
            let each = context.lane.maximumBytes / 2 / max(1, count) + few
            fitted.kafka.prefetchBytesPerPartition = min(4 << 20, max(32 << 10, each))
            fitted.kafka.fetchBytesPerPartition = min(1 << 20, max(32 << 10, each / 2))
            fitted.kafka.fetchBytes = max(1 << 20, min(each * count, 8 << 20))
            return fitted
        }
    }

    private static func partitionCount(_ context: LaneContext) throws(KafkaError) -> Int {
        let admin = try Admin(context.kafka)
        defer { admin.close(timeout: .milliseconds(200)) }
        var count = 0
        for topic in context.topics {
            // Short, so that a broker that is away is said at once. What is missing is said where it is claimed.
            let metadata = try admin.metadata(topic: topic.name, timeout: .seconds(2))
            count += metadata.topic(topic.name)?.partitions.count ?? 0
        }
        return count
    }

    /// Why waiting cannot help; nil where it can.
    static func refusal(_ error: KafkaError) -> WorkerFailure? {
        switch (error.code, error.name) {
        case (.other, PartitionClaim.storeCorrupt): return WorkerFailure(.storeCorrupt, error.message)
        case (.other, PartitionClaim.storeNotWritable): return WorkerFailure(.storeNotWritable, error.message)
        default: break
        }
        return switch error.code {
        case .authentication, .authorization, .tlsFailure: WorkerFailure(.credentials, error.description)
        case .topicMissing:
            WorkerFailure(.topicMissing, "\(error.description); `diwan topics create` makes it")
        case .unknownOption, .invalidValue, .controlledOption, .secretUnavailable:
            WorkerFailure(.configuration, error.description)
        default: nil
        }
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

    // MARK: Waiting

    private enum Attempt<Value> {
        case done(Value)
        case later(String)
    }

    private static func retry<Value>(
        _ what: String, _ context: LaneContext, _ status: LaneStatus, _ stopping: Flag,
        _ attempt: () throws -> Attempt<Value>
    ) throws -> Value? {
        // Whoever waits for events counts the seconds after the return of what was away.
        var backoff = Backoff(first: 250, most: 2000)
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
