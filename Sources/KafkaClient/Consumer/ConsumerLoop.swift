import CRdKafka
import Threads

/// The consumer's thread: serves librdkafka's queues, makes every call that changes the client, and hands events over.
/// Made and used on that thread only.
final class ConsumerLoop {
    private let handle: ClientHandle
    private let mailbox: ConsumerMailbox
    private let commands: CommandQueue
    private let queries: QueryThread
    private let log: KafkaLogSink?
    private let onRebalance: Consumer.RebalanceHandler?
    private let limits: (records: Int, bytes: Int)
    /// A group member that sleeps must still poll its queue within `max.poll.interval.ms`, however quiet it is.
    private let longestSleep: Duration?

    private var queues = PartitionQueues()
    private var generation: UInt64 = 0
    private var topicNames: [String: String] = [:]
    private var commits: [UInt64: Consumer.CommitCompletion] = [:]
    private var nextCommit: UInt64 = 1
    private var closing: (queue: OpaquePointer, deadline: Int64?)?

    init(
        handle: ClientHandle, mailbox: ConsumerMailbox, commands: CommandQueue, queries: QueryThread,
        log: KafkaLogSink?, configuration: KafkaConfiguration, mode: ConsumerMode,
        onRebalance: Consumer.RebalanceHandler?
    ) {
        self.handle = handle
        self.mailbox = mailbox
        self.commands = commands
        self.queries = queries
        self.log = log
        self.onRebalance = onRebalance
        limits = (max(1, configuration.batchRecords), max(1, configuration.batchBytes))
        longestSleep = mode == .manual ? nil : configuration.maximumPollInterval / 3
    }

    /// Runs until closed; returns whether the group was left in an orderly way. Signals are taken before the queues are
    /// looked at, so none is lost.
    func run() -> Bool {
        var more = true
        while true {
            if !more { handle.wakeup.wait(timeout: sleep()) }
            for command in commands.takeAll() { perform(command) }
            serveEvents()
            if isClosed() { break }
            more = takeRecords()
        }
        defer { finish() }
        return rd_kafka_consumer_closed(handle.client) != 0
    }

    private func sleep() -> Duration? {
        guard let closing else { return longestSleep }
        return MonotonicClock.remaining(until: closing.deadline)
    }

    private func perform(_ command: ConsumerCommand) {
        if closing != nil, case .close = command { return }
        if closing != nil { return command.fail(.closed("consumer")) }
        switch command {
        case .assign(let partitions, let answer): answer.give(assign(partitions))
        case .unassign(let answer): answer.give(unassign())
        case .pause(let partitions, let answer):
            answer.give(change("pause", partitions) { rd_kafka_pause_partitions(handle.client, $0) })
        case .resume(let partitions, let answer):
            answer.give(change("resume", partitions) { rd_kafka_resume_partitions(handle.client, $0) })
        case .commit(let offsets, let completion): commit(offsets, completion)
        case .close(let deadline): startClosing(deadline)
        }
    }

