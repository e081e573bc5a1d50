import Testing

@testable import Configuration

@Suite struct CommandLineTests {
    enum Format: String, ChoiceWords {
        case table, json
        var meaning: String { self == .table ? "for people" : "for scripts" }
    }

    static let root = CommandSpec(
        "diwan", summary: "A worker.",
        options: [
            OptionSpec(
                FieldSpec("config", .path, .defaultValue("/etc/diwan/diwan.yaml"), summary: "The configuration file"),
                short: "c", valueName: "FILE")
        ],
        subcommands: [
            CommandSpec(
                "worker", summary: "Run the worker",
                subcommands: [
                    CommandSpec(
                        "run", summary: "Read, project and deliver until told to stop",
                        discussion: "Ends within 25 seconds of SIGTERM.",
                        options: [
                            OptionSpec(
                                FieldSpec("standby", .boolean, .defaultValue("false"), summary: "Wait for the lock")),
                            OptionSpec(
                                FieldSpec(
                                    "drain", .duration(.seconds(1) ... .seconds(60)), .optional, summary: "Time to end")
                            ),
                        ],
                        examples: [CommandExample("diwan worker run --standby", "Take over when the first is gone")],
                        exitCodes: [.config, .tempFail])
                ]),
            CommandSpec(
                "events", summary: "Look at events",
                subcommands: [
                    CommandSpec("list", summary: "List the types"),
                    CommandSpec(
                        "send", summary: "Send files",
                        arguments: [ArgumentSpec("file", .path, isRepeated: true, summary: "A file")],
                        options: [
                            OptionSpec(FieldSpec("header", .list(of: .text), .defaultValue("[]"), summary: "A header")),
                            OptionSpec(FieldSpec("topic", .text(.topic), .required, summary: "The topic")),
                        ]),
                    CommandSpec(
                        "show", summary: "Show a type",
                        arguments: [
                            ArgumentSpec("type", summary: "Its name"),
                            ArgumentSpec("version", isRequired: false, summary: "V"),
                        ],
                        options: [
                            OptionSpec(
                                FieldSpec("format", .choice(of: Format.self), .defaultValue("table"), summary: "How"))
                        ]),
                ]),
        ])

    func run(_ line: String) throws -> ParsedCommand {
        let outcome = try CommandLineParser(Self.root).parse(line.split(separator: " ").map(String.init))
        guard case .run(let command) = outcome else {
            Issue.record("\(outcome) is no command to run")
            throw CancellationError()
        }
        return command
    }

    func failure(_ line: String) -> String {
        do throws(UsageError) {
            _ = try CommandLineParser(Self.root).parse(line.split(separator: " ").map(String.init))
            return "none"
        } catch {
            return error.description
        }
    }

    func help(_ line: String) throws -> String {
        guard case .help(let text) = try CommandLineParser(Self.root).parse(line.split(separator: " ").map(String.init))
        else { return "" }
        return text
    }

    @Test(arguments: [
        "--config a.yaml worker run", "worker --config=a.yaml run", "worker run -c a.yaml", "worker run -c=a.yaml",
    ])
    func `an option of the program may stand anywhere, with a space or an equals sign`(_ line: String) throws {
        let command = try run(line)
        #expect(command.path == ["worker", "run"])
        #expect(try command.options.value("config") == "a.yaml")
    }

    @Test func `what is not said has its default`() throws {
        let command = try run("worker run")
        #expect(try command.options.value("config") == "/etc/diwan/diwan.yaml")
        #expect(try command.options.value("standby") == false)
        #expect(try command.options.optional("drain", as: Duration.self) == nil)
        #expect(!command.options.isGiven("standby"))
    }

    @Test func `a flag needs no value, and takes one after an equals sign`() throws {
        #expect(try run("worker run --standby").options.value("standby") == true)
        #expect(try run("worker run --standby=false").options.value("standby") == false)
    }

    @Test func `an option with a list may be repeated, and an argument with dots too`() throws {
        let command = try run("events send --topic t --header a --header=b=c one two")
        #expect(try command.options.value("header") == ["a", "b=c"])
        #expect(try command.arguments.value("file") == ["one", "two"])
    }

    @Test func `after two hyphens everything is an argument`() throws {
        let command = try run("events send --topic t -- --header -x")
        #expect(try command.arguments.value("file") == ["--header", "-x"])
    }

