import CRdKafka
import Threads

/// Reads records from Kafka.
///
/// One thread of its own serves librdkafka; one thread of the caller's takes events with `next`. The other calls may be
/// made from any thread and block it until done or timed out: never call them from Swift's cooperative pool.
public final class Consumer: Sendable {
    /// Called once, on the consumer's thread: be quick, and call no consumer from it.
    public typealias CommitCompletion = @Sendable (Result<Void, KafkaError>) -> Void

    /// Called on the consumer's thread, before the records that wait: be quick, and call no consumer from it.
    public typealias RebalanceHandler = @Sendable (Rebalance) -> Void

    public let group: String
    private let configuration: KafkaConfiguration
    private let mailbox: ConsumerMailbox
    private let commands: CommandQueue
    private let queries: QueryThread
    private let core: HandleSlot
    private let thread: OSThread
    private let ended: OneShot<Bool>

    /// Starts the consumer; nothing is read before the first `assign`. Throws for a wrong configuration, not for an
    /// absent broker: that comes as an event.
    ///
    /// - Parameter onRebalance: takes what the group says at once, instead of an event behind the records. Then only
    ///   `.revoked` waits for an answer: `.assigned` and `.lost` have been answered with nothing when it is called, so
    ///   that the group never waits for whoever decides where to begin; `assign` with offsets follows when that is known.
    public convenience init(
        _ configuration: KafkaConfiguration, group: String, mode: ConsumerMode = .manual, log: KafkaLogSink? = nil,
        onRebalance: RebalanceHandler? = nil
    ) throws(KafkaError) {
        try self.init(configuration, group: group, mode: mode, log: log, overrides: [:], onRebalance: onRebalance)
    }

    init(
        _ configuration: KafkaConfiguration, group: String, mode: ConsumerMode, log: KafkaLogSink?,
        overrides: [String: String], onRebalance: RebalanceHandler? = nil
    ) throws(KafkaError) {
        guard !group.isEmpty else { throw KafkaError(code: .invalidValue, message: "a consumer needs a group's name") }
        let handle = try ClientHandle(configuration, role: .consumer(group: group), overrides: overrides)
        if case .group(let topics) = mode {
            let list = PartitionList(topics.map { TopicPartition($0, -1) })
            try KafkaError.check(rd_kafka_subscribe(handle.client, list.pointer), "subscribe to \(topics)")
        }
        let mailbox = ConsumerMailbox(byteBudget: configuration.mailboxBytes, wakeup: handle.wakeup)
        let commands = CommandQueue(wakeup: handle.wakeup)
        let queries = QueryThread(name: "kafka-ask")
        let ended = OneShot<Bool>()
        do {
            thread = try OSThread.start(name: "kafka-consume") {
                let loop = ConsumerLoop(
                    handle: handle, mailbox: mailbox, commands: commands, queries: queries, log: log,
                    configuration: configuration, mode: mode, onRebalance: onRebalance
                )
                ended.give(loop.run())
            }
        } catch {
            throw KafkaError(code: .other, message: error.description)
        }
        self.group = group
        self.configuration = configuration
        self.mailbox = mailbox
        self.commands = commands
        self.queries = queries
        self.ended = ended
        core = HandleSlot(handle)
    }

    deinit { commands.post(.close(deadline: MonotonicClock.deadline(after: .seconds(5)))) }

    // MARK: Events

    /// The next event, waiting up to `timeout` (nil: without end). Nil: none came. One thread takes events.
    public func next(timeout: Duration?) -> ConsumerEvent? { mailbox.take(timeout: timeout) }

    // MARK: Assignment

    /// Reads exactly these partitions from these offsets on, instead of those before. Answers a rebalance in group mode.
    /// Returns the assignment's generation, which its batches carry; records of older ones may still be in the mailbox.
    @discardableResult
    public func assign(_ partitions: [TopicPartitionOffset]) throws(KafkaError) -> UInt64 {
        try perform { .assign(partitions, $0) }
    }

    /// Reads nothing any more. Answers `.revoked` and `.lost`.
    @discardableResult
    public func unassign() throws(KafkaError) -> UInt64 { try perform { .unassign($0) } }

    /// Stops fetching from assigned partitions; records already taken from them still come.
    public func pause(_ partitions: [TopicPartition]) throws(KafkaError) { _ = try perform { .pause(partitions, $0) } }

