import CRdKafka
import Synchronization
import Threads

/// The one owner of an `rd_kafka_t`. Threads, queries and record batches hold it; when the last of them lets go, the
/// client is destroyed, on a thread of its own because that blocks.
///
/// `@unchecked Sendable`: the pointers never change, librdkafka's calls on a client and its queues may be made from any
/// thread, and nothing is freed before the last reference is gone.
final class ClientHandle: @unchecked Sendable {
    let client: OpaquePointer
    /// Where logs, errors and statistics arrive; a consumer's own queue where it has one.
    let queue: OpaquePointer
    let wakeup: Wakeup
    let redactor: Redactor
    /// Opens when librdkafka has freed the client and ended its threads.
    let destroyed = Gate()
    private let lastConnectionError = Mutex<KafkaError?>(nil)

    init(_ configuration: KafkaConfiguration, role: ClientRole, overrides: [String: String] = [:]) throws(KafkaError) {
        try configuration.checkServers()
        wakeup = try Wakeup()
        let native = try NativeConfiguration.build(configuration, role: role, overrides: overrides)
        redactor = native.redactor
        client = try native.makeClient(role)
        rd_kafka_set_log_queue(client, nil)
        if role.isConsumer {
            rd_kafka_poll_set_consumer(client)
            queue = rd_kafka_queue_get_consumer(client) ?? rd_kafka_queue_get_main(client)
        } else {
            queue = rd_kafka_queue_get_main(client)
        }
        crdkafka_wake_by_descriptor(queue, wakeup.descriptor)
    }

    deinit {
        let remains = Remains(client: client, queue: queue, wakeup: wakeup, destroyed: destroyed)
        // Without a thread the client is leaked rather than destroyed here: this may be anybody's thread, and a
        // destroyed consumer can take seconds.
        _ = try? OSThread.start(name: "kafka-destroy") { remains.destroy() }
    }

    /// Remembers why connecting fails, so that a later time-out can say it.
    func note(_ error: KafkaError) {
        switch error.code {
        case .brokerUnreachable:
            // A refusal says more than the closed connection that follows it.
            lastConnectionError.withLock { if $0 == nil { $0 = error } }
        case .authentication, .tlsFailure: lastConnectionError.withLock { $0 = error }
        default: break
        }
    }

    func forgetConnectionError() { lastConnectionError.withLock { $0 = nil } }

    /// The error, or the reason behind it where it only says that nothing was heard.
    func explain(_ error: KafkaError) -> KafkaError {
        guard error.code == .timedOut || error.code == .brokerUnreachable else { return redactor.clean(error) }
        guard let cause = lastConnectionError.withLock({ $0 }) else { return redactor.clean(error) }
        return redactor.clean(
            KafkaError(
                code: cause.code, message: "\(error.message): \(cause.message)", retriable: cause.retriable,
                fatal: error.fatal, name: cause.name, topic: error.topic, partition: error.partition,
                offset: error.offset))
    }
}

/// What is left of a client when nobody uses it any more.
///
/// `@unchecked Sendable`: handed to exactly one thread, which is the last to use the pointers.
private struct Remains: @unchecked Sendable {
    let client: OpaquePointer
    let queue: OpaquePointer
    let wakeup: Wakeup
    let destroyed: Gate

    func destroy() {
        rd_kafka_queue_io_event_enable(queue, -1, nil, 0)
        rd_kafka_queue_destroy(queue)
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
        // librdkafka writes to the descriptor until the client is gone.
        withExtendedLifetime(wakeup) {}
        destroyed.open()
    }
}
