import Configuration
import EventCatalogue
import KafkaClient
import Threads

/// `diwan events send FILE...`
enum EventSendCommand {
    static let command = Command(
        CommandSpec(
            "send", summary: "Check events, then publish them to Kafka",
            discussion: """
                All files are checked first: where one event is wrong, none is sent. Then each goes to the topic of its \
                kind (person.described to the topic with the role people, all else to the first with the role events), \
                under its partitionkey, with an idempotent producer; the command ends when Kafka has confirmed all.

                An event that is sent again under the same source and id is recognised by the worker and counts once.
                """, arguments: [EventCommands.files],
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec("topic", .text(.topic), .optional, summary: "This topic for all of them"),
                    valueName: "TOPIC"),
                OptionSpec(
                    FieldSpec(
                        "repeat", .integer(1...1000), .defaultValue("1"),
                        summary: "Send each so many times, as a producer's retry would"), valueName: "N"),
                OptionSpec(
                    FieldSpec(
                        "binary", .boolean, .defaultValue("false"),
                        summary: "In binary mode (attributes as headers) instead of structured mode")),
                CommonOptions.timeout("30s", summary: "How long Kafka may take to confirm"), CommonOptions.format,
            ],
            examples: [
                CommandExample("diwan events send meeting.json --config demo/diwan.yaml", "publish what the file holds")
            ], exitCodes: [.dataErr, .noInput, .unavailable, .noPerm, .config]), run: run)

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let events = try read(try call.argument("file"), deployment)
        let sending = EventSending(
            kafka: try deployment.kafka(), timeout: try call.option("timeout"), isBinary: try call.option("binary"),
            copies: try call.option("repeat"))
        let named: String? = try call.optional("topic")
        let topics = EventTopics(deployment.configuration)
        let sent = try sending.send(try events.map { ($0, try named ?? topics.topic(of: $0.type)) })
        switch try call.option("format", as: ListFormat.self) {
        case .json:
            let counts = sent.sorted { $0.key < $1.key }
            try Output.write(
                JSON.object([
                    ("events", .count(events.count)), ("records", .count(sent.values.reduce(0, +))),
                    ("topics", .object(counts.map { ($0.key, .count($0.value)) })),
                ]).document())
        case .text:
            let places = sent.sorted { $0.key < $1.key }.map { "\($0.value) to \($0.key)" }.joined(separator: ", ")
            try Output.write("\(Plural.events(events.count)) sent, confirmed by Kafka: records \(places)\n")
        }
    }

    static func read(_ files: [String], _ deployment: Deployment) throws -> [CheckedEvent] {
        var check = EventCheck(try Catalogue.load(), eventBytes: deployment.configuration.limits.eventBytes)
        var events: [CheckedEvent] = []
        var wrong = 0
        for file in files {
            try EventFile.read(file) { text in
                switch check.check(text) {
                case .success(let event): events.append(event)
                case .failure(let rejection):
                    wrong += 1
                    Output.say(rejection.problem.description)
                }
            }
        }
        if wrong > 0 {
            throw CommandFailure(.dataErr, "\(wrong) of \(Plural.events(wrong + events.count)) wrong: nothing was sent")
        }
        return events
    }
}

/// Which topic an event goes to.
struct EventTopics {
    private let events: String?
    private let people: String?

    init(_ configuration: WorkerConfiguration) {
        events = configuration.topics(.events).first?.name
        people = configuration.topics(.people).first?.name
    }

    func topic(of type: String) throws -> String {
        let isPerson = PeopleEvents.contains(type)
        guard let topic = isPerson ? people : events else {
            throw CommandFailure(
                .config,
                "the configuration lists no topic of the role \(isPerson ? "people" : "events"); add one, or "
                    + "name a topic with --topic")
        }
        return topic
    }
}