    public func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        _ = try perform { .resume(partitions, $0) }
    }

    // MARK: Commits

    /// Commits offsets (the next to read) with their metadata; the completion gets the first partition's error, if any.
    public func commit(_ offsets: [CommittedOffset], completion: @escaping CommitCompletion) {
        commands.post(.commit(offsets, completion))
    }

    /// Commits and waits for the group's answer.
    public func commit(_ offsets: [CommittedOffset], timeout: Duration) throws(KafkaError) {
        let answer = OneShot<Result<Void, KafkaError>>()
        commit(offsets) { answer.give($0) }
        guard let result = answer.wait(timeout: timeout) else {
            throw try handle().explain(.timedOut("commit of group \(group)"))
        }
        try result.get()
    }

    /// What the group has committed, in the order asked.
    public func committed(_ partitions: [TopicPartition], timeout: Duration) throws(KafkaError) -> [CommittedOffset] {
        let handle = try handle()
        return try queries.ask("committed offsets", timeout: timeout) { handle.committed(partitions, $0) }
    }

    // MARK: Questions to the cluster

    /// The ends of a partition's log, asked from its leader.
    public func watermarks(_ partition: TopicPartition, timeout: Duration) throws(KafkaError) -> Watermarks {
        let handle = try handle()
        return try queries.ask("watermarks of \(partition)", timeout: timeout) { handle.watermarks(partition, $0) }
    }

    /// The ends that the last fetch brought along, without asking anybody; nil before the first fetch.
    public func cachedWatermarks(_ partition: TopicPartition) -> Watermarks? {
        (try? handle())?.cachedWatermarks(partition)
    }

    /// Brokers and topics; nil asks for every topic that this user may see.
    public func metadata(topic: String? = nil, timeout: Duration) throws(KafkaError) -> ClusterMetadata {
        let handle = try handle()
        return try queries.ask("metadata", timeout: timeout) { handle.metadata(topic: topic, $0) }
    }

    /// The cluster's own id. Throws where no broker says one in time.
    public func clusterID(timeout: Duration) throws(KafkaError) -> String {
        guard let id = try metadata(timeout: timeout).clusterID else { throw .timedOut("cluster id") }
        return id
    }

    /// The first offset at or after a time (milliseconds since 1970); nil where the log has no such record.
    public func offsets(forTimes times: [TopicPartition: Int64], timeout: Duration) throws(KafkaError)
        -> [TopicPartition: Int64?]
    {
        let handle = try handle()
        return try queries.ask("offsets for times", timeout: timeout) { handle.offsets(times, $0) }
    }

    /// Reads single records by their offsets, through a client of its own that is closed afterwards.
    public func lookUp(_ offsets: [TopicPartition: Int64], timeout: Duration) throws(KafkaError)
        -> [TopicPartition: RecordLookup]
    {
        try RecordLookup.run(configuration, group: group, offsets, timeout: timeout)
    }

    /// The record at exactly this offset; nil where the log has a hole there (compaction, a transaction's marker) or
    /// ends before it. Throws `.offsetOutOfRange` where the offset is below the log's beginning or beyond its end.
    public func fetchOne(_ topic: String, _ partition: Int32, offset: Int64, timeout: Duration) throws(KafkaError)
        -> Record?
    {
        let place = TopicPartition(topic, partition)
        switch try lookUp([place: offset], timeout: timeout)[place] {
        case .record(let record): return record
        case .failure(let error): throw error
        case .missing, nil: return nil
        }
    }

    // MARK: Closing

    /// Leaves the group and ends the consumer's thread within `timeout`, reachable coordinator or not. Stop the lanes
    /// first: a last revocation is answered by the consumer itself. Whatever waits on this consumer fails with
    /// `.closed`, and records that nobody took are dropped. Returns whether the group was left in an orderly way; else
    /// it notices by the session timeout. librdkafka's own threads end as soon as no batch is held any more, and are
    /// waited for two seconds at most.
    @discardableResult
    public func close(timeout: Duration) -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        let orderly = end(timeout: timeout)
        core.release()?.wait(timeout: min(MonotonicClock.remaining(until: deadline) ?? .seconds(2), .seconds(2)))
        return orderly
    }

    /// The same without waiting for librdkafka's own threads, where records are kept on purpose.
    @discardableResult
    func end(timeout: Duration) -> Bool {
        commands.post(.close(deadline: MonotonicClock.deadline(after: timeout)))
        // The thread keeps the deadline itself; the second more is for its last steps.
        guard let orderly = ended.wait(timeout: timeout + .seconds(1)) else { return false }
        thread.join()
        return orderly
    }

    private func handle() throws(KafkaError) -> ClientHandle {
        guard let handle = core.handle else { throw .closed("consumer") }
        return handle
    }

    private func perform<Value: Sendable>(
        _ command: (ConsumerCommand.Answer<Value>) -> ConsumerCommand
    ) throws(KafkaError) -> Value {
        let answer = ConsumerCommand.Answer<Value>()
        commands.post(command(answer))
        // These calls do not wait for the network; the bound is for a library that hangs.
        guard let result = answer.wait(timeout: .seconds(60)) else { throw .timedOut("the consumer's thread") }
        return try result.get()
    }
}