    private func assign(_ partitions: [TopicPartitionOffset]) -> Result<UInt64, KafkaError> {
        let places = partitions.map(\.partition)
        let list = PartitionList(partitions)
        PartitionQueues.separate(places, of: handle.client)
        // From this call on, librdkafka itself drops what was fetched under an older assignment.
        let code = rd_kafka_assign(handle.client, list.pointer)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(KafkaError(code)) }
        queues.replace(places, of: handle.client, wakeup: handle.wakeup)
        generation += 1
        return .success(generation)
    }

    private func unassign() -> Result<UInt64, KafkaError> {
        queues.clear()
        let code = rd_kafka_assign(handle.client, nil)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(KafkaError(code)) }
        generation += 1
        return .success(generation)
    }

    private func change(
        _ what: String, _ partitions: [TopicPartition],
        _ call: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> rd_kafka_resp_err_t
    ) -> Result<Bool, KafkaError> {
        let list = PartitionList(partitions)
        let code = call(list.pointer)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR { return .failure(KafkaError(code)) }
        for element in list.elements { if let error = element.failure { return .failure(error) } }
        return .success(true)
    }

    private func commit(_ offsets: [CommittedOffset], _ completion: @escaping Consumer.CommitCompletion) {
        let list = PartitionList(capacity: offsets.count)
        for offset in offsets { list.add(offset) as Void }
        let token = nextCommit
        nextCommit += 1
        commits[token] = completion
        let code = rd_kafka_commit_queue(
            handle.client, list.pointer, handle.queue, nil, UnsafeMutableRawPointer(bitPattern: UInt(token)))
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            commits.removeValue(forKey: token)?(.failure(handle.explain(KafkaError(code))))
        }
    }

    private func serveEvents() {
        while let event = handle.nextEvent() { serve(event) }
    }

    private func serve(_ event: NativeEvent) {
        switch event {
        case .log(let line): log?(line)
        case .error(let error):
            if error.code == .authentication || error.code == .tlsFailure { queries.failWaiting(error) }
            mailbox.put(.error(error))
        case .allBrokersDown: mailbox.put(.allBrokersDown)
        case .statistics(let json): mailbox.put(.statistics(json))
        case .rebalance(let assigns, let partitions): rebalance(assigns, partitions)
        case .committed(let token, let error, let results):
            guard let completion = commits.removeValue(forKey: token) else { return }
            if let error = error ?? results.lazy.compactMap({ $0.1 }).first {
                completion(.failure(handle.explain(error)))
            } else {
                completion(.success(()))
            }
        case .delivered, .none: break
        case .endOfPartition(let place, let offset):
            mailbox.put(.endOfPartition(place, offset: offset, generation: generation))
        case .fetched(let event):
            // Not expected here, since partitions are kept apart; but a record must never be lost by that.
            var draft = RecordBatchDraft(generation: generation)
            draft.append(event, name: sharedName)
            deliver(draft)
        }
    }

    private func rebalance(_ assigns: Bool, _ partitions: [TopicPartition]) {
        if closing != nil {
            // Whoever closes has stopped its lanes; nobody is left to answer.
            _ = unassign()
        } else if assigns {
            if onRebalance != nil { _ = assign([]) }
            tell(.assigned(partitions))
        } else if rd_kafka_assignment_lost(handle.client) != 0 {
            if onRebalance != nil { _ = unassign() }
            tell(.lost(partitions))
        } else {
            tell(.revoked(partitions))
        }
    }

    private func tell(_ rebalance: Rebalance) {
        if let onRebalance { onRebalance(rebalance) } else { mailbox.put(.rebalance(rebalance)) }
    }

    /// One batch where there is room for it. Returns whether to look again before sleeping.
    private func takeRecords() -> Bool {
        guard closing == nil, mailbox.hasRoom() else { return false }
        var draft = RecordBatchDraft(generation: generation)
        let more = queues.take { event in
            if rd_kafka_event_type(event) == RD_KAFKA_EVENT_FETCH {
                draft.append(event, name: sharedName)
            } else {
                // What only reports comes after the records before it.
                deliver(draft)
                draft = RecordBatchDraft(generation: generation)
                serve(handle.translate(event))
            }
            return draft.messages.count < limits.records && draft.byteCount < limits.bytes
        }
        deliver(draft)
        return more
    }

    /// One string for a topic, however many batches name it.
    private func sharedName(_ name: UnsafePointer<CChar>) -> String {
        let fresh = String(cString: name)
        if let known = topicNames[fresh] { return known }
        topicNames[fresh] = fresh
        return fresh
    }

    private func deliver(_ draft: RecordBatchDraft) {
        if draft.isEmpty { return }
        mailbox.put(.records(RecordBatch(draft, handle: handle)))
    }

    /// Leaves the group without blocking this thread, which must go on serving what leaving brings along.
    private func startClosing(_ deadline: Int64?) {
        queues.clear()
        // A new queue, because the consumer's own is forwarded to it until all has been served.
        guard let queue = rd_kafka_queue_new(handle.client) else { return }
        crdkafka_wake_by_descriptor(queue, handle.wakeup.descriptor)
        closing = (queue, deadline)
        if let error = rd_kafka_consumer_close_queue(handle.client, queue) {
            // After a fatal error there is nothing to leave properly, and nothing to wait for.
            rd_kafka_error_destroy(error)
            closing?.deadline = MonotonicClock.now
        }
    }

    private func isClosed() -> Bool {
        guard let closing else { return false }
        // Its consumer queue now flows into this one.
        while let event = rd_kafka_queue_poll(closing.queue, 0) {
            serve(handle.translate(event))
        }
        if rd_kafka_consumer_closed(handle.client) != 0 { return true }
        return MonotonicClock.remaining(until: closing.deadline) == .zero
    }

    private func finish() {
        commands.close()
        for completion in commits.values { completion(.failure(.closed("consumer"))) }
        commits = [:]
        queries.close()
        queues.clear()
        if let closing {
            rd_kafka_queue_io_event_enable(closing.queue, -1, nil, 0)
            rd_kafka_queue_destroy(closing.queue)
        }
        mailbox.close()
    }
}
