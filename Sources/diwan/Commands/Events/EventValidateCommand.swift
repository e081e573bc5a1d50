import Configuration
import EventCatalogue

/// `diwan events validate FILE...`
enum EventValidateCommand {
    static let command = Command(
        CommandSpec(
            "validate", summary: "Check files of events as the worker would",
            discussion: """
                Each event is checked in full: UTF-8, JSON, duplicate keys, the attributes, the type, its schema, and \
                that it has a partitionkey. What is wrong is named with file, line and the reason code that a dead \
                letter would carry. Nothing is sent.
                """, arguments: [EventCommands.files], options: [CommonOptions.format],
            examples: [
                CommandExample("diwan events validate Deploy/history/history.jsonl", "check the bundled history"),
                CommandExample("diwan events show meeting.held --format event | diwan events validate -", "check one"),
            ], exitCodes: [.dataErr, .noInput]), run: run)

    private static func run(_ call: CommandCall) throws {
        var check = EventCheck(try Catalogue.load())
        let format: ListFormat = try call.option("format")
        var valid = 0
        var problems: [EventProblem] = []
        for file in try call.argument("file", as: [String].self) {
            try EventFile.read(file) { text in
                switch check.check(text) {
                case .success: valid += 1
                case .failure(let rejection):
                    problems.append(rejection.problem)
                    if format == .text { Output.say(rejection.problem.description) }
                }
            }
        }
        switch format {
        case .text:
            try Output.write(
                problems.isEmpty
                    ? "\(Plural.events(valid)), all right\n"
                    : "\(Plural.events(valid + problems.count)), \(problems.count) wrong\n")
        case .json:
            try Output.write(
                JSON.object([
                    ("valid", .count(valid)), ("invalid", .count(problems.count)),
                    ("problems", .array(problems.map(\.json))),
                ]).document())
        }
        if !problems.isEmpty { throw CommandFailure(.dataErr, nil) }
    }
}
