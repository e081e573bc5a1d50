/// One command, as its help shows it and the command line is read by it.
public struct CommandSpec: Sendable {
    public let name: String
    /// One line, for the list of commands.
    public let summary: String
    /// What one needs to know before using it; paragraphs are separated by an empty line.
    public let discussion: String
    /// In order; only the last may be repeated.
    public let arguments: [ArgumentSpec]
    /// Valid here and in every subcommand.
    public let options: [OptionSpec]
    /// A command with subcommands does nothing by itself.
    public let subcommands: [CommandSpec]
    public let examples: [CommandExample]
    /// Those worth telling besides `ok` and `usage`.
    public let exitCodes: [ExitCode]

    public init(
        _ name: String, summary: String, discussion: String = "", arguments: [ArgumentSpec] = [],
        options: [OptionSpec] = [], subcommands: [CommandSpec] = [], examples: [CommandExample] = [],
        exitCodes: [ExitCode] = []
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.arguments = arguments
        self.options = options
        self.subcommands = subcommands
        self.examples = examples
        self.exitCodes = exitCodes
    }
}

/// What stands on the command line without a hyphen, such as `FILE...`.
public struct ArgumentSpec: Sendable {
    /// In capitals where help shows it.
    public let name: String
    public let summary: String
    public let kind: FieldKind
    public let isRequired: Bool
    public let isRepeated: Bool

    public init(
        _ name: String, _ kind: FieldKind = .text, isRequired: Bool = true, isRepeated: Bool = false, summary: String
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.isRepeated = isRepeated
        self.summary = summary
    }

    var usage: String {
        let shown = name.uppercased() + (isRepeated ? "..." : "")
        return isRequired ? shown : "[\(shown)]"
    }
}

/// An option, from the same kind of field as the configuration's: a boolean is a flag, a list may be repeated.
public struct OptionSpec: Sendable {
    public let field: FieldSpec
    /// One letter that stands for it, as in `-f`.
    public let short: Character?
    /// What stands for the value in help, such as FILE.
    public let valueName: String?

    public init(_ field: FieldSpec, short: Character? = nil, valueName: String? = nil) {
        self.field = field
        self.short = short
        self.valueName = valueName
    }

    var isFlag: Bool { if case .boolean = field.kind { true } else { false } }
    var isRepeated: Bool { if case .list = field.kind { true } else { false } }

    /// `--format FORMAT`, or `--standby`.
    var usage: String { isFlag ? "--\(field.name)" : "--\(field.name) \(shownValue)" }

    private var shownValue: String {
        if let valueName { return valueName }
        return switch field.kind {
        case .choice(let choices): choices.map(\.word).joined(separator: "|")
        case .path: "PATH"
        case .duration: "DURATION"
        case .bytes: "BYTES"
        case .integer, .number: "NUMBER"
        default: "VALUE"
        }
    }
}

/// A line to copy, with what it does.
public struct CommandExample: Sendable {
    public let line: String
    public let meaning: String

    public init(_ line: String, _ meaning: String) {
        self.line = line
        self.meaning = meaning
    }
}
