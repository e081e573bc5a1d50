/// What a command line asks for.
public enum CommandLineOutcome: Sendable {
    case run(ParsedCommand)
    /// Text for standard output; the command ends with 0.
    case help(String)
    case version
}

/// A command to run, with what was given to it.
public struct ParsedCommand: Sendable {
    /// The names after the program's, such as `["worker", "run"]`.
    public let path: [String]
    /// The options by name, those of the commands above included; defaults are filled in.
    public let options: Settings
    /// The arguments by name; a repeated one holds a list.
    public let arguments: Settings
}

/// A command line that cannot be understood; the command ends with 64.
public struct UsageError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and, where known, what was probably meant.
    public let message: String
    /// The command that was meant, such as `diwan worker run`.
    public let command: String

    /// For what only the command itself can find wrong, such as two options that exclude each other.
    public init(message: String, command: String) {
        self.message = message
        self.command = command
    }

    public var exitCode: ExitCode { .usage }

    /// Two lines for standard error.
    public var description: String { "\(message)\nTry '\(command) --help'." }
}
