import Configuration
import KafkaClient
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan config`: checking and explaining the configuration file.
enum ConfigCommands {
    static let group = CommandGroup(
        "config", summary: "Check the configuration, explain its fields, write one to start from",
        discussion: """
            One YAML file says everything. Each field can be overridden by an environment variable: DIWAN_ and the path \
            in capitals, such as DIWAN_KAFKA_BOOTSTRAP_SERVERS.
            """, [check, reference, template])

    private static let check = Command(
        CommandSpec(
            "check", summary: "Check a configuration without connecting to anything",
            discussion: """
                Names every problem with its line, and the nearest known key where one is misspelt. Options of \
                librdkafka are checked too, and that each secret can be read.
                """,
            arguments: [
                ArgumentSpec(
                    "file", .path, isRequired: false,
                    summary: "The file; $DIWAN_CONFIG if not said, and ./diwan.yaml without that")
            ], options: [CommonOptions.format],
            examples: [
                CommandExample("diwan config check diwan.yaml", "say what is wrong with it, or that all is right")
            ],
            exitCodes: [.config, .noInput]), run: runCheck)

    private static let reference = Command(
        CommandSpec("reference", summary: "Print the reference of all fields, as Markdown"),
        run: { _ in try Output.write(WorkerConfiguration.reference()) })

    private static let template = Command(
        CommandSpec(
            "template", summary: "Print a configuration to start from",
            discussion: """
                What is required stands there with an example, all else as comments with its default. --demo prints the \
                one that 'make demo' and 'diwan dev' use: an embedded broker, SQLite, all plugins, a Maildir.
                """,
            options: [OptionSpec(FieldSpec("demo", .boolean, .defaultValue("false"), summary: "The demo's"))],
            examples: [CommandExample("diwan config template > diwan.yaml", "a file to edit")]),
        run: { call in
            try Output.write(
                try call.option("demo") ? try DemoConfiguration.text() : WorkerConfiguration.template())
        })

    private static func runCheck(_ call: CommandCall) throws {
        let named: String? = try call.arguments.optional("file")
        let file = named ?? call.environment["DIWAN_CONFIG"] ?? "diwan.yaml"
        let format: ListFormat = try call.option("format")
        do {
            let deployment = try Deployment.load(
                file: file, environment: call.environment, isNamed: named != nil, saysWarnings: false)
            var kafka = KafkaConfiguration(bootstrapServers: deployment.configuration.kafka.bootstrapServers)
            deployment.addOptions(to: &kafka)
            try kafka.validate()
            try deployment.configuration.store.postgres?.checkSecrets(environment: call.environment)
            try report(deployment, format)
        } catch let error as ConfigurationError where format == .json {
            let problems = error.problems.map { problem in
                JSON.object([
                    ("code", .string(problem.code.rawValue)), ("place", .string(problem.place.description)),
                    ("line", problem.place.line.map { .count($0) } ?? .null), ("message", .string(problem.message)),
                ])
            }
            try Output.write(
                JSON.object([("file", .string(file)), ("right", .bool(false)), ("problems", .array(problems))])
                    .document())
            throw CommandFailure(error.exitCode, nil)
        } catch let error as ConfigurationError {
            // Each line names its own place; the program's name in front of the first would only be in the way.
            Output.say(error.description)
            throw CommandFailure(error.exitCode, nil)
        } catch let error as KafkaError {
            throw CommandFailure(.config, "\(file): kafka: \(error)")
        }
    }

    private static func report(_ deployment: Deployment, _ format: ListFormat) throws {
        let configuration = deployment.configuration
        if format == .json {
            try Output.write(
                JSON.object([
                    ("file", .string(deployment.file)), ("right", .bool(true)), ("problems", .array([])),
                    ("warnings", .strings(configuration.warnings)),
                ]).document())
            return
        }
        let topics = configuration.topics.map(\.name).joined(separator: ", ")
        let broker =
            deployment.usesEmbeddedBroker
            ? "the embedded broker" : configuration.kafka.bootstrapServers.joined(separator: ", ")
        var lines = [
            "\(deployment.file) is right", "  deployment  \(configuration.deployment)", "  kafka       \(broker)",
            "  topics      \(topics)", "  store       \(deployment.provider.description)",
            "  plugins     \(deployment.packages.map(\.manifest.name).joined(separator: ", "))",
        ]
        lines += configuration.warnings.map { "  warning: \($0)" }
        try Output.write(lines.joined(separator: "\n") + "\n")
    }
}
