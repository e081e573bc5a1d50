/// How to reach Kafka.
public struct KafkaSection: Sendable {
    /// HOST:PORT each; one that answers is enough to find the others.
    public let bootstrapServers: [String]
    /// The name that brokers log.
    public let clientID: String
    /// Options of librdkafka, passed on by name; those that Diwan decides itself are refused here.
    public let options: [String: String]
    /// Options of librdkafka whose values are secrets, with where each is found.
    public let secrets: [String: SecretSource]

    static let fields: [FieldSpec] = [
        FieldSpec(
            "bootstrap-servers", .list(.text(.hostAndPort), 1...100), .required,
            summary: "Brokers to begin with; the others are learned from them", example: "[127.0.0.1:9092]"),
        FieldSpec("client-id", .text, .defaultValue("diwan"), summary: "The name that brokers see and log"),
        FieldSpec(
            "options", .map(.text(.anyOrEmpty), key: .optionName), .defaultValue("{}"),
            summary: "Options of librdkafka by name, for TLS, SASL, timeouts and the like",
            example: "{security.protocol: SASL_SSL, sasl.mechanism: PLAIN, sasl.username: diwan}"),
        FieldSpec(
            "secrets", .map(.secret, key: .optionName), .defaultValue("{}"),
            summary: "Options of librdkafka whose values are secrets",
            example: "{sasl.password: {file: /run/secrets/kafka-password}}"),
    ]

    init(_ settings: Settings, _ problems: inout [ConfigurationProblem]) throws(ConfigurationError) {
        bootstrapServers = try settings.value("bootstrap-servers")
        clientID = try settings.value("client-id")
        options = try settings.value("options")
        secrets = try settings.value("secrets")
        for name in options.keys.sorted() {
            let place = settings.place(of: "options", key: name)
            if KafkaOptions.secret.contains(name) {
                problems.append(
                    ConfigurationProblem(
                        .secret, at: place,
                        "kafka.options must not hold \(name); write it under kafka.secrets as {file: PATH} or {environment: NAME}"
                    ))
            } else if secrets[name] != nil {
                problems.append(
                    ConfigurationProblem(.conflict, at: place, "\(name) stands in kafka.options and in kafka.secrets"))
            }
        }
        for (section, names) in [("options", options.keys.sorted()), ("secrets", secrets.keys.sorted())] {
            for name in names {
                guard let reason = KafkaOptions.decided[name] else { continue }
                let place = settings.place(of: section, key: name)
                problems.append(ConfigurationProblem(.conflict, at: place, "\(name) cannot be set here: \(reason)"))
            }
        }
    }

    /// Reads the secrets, for the moment when the client is made. Throws every one that cannot be had.
    public func resolveSecrets(environment: [String: String]) throws(ConfigurationError) -> [String: Secret] {
        var resolved: [String: Secret] = [:]
        var problems: [ConfigurationProblem] = []
        for (name, source) in secrets.sorted(by: { $0.key < $1.key }) {
            do throws(ConfigurationError) { resolved[name] = try source.resolve(environment: environment) } catch {
                problems += error.problems.map { problem in
                    ConfigurationProblem(problem.code, at: problem.place, "kafka.secrets \(name): \(problem.message)")
                }
            }
        }
        if let error = ConfigurationError(problems: problems) { throw error }
        return resolved
    }
}

/// What is known of librdkafka's options here.
enum KafkaOptions {
    /// Never in the file as text.
    static let secret: Set<String> = [
        "sasl.password", "ssl.key.password", "ssl.key.pem", "ssl.keystore.password", "sasl.oauthbearer.client.secret",
        "sasl.oauthbearer.config",
    ]

    /// Options whose value follows from what Diwan guarantees, with the reason.
    static let decided: [String: String] = [
        "bootstrap.servers": "kafka.bootstrap-servers says it",
        "metadata.broker.list": "kafka.bootstrap-servers says it",
        "client.id": "kafka.client-id says it",
        "group.id": "it follows from the deployment's and the plugin's names",
        "session.timeout.ms": "worker.session-timeout says it",
        "enable.auto.commit": "offsets are kept with the rows, in the store",
        "auto.commit.interval.ms": "offsets are kept with the rows, in the store",
        "enable.auto.offset.store": "offsets are kept with the rows, in the store",
        "auto.offset.reset": "where to begin is decided by the store, and a lost place must be an error",
        "isolation.level": "events of aborted transactions must stay unseen",
        "enable.idempotence": "a producer that repeats or reorders would break the order of notices",
        "transactional.id": "a transaction is the store's, not Kafka's",
        "partition.assignment.strategy": "the worker relies on the eager protocol",
        "queued.max.messages.kbytes": "it follows from limits.memory",
        "plugin.library.paths": "code is not loaded by configuration",
    ]
}
