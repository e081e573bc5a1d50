import CRdKafka
import Threads

/// What kind of client a configuration is for.
enum ClientRole: Sendable {
    case consumer(group: String)
    case producer
    case admin

    var isConsumer: Bool { if case .consumer = self { true } else { false } }
}

/// An `rd_kafka_conf_t` and its one owner: freed when anything fails, handed over to the client it makes.
private struct OwnedConfiguration: ~Copyable {
    let pointer: OpaquePointer

    init() { pointer = rd_kafka_conf_new() }

    deinit { rd_kafka_conf_destroy(pointer) }

    consuming func makeClient(_ type: rd_kafka_type_t) -> Result<OpaquePointer, KafkaError> {
        var text = [CChar](repeating: 0, count: 1024)
        if let client = rd_kafka_new(type, pointer, &text, text.count) {
            discard self
            return .success(client)
        }
        _ = consume self
        let reason = String(terminated: text)
        // OpenSSL does not say that it was the passphrase.
        let hint = reason.contains("ssl.key.location") ? "; check that file and the secret ssl.key.password" : ""
        return .failure(KafkaError(code: .invalidValue, message: "configuration: \(reason)\(hint)"))
    }
}

extension String {
    /// The text up to C's closing zero.
    init(terminated text: [CChar]) {
        self = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Every option of one client, checked while it is set.
struct NativeConfiguration: ~Copyable {
    private let owned: OwnedConfiguration
    private var pointer: OpaquePointer { owned.pointer }
    let redactor: Redactor

    /// Sets every option, and throws naming the first that is unknown, refused or wrong.
    static func build(
        _ configuration: KafkaConfiguration, role: ClientRole, overrides: [String: String] = [:], connects: Bool = true
    ) throws(KafkaError) -> NativeConfiguration {
        var secrets: [(name: String, value: String)] = []
        for (name, source) in configuration.secrets.sorted(by: { $0.key < $1.key }) {
            secrets.append((name, try source.read(for: name)))
        }
        let native = NativeConfiguration(secrets: secrets.map(\.value))
        for (name, value) in fixed(configuration, role: role, connects: connects) {
            try native.set(name, value, role: role, secret: false)
        }
        for (name, value) in configuration.passthrough.sorted(by: { $0.key < $1.key }) {
            if let reason = ControlledOptions.reason(for: name) {
                throw KafkaError(code: .controlledOption, message: "option \(name) cannot be set by name: \(reason)")
            }
            try native.set(name, value, role: role, secret: false)
        }
        for (name, value) in overrides { try native.set(name, value, role: role, secret: false) }
        for (name, value) in secrets { try native.set(name, value, role: role, secret: true) }
        rd_kafka_conf_set_events(
            native.pointer,
            RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT | RD_KAFKA_EVENT_LOG
                | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS | RD_KAFKA_EVENT_FETCH)
        return native
    }

    private init(secrets: [String]) {
        owned = OwnedConfiguration()
        redactor = Redactor(secrets: secrets)
    }

    /// Makes the client, which takes the configuration over.
    consuming func makeClient(_ role: ClientRole) throws(KafkaError) -> OpaquePointer {
        let redactor = redactor
        switch owned.makeClient(role.isConsumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER) {
        case .success(let client): return client
        case .failure(let error): throw redactor.clean(error)
        }
    }

    private func set(_ name: String, _ value: String, role: ClientRole, secret: Bool) throws(KafkaError) {
        let known = OptionTable.shared.option(name)
        // One configuration serves consumers and producers: what is not for this kind is checked, but not used.
        let applies = known.map { role.isConsumer ? $0.forConsumers : $0.forProducers } ?? true
        let target = applies ? pointer : rd_kafka_conf_new()
        defer { if !applies { rd_kafka_conf_destroy(target) } }
        var text = [CChar](repeating: 0, count: 1024)
        switch rd_kafka_conf_set(target, name, value, &text, text.count) {
        case RD_KAFKA_CONF_OK:
            return
        case RD_KAFKA_CONF_UNKNOWN:
            let hint = OptionTable.shared.nearest(to: name).map { "; did you mean \($0)?" } ?? ""
            throw KafkaError(
                code: .unknownOption, message: "librdkafka \(librdkafkaVersion) knows no option \(name)\(hint)")
        default:
            let reason = secret ? "the secret's value is not accepted" : redactor.clean(String(terminated: text))
            let allowed = known.flatMap { $0.range.isEmpty ? nil : "; allowed: \($0.range)" } ?? ""
            throw KafkaError(code: .invalidValue, message: "option \(name): \(reason)\(allowed)")
        }
    }

    private static func fixed(_ configuration: KafkaConfiguration, role: ClientRole, connects: Bool) -> [(
        String, String
    )] {
        func milliseconds(_ duration: Duration) -> String { String(duration.wholeNanoseconds / 1_000_000) }
        var options = [
            ("client.id", configuration.clientID), ("log.queue", "true"), ("log_level", String(configuration.logLevel)),
            ("statistics.interval.ms", configuration.statisticsInterval.map(milliseconds) ?? "0"),
        ]
        // librdkafka's 10 s are long for a broker that is back; what is passed through may say otherwise.
        options.append(("reconnect.backoff.max.ms", "2000"))
        // Nor does a connection that only looks open (a hung machine, a firewall that forgot) have to be waited for a
        // whole minute: who asked over it asks over a new one.
        options.append(("socket.timeout.ms", "15000"))
        if connects { options.append(("bootstrap.servers", configuration.bootstrapServers.joined(separator: ","))) }
        switch role {
        case .consumer(let group):
            options += [
                ("group.id", group), ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
                ("auto.offset.reset", "error"), ("isolation.level", "read_committed"),
                ("partition.assignment.strategy", configuration.assignmentStrategy.rawValue),
                ("session.timeout.ms", milliseconds(configuration.sessionTimeout)),
                ("max.poll.interval.ms", milliseconds(configuration.maximumPollInterval)),
                ("queued.max.messages.kbytes", String(max(1, configuration.prefetchBytesPerPartition >> 10))),
                ("fetch.message.max.bytes", String(max(1024, configuration.fetchBytesPerPartition))),
                ("fetch.max.bytes", String(max(1_000_000, configuration.fetchBytes))),
                ("queued.min.messages", "1000000"),
                // A lost coordinator is asked for over a connection where a fetch may wait first, and librdkafka 2.0.2 tries
                // a commit again after the backoff whether there is an answer or not. Where there is none yet, the commit
                // fails as the answer arrives, which is taken for the coordinator's death: it is asked for again, and so
                // on, for minutes. So the backoff must be longer than a fetch waits.
                ("fetch.wait.max.ms", "250"), ("retry.backoff.ms", "500"),
                ("enable.partition.eof", configuration.reportsEndOfPartition ? "true" : "false"),
            ]
            if let instance = configuration.instanceID { options.append(("group.instance.id", instance)) }
        case .producer:
            options += [
                ("enable.idempotence", "true"), ("acks", "all"), ("partitioner", "murmur2_random"),
                ("max.in.flight", String(configuration.maximumInFlight)),
                ("linger.ms", milliseconds(configuration.linger)),
                ("delivery.timeout.ms", milliseconds(configuration.deliveryTimeout)),
                ("compression.codec", configuration.compression.rawValue),
                ("queue.buffering.max.messages", String(configuration.producerQueueRecords)),
                ("queue.buffering.max.kbytes", String(max(1, configuration.producerQueueBytes >> 10))),
                ("message.max.bytes", String(configuration.maximumRecordBytes)),
                ("enable.gapless.guarantee", configuration.stopsAtGap ? "true" : "false"),
            ]
        case .admin:
            break
        }
        return options
    }
}