    @Test func `an argument that is not required may be left out`() throws {
        let command = try run("events show meeting.held --format json")
        #expect(try command.options.value("format", as: Format.self) == .json)
        #expect(try command.arguments.optional("version", as: String.self) == nil)
    }

    @Test(arguments: [
        ("wroker run", "'diwan' has no command \"wroker\"; did you mean \"worker\"?\nTry 'diwan --help'."),
        ("run", "'diwan' has no command \"run\"; did you mean 'diwan worker run'?\nTry 'diwan --help'."),
        ("zzz", "'diwan' has no command \"zzz\"; known commands: worker, events\nTry 'diwan --help'."),
        ("worker", "'diwan worker' needs a command: run\nTry 'diwan worker --help'."),
        (
            "worker run --stanby",
            "unknown option --stanby for 'diwan worker run'; did you mean --standby?\nTry 'diwan worker run --help'."
        ),
        (
            "--standby worker run",
            "unknown option --standby for 'diwan' (options of a command stand after it)\nTry 'diwan --help'."
        ),
        ("worker run --drain", "--drain needs a value: --drain DURATION\nTry 'diwan worker run --help'."),
        ("worker run --drain --standby", "--drain needs a value: --drain DURATION\nTry 'diwan worker run --help'."),
        (
            "worker run --drain 5",
            "--drain must be a duration, and is \"5\"; add a unit, such as 5s\nTry 'diwan worker run --help'."
        ),
        (
            "worker run --standby=yes",
            "--standby must be true or false, and is \"yes\"; write true\nTry 'diwan worker run --help'."
        ),
        ("worker run --standby --standby", "--standby is given twice; once is enough\nTry 'diwan worker run --help'."),
        (
            "worker run now",
            "\"now\" is one word too many: diwan worker run [--standby] [--drain DURATION] [OPTIONS]\nTry 'diwan worker run --help'."
        ),
        (
            "events show",
            "TYPE is missing: diwan events show [--format table|json] [OPTIONS] TYPE [VERSION]\nTry 'diwan events show --help'."
        ),
        (
            "events show x --format xml",
            "--format must be one of table, json, and is \"xml\"\nTry 'diwan events show --help'."
        ),
        ("events send a", "--topic VALUE is missing\nTry 'diwan events send --help'."),
        ("help wroker", "'diwan' has no command \"wroker\"; did you mean \"worker\"?\nTry 'diwan --help'."),
    ])
    func `a wrong line is told apart, with what was probably meant`(_ line: String, _ expected: String) {
        #expect(failure(line) == expected)
    }

    @Test func `a wrong line ends with 64`() {
        #expect(UsageError(message: "", command: "diwan").exitCode.rawValue == 64)
    }

    @Test(arguments: [
        "worker run --help", "worker run -h", "help worker run", "worker help run", "worker run --standby --help x",
    ])
    func `help teaches usage, options, examples and exit codes`(_ line: String) throws {
        #expect(
            try help(line) == """
                Read, project and deliver until told to stop

                Usage: diwan worker run [--standby] [--drain DURATION] [OPTIONS]

                Ends within 25 seconds of SIGTERM.

                Options:
                  --standby          Wait for the lock
                  --drain DURATION   Time to end
                  -c, --config FILE  The configuration file (default: /etc/diwan/diwan.yaml)
                  -h, --help         Show this help

                Examples:
                  diwan worker run --standby
                      Take over when the first is gone

                Ends with:
                  0   done
                  64  the command line is wrong
                  75  not now: another worker holds the store; try again later
                  78  the configuration is wrong

                """)
    }

    @Test(arguments: ["", "--help", "help"])
    func `the program alone shows its commands`(_ line: String) throws {
        let text = try help(line)
        #expect(text.contains("Commands:\n  worker  Run the worker\n  events  Look at events\n"))
        #expect(text.contains("--version"))
        #expect(text.hasSuffix("See 'diwan COMMAND --help' for a command.\n"))
    }

    @Test func `help fits a terminal of 80 columns`() throws {
        for line in ["", "worker run --help", "events send --help", "events show --help"] {
            for row in try help(line).split(separator: "\n") where !row.hasPrefix("Usage:") { #expect(row.count <= 80) }
        }
    }

    @Test func `version is asked of the program only`() throws {
        guard case .version = try CommandLineParser(Self.root).parse(["--version"]) else {
            Issue.record("no version")
            return
        }
        #expect(failure("worker run --version").hasPrefix("unknown option --version"))
    }
}
