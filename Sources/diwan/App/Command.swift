import Configuration

/// A command that does something: how the command line names and explains it, and what it does.
struct Command: Sendable {
    let spec: CommandSpec
    let run: @Sendable (CommandCall) throws -> Void

    init(_ spec: CommandSpec, run: @escaping @Sendable (CommandCall) throws -> Void) {
        self.spec = spec
        self.run = run
    }
}

/// Commands under one name, such as `diwan events`.
struct CommandGroup: Sendable {
    let name: String
    let summary: String
    let discussion: String
    let commands: [Command]

    init(_ name: String, summary: String, discussion: String = "", _ commands: [Command]) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.commands = commands
    }

    var spec: CommandSpec {
        CommandSpec(name, summary: summary, discussion: discussion, subcommands: commands.map(\.spec))
    }
}

/// What a command was called with.
struct CommandCall: Sendable {
    let options: Settings
    let arguments: Settings
    let environment: [String: String]

    func option<Value: SettingDecodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        try options.value(name)
    }

    func optional<Value: SettingDecodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
        try options.optional(name)
    }

    func argument<Value: SettingDecodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        try arguments.value(name)
    }
}

/// Why a command ends without having done its work.
struct CommandFailure: Error, Sendable {
    let exit: ExitCode
    /// What happened and what to do; nil where that has been said already.
    let message: String?

    init(_ exit: ExitCode, _ message: String?) {
        self.exit = exit
        self.message = message
    }
}
