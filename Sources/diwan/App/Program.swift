import Configuration
import Glibc

/// The program: its commands, and how each run ends.
enum Program {
    static let version = "0.1.0"

    static let groups: [CommandGroup] = [
        EventCommands.group, ProjectionCommands.group, DigestCommands.group, NoticeCommands.group,
        DeadLetterCommands.group, TimerCommands.group, ConfigCommands.group, TopicCommands.group, WorkerCommands.group,
        BrokerCommands.group, PluginCommands.group,
    ]

    static let commands: [Command] = [
        StatusCommand.command, DoctorCommand.command, DevCommand.command, VersionCommand.command,
    ]

    static var spec: CommandSpec {
        CommandSpec(
            "diwan", summary: "Diwan keeps the record of inter-State consultation mechanisms from their events.",
            discussion: """
                A worker reads events from Kafka, keeps what each plugin makes of them in a store, and sends notices. \
                The other commands look at what is kept, check and publish events, and tell what is wrong.

                Try 'diwan dev': it runs all of it on this machine, with the bundled history and no Kafka.
                """,
            subcommands: groups.map(\.spec) + commands.map(\.spec),
            examples: [
                CommandExample("diwan doctor --config diwan.yaml", "say what works and what does not"),
                CommandExample("diwan projection list", "say what can be shown"),
                CommandExample("diwan worker run --config diwan.yaml", "run the worker"),
            ])
    }

    /// Runs the command that `words` name and answers its exit code.
    static func run(_ words: [String]) -> Int32 {
        // A reader that closes its end, such as `head`, is no reason to be killed; neither is a broker.
        signal(SIGPIPE, SIG_IGN)
        do {
            switch try CommandLineParser(spec).parse(words) {
            case .help(let text): try Output.write(text)
            case .version: try Output.write("diwan \(version)\n")
            case .run(let parsed): try run(parsed)
            }
            return ExitCode.ok.rawValue
        } catch {
            let failure = FailureReading.read(error)
            if let message = failure.message { Output.say("diwan: \(message)") }
            return failure.exit.rawValue
        }
    }

    private static func run(_ parsed: ParsedCommand) throws {
        let candidates =
            parsed.path.count > 1
            ? groups.first { $0.name == parsed.path[0] }?.commands ?? [] : commands
        guard let command = candidates.first(where: { $0.spec.name == parsed.path.last }) else {
            throw CommandFailure(
                .software, "the command \(parsed.path.joined(separator: " ")) is described and not there; please report"
            )
        }
        try command.run(
            CommandCall(
                options: parsed.options, arguments: parsed.arguments, environment: ProcessEnvironment.variables))
    }
}
