import Configuration
import KafkaClient

/// `diwan broker run`
enum BrokerCommands {
    static let group = CommandGroup("broker", summary: "Run an embedded broker, for trying things out", [run])

    private static let run = Command(
        CommandSpec(
            "run", summary: "Run an embedded broker until told to stop",
            discussion: """
                librdkafka's mock of a Kafka cluster, on a free port of this machine, with the topics of the \
                configuration. It keeps nothing when it ends, and answers neither TLS nor SASL nor admin requests.

                The configuration has to say 'bootstrap-servers: [embedded]'. Other commands with the same \
                configuration find the broker through broker.json, beside the store's folder.
                """,
            options: [CommonOptions.config], exitCodes: [.cantCreat, .config, .noInput]), run: runBroker)

    private static func runBroker(_ call: CommandCall) throws {
        Interruption.block()
        let deployment = try Deployment.load(call)
        let broker = try start(deployment)
        defer { stop(broker, deployment) }
        try Output.write("\(broker.bootstrapServers)\n")
        Interruption.wait()
    }

    /// Starts a broker in this process and says where it is.
    static func start(_ deployment: Deployment) throws -> MockCluster {
        guard deployment.usesEmbeddedBroker else {
            throw CommandFailure(
                .config,
                "\(deployment.file) names a Kafka of its own: write 'bootstrap-servers: [embedded]' to use an "
                    + "embedded broker")
        }
        if let other = deployment.embeddedBroker.running() {
            throw CommandFailure(
                .tempFail,
                "an embedded broker runs already for \(deployment.file): process \(other.process), at "
                    + "\(other.bootstrapServers); end it first")
        }
        let broker = try MockCluster(
            topics: deployment.configuration.topics.map { ($0.name, $0.partitions ?? 4) })
        try deployment.embeddedBroker.announce(broker.bootstrapServers)
        return broker
    }

    static func stop(_ broker: MockCluster, _ deployment: Deployment) {
        deployment.embeddedBroker.withdraw()
        broker.close()
    }
}
