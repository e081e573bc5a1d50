/// Options that cannot be passed through by name, each with the reason that the user is told.
enum ControlledOptions {
    /// Options whose values are secrets: they come from a `SecretSource`.
    static let secret: Set<String> = [
        "sasl.password", "ssl.key.password", "ssl.key.pem", "ssl.keystore.password",
        "sasl.oauthbearer.client.secret",
    ]

    static func reason(for option: String) -> String? {
        if secret.contains(option) {
            return "it is a secret: give it as a secret, from a file or an environment variable"
        }
        return typed[option].map { "set \($0) instead" } ?? fixed[option]
    }

    /// Options that have a field of their own.
    private static let typed: [String: String] = [
        "bootstrap.servers": "bootstrapServers", "metadata.broker.list": "bootstrapServers", "client.id": "clientID",
        "group.instance.id": "instanceID", "session.timeout.ms": "sessionTimeout",
        "max.poll.interval.ms": "maximumPollInterval", "partition.assignment.strategy": "assignmentStrategy",
        "queued.max.messages.kbytes": "prefetchBytesPerPartition", "fetch.max.bytes": "fetchBytes",
        "fetch.message.max.bytes": "fetchBytesPerPartition", "max.partition.fetch.bytes": "fetchBytesPerPartition",
        "enable.partition.eof": "reportsEndOfPartition",
        "linger.ms": "linger", "queue.buffering.max.ms": "linger", "message.timeout.ms": "deliveryTimeout",
        "delivery.timeout.ms": "deliveryTimeout", "compression.codec": "compression",
        "compression.type": "compression", "queue.buffering.max.messages": "producerQueueRecords",
        "queue.buffering.max.kbytes": "producerQueueBytes", "message.max.bytes": "maximumRecordBytes",
        "statistics.interval.ms": "statisticsInterval", "log_level": "logLevel",
    ]

    private static let fixed: [String: String] = [
        "group.id": "the group is named where the consumer is made, by deployment, plugin and generation",
        "group.protocol": "Diwan answers rebalances by the classic, eager protocol",
        "enable.auto.commit": "the store's offset decides; commits to the group are reports that Diwan makes itself",
        "auto.commit.interval.ms": "nothing is committed automatically",
        "auto.commit.enable": "nothing is committed automatically",
        "enable.auto.offset.store": "nothing is committed automatically",
        "offset.store.method": "offsets lie in Diwan's store",
        "auto.offset.reset": "it is always 'error': an offset that is gone halts the partition, and is never skipped",
        "isolation.level": "it is always 'read_committed': records of aborted transactions are never handled",
        "enable.idempotence": "it is always on, so that a retry neither doubles nor reorders records",
        "enable.gapless.guarantee": "what keeps its order across a refusal asks for it itself",
        "acks": "it is always 'all', which idempotence needs",
        "request.required.acks": "it is always 'all', which idempotence needs",
        "retries": "idempotence retries until deliveryTimeout",
        "message.send.max.retries": "idempotence retries until deliveryTimeout",
        "max.in.flight": "idempotence sets it", "max.in.flight.requests.per.connection": "idempotence sets it",
        "transactional.id": "Diwan's exactly-once lies in its store; its producers are idempotent only",
        "partitioner": "it is always 'murmur2_random', as in Java, so that equal keys meet in one partition",
        "log.queue": "log lines always come as events", "plugin.library.paths": "it would load foreign code",
        "dr_cb": "callbacks are Diwan's", "dr_msg_cb": "callbacks are Diwan's",
    ]
}
