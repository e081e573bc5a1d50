import CRdKafka
import Threads

/// Writes records to Kafka, each once and in order per partition as long as this producer lives (idempotence).
///
/// `produce` never waits and may be called from any thread. One thread of the caller's takes reports with `next`: a
/// producer whose reports nobody takes fills up, and then `produce` throws `.queueFull`.
public final class Producer: Sendable {
    private let events: BlockingQueue<ProducerEvent>
    private let queries = QueryThread(name: "kafka-ask")
    private let core: HandleSlot
    private let stop = Flag()
    private let ended = Gate()
    private let thread: OSThread

    /// Starts the producer. Throws for a wrong configuration, not for an absent broker: that comes as an event.
    public init(_ configuration: KafkaConfiguration, log: KafkaLogSink? = nil) throws(KafkaError) {
        let handle = try ClientHandle(configuration, role: .producer)
        // While this is full the thread stops taking events, and librdkafka's own bound takes hold.
        let events = BlockingQueue<ProducerEvent>(capacity: 1_000)
        let (queries, stop, ended) = (queries, stop, ended)
        do {
            thread = try OSThread.start(name: "kafka-produce") {
                serveUntilStopped(handle, stop: stop, queries: queries, log: log) { events.put($0) }
                events.close()
                ended.open()
            }
        } catch {
            throw KafkaError(code: .other, message: error.description)
        }
        self.events = events
        core = HandleSlot(handle)
    }

    deinit {
        endThread()
        // Nobody can take events any more: lets the thread go where it waits for room.
        events.close()
    }

    // MARK: Producing

    /// Hands over one record; `token` comes back in its report. A nil partition lets the key choose as in Java
    /// (murmur2, random without a key); a nil value is a tombstone; a nil timestamp (milliseconds since 1970) is now.
    ///
    /// Throws `.queueFull` (take reports, then try again), `.recordTooLarge`, `.topicMissing`, or a fatal error after
    /// which this producer takes nothing more.
    public func produce(
        topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = [],
        timestamp: Int64? = nil, token: UInt64 = 0
    ) throws(KafkaError) {
        let key = key.map { Bytes($0) }
        let value = value.map { Bytes($0) }
        try Bytes.withPointers(key, value) { key, value throws(KafkaError) in
            try produce(
                topic: topic, partition: partition, key: key, value: value, headers: headers, timestamp: timestamp,
                token: token)
        }
    }

    /// The same from memory of the caller's; librdkafka copies it before this returns.
    public func produce(
        topic: String, partition: Int32? = nil, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: [RecordHeader] = [], timestamp: Int64? = nil, token: UInt64 = 0
    ) throws(KafkaError) {
        guard let handle = core.handle, !stop.isSet else { throw .closed("producer") }
        var native: OpaquePointer?
        if !headers.isEmpty {
            native = rd_kafka_headers_new(headers.count)
            for header in headers {
                header.value.withPointer { start, count in
                    _ = rd_kafka_header_add(native, header.name, header.name.utf8.count, start, count)
                }
            }
        }
        let code = crdkafka_produce(
            handle.client, topic, partition ?? Int32(RD_KAFKA_PARTITION_UA), key.start, key?.count ?? 0, value.start,
            value?.count ?? 0, timestamp ?? 0, native, UnsafeMutableRawPointer(bitPattern: UInt(token)))
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        if let native { rd_kafka_headers_destroy(native) }
        throw Self.failure(code, handle: handle, topic: topic)
    }

    /// Records handed over whose report has not been taken from librdkafka yet.
    public var outstanding: Int { core.handle.map { Int(rd_kafka_outq_len($0.client)) } ?? 0 }

    /// The next event, waiting up to `timeout` (nil: without end). Nil: none came.
    public func next(timeout: Duration?) -> ProducerEvent? {
        events.take(timeout: timeout) ?? (events.isClosed ? .closed : nil)
    }

    /// Sends what waits, without lingering, until every record has its report. Another thread must take the reports
    /// meanwhile where there are many. Throws `.timedOut` when some are still on their way.
    public func flush(timeout: Duration) throws(KafkaError) {
        guard let handle = core.handle else { throw .closed("producer") }
        _ = try queries.ask("flush", timeout: timeout) { remaining -> Result<Bool, KafkaError> in
            let code = rd_kafka_flush(handle.client, remaining.wholeMilliseconds)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return .success(true) }
            return .failure(handle.explain(KafkaError(code, message: "flush: records are still on their way")))
        }
    }

    // MARK: Questions to the cluster

    /// Brokers and topics; nil asks for every topic that this user may see.
    public func metadata(topic: String? = nil, timeout: Duration) throws(KafkaError) -> ClusterMetadata {
        guard let handle = core.handle else { throw .closed("producer") }
        return try queries.ask("metadata", timeout: timeout) { handle.metadata(topic: topic, $0) }
    }

    // MARK: Closing

    /// Sends what waits, as far as `timeout` allows, and ends. What is not acknowledged by then is given up and
    /// reported as `.closed`; reports can still be taken with `next` until `.closed` comes. Returns whether every
    /// record had its answer from Kafka in time. librdkafka's own threads are waited for two seconds at most.
    @discardableResult
    public func close(timeout: Duration) -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        var flushed = true
        if let handle = core.handle, !stop.isSet {
            do { try flush(timeout: timeout) } catch { flushed = false }
            if !flushed {
                rd_kafka_purge(handle.client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
                // The reports of what was purged come at once.
                rd_kafka_flush(handle.client, 200)
            }
        }
        endThread()
        if ended.wait(timeout: .seconds(1)) { thread.join() }
        let left = MonotonicClock.remaining(until: deadline) ?? .seconds(2)
        core.release()?.wait(timeout: max(.milliseconds(200), min(left, .seconds(2))))
        return flushed
    }

    /// Ends without sending what waits: all of it is given up and reported as `.closed`.
    public func abandon() {
        if let handle = core.handle, !stop.isSet {
            rd_kafka_purge(handle.client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            rd_kafka_flush(handle.client, 200)
        }
        endThread()
        if ended.wait(timeout: .seconds(1)) { thread.join() }
        core.release()?.wait(timeout: .seconds(2))
    }

    private func endThread() {
        stop.set()
        queries.close()
        core.handle?.wakeup.signal()
    }

    private static func failure(_ code: rd_kafka_resp_err_t, handle: ClientHandle, topic: String) -> KafkaError {
        var reason = [CChar](repeating: 0, count: 512)
        let cause = rd_kafka_fatal_error(handle.client, &reason, reason.count)
        guard cause != RD_KAFKA_RESP_ERR_NO_ERROR else { return handle.redactor.clean(KafkaError(code, topic: topic)) }
        let text = String(terminated: reason)
        return handle.redactor.clean(KafkaError(cause, message: text, fatal: true, topic: topic))
    }
}
