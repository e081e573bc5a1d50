import Configuration
import KafkaClient
import Threads

/// `diwan topics create`
enum TopicCommands {
    static let group = CommandGroup("topics", summary: "Create the topics that the configuration lists", [create])

    private static let create = Command(
        CommandSpec(
            "create", summary: "Create the topics that are ours and not there yet",
            discussion: """
                Topics with `own: true` are created as the configuration says: kept for ever unless it says otherwise \
                (retention.ms=-1), and compacted where their role is people. What is there already is left as it is; \
                'diwan doctor' says where it differs.
                """, options: [CommonOptions.config, CommonOptions.timeout("30s", summary: "How long Kafka may take")],
            exitCodes: [.unavailable, .noPerm, .config]), run: run)

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let timeout: Duration = try call.option("timeout")
        let admin = try Admin(try deployment.kafka())
        defer { admin.close(timeout: .seconds(1)) }
        let present = try admin.metadata(timeout: timeout)
        var missing: [TopicSpecification] = []
        for topic in deployment.configuration.topics {
            if let found = present.topic(topic.name), !found.partitions.isEmpty {
                try Output.write("\(topic.name): is there, \(Plural.of(found.partitions.count, "partition"))\n")
            } else if topic.isOwn {
                missing.append(specification(topic))
            } else {
                throw CommandFailure(
                    .unavailable,
                    "\(topic.name) is not there, and has own: false, so whoever owns it has to create it")
            }
        }
        let answers = try admin.createTopics(missing, timeout: timeout)
        var failure: KafkaError?
        for topic in missing {
            switch answers[topic.name] {
            case .success:
                try Output.write("\(topic.name): created, \(Plural.of(Int(topic.partitions), "partition"))\n")
            case .failure(let error) where error.code == .topicExists:
                try Output.write("\(topic.name): is there\n")
            case .failure(let error):
                Output.say("diwan: \(topic.name): \(error)")
                failure = failure ?? error
            case nil:
                failure = failure ?? KafkaError(code: .other, message: "\(topic.name): the broker gave no answer")
            }
        }
        if let failure { throw failure }
    }

    static func specification(_ topic: TopicSection) -> TopicSpecification {
        var options: [String: String] = [:]
        switch topic.retention {
        case .forever: options["retention.ms"] = "-1"
        case .time(let time): options["retention.ms"] = String(time.wholeNanoseconds / 1_000_000)
        }
        if topic.role == .people { options["cleanup.policy"] = "compact" }
        return TopicSpecification(
            name: topic.name, partitions: Int32(clamping: topic.partitions ?? 4),
            replication: topic.replication.map { Int32(clamping: $0) }, configuration: options)
    }
}
