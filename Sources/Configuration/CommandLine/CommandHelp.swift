/// What `--help` prints for a command: it teaches what the command is for before it lists.
struct CommandHelp: Sendable {
    private let commands: [CommandSpec]

    /// The way from the program to the command; at least the program.
    init(_ commands: [CommandSpec]) { self.commands = commands }

    private var command: CommandSpec { commands[commands.count - 1] }
    private var name: String { commands.map(\.name).joined(separator: " ") }

    /// `diwan worker run --config FILE [--standby]`.
    var usage: String {
        if !command.subcommands.isEmpty { return "\(name) COMMAND" }
        let options = commands.flatMap(\.options)
        let required = options.filter { $0.field.presence == .required }.map(\.usage)
        let own = command.options.filter { $0.field.presence != .required }.map { "[\($0.usage)]" }
        let inherited = options.count > required.count + own.count ? ["[OPTIONS]"] : []
        return ([name] + required + own + inherited + command.arguments.map(\.usage)).joined(separator: " ")
    }

    /// The whole text, ending with a line end.
    var text: String {
        var sections = [command.summary, "Usage: \(usage)"]
        if !command.discussion.isEmpty { sections.append(Self.wrapped(command.discussion)) }
        if !command.subcommands.isEmpty {
            sections.append(Self.list("Commands:", command.subcommands.map { ($0.name, $0.summary) }))
        }
        if !command.arguments.isEmpty {
            sections.append(Self.list("Arguments:", command.arguments.map { ($0.usage, $0.summary) }))
        }
        sections.append(Self.list("Options:", rows))
        if !command.examples.isEmpty {
            let lines = command.examples.map { "  \($0.line)\n      \($0.meaning)" }
            sections.append((["Examples:"] + lines).joined(separator: "\n"))
        }
        if command.subcommands.isEmpty {
            let codes = [.ok] + ([.usage] + command.exitCodes).sorted { $0.rawValue < $1.rawValue }
            sections.append(Self.list("Ends with:", codes.map { ("\($0.rawValue)", $0.meaning) }))
        } else {
            sections.append("See '\(name) COMMAND --help' for a command.")
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private var rows: [(String, String)] {
        var rows = commands.reversed().flatMap(\.options).map { option in
            (option.short.map { "-\($0), " } ?? "") + option.usage
        }
        let meanings = commands.reversed().flatMap(\.options).map(Self.meaning)
        rows.append("-h, --help")
        var result = Array(zip(rows, meanings + ["Show this help"]))
        if commands.count == 1 { result.append(("--version", "Show the version")) }
        return result
    }

    private static func meaning(_ option: OptionSpec) -> String {
        var text = option.field.summary
        if case .choice(let choices) = option.field.kind {
            text += ": " + choices.map { "\($0.word): \($0.meaning)" }.joined(separator: "; ")
        }
        if option.isRepeated { text += "; may be given several times" }
        switch option.field.presence {
        case .required: return text + " (required)"
        case .optional: return text
        case .defaultValue(let standard):
            // A flag's is false; an empty list says nothing.
            return option.isFlag || standard == "[]" ? text : text + " (default: \(standard))"
        }
    }

    /// Two columns; a long left side stands on its own line.
    private static func list(_ title: String, _ rows: [(String, String)]) -> String {
        let width = min(24, rows.map(\.0.count).max() ?? 0)
        let lines = rows.map { left, right in
            let text = wrapped(right, width: 76 - width)
                .split(separator: "\n")
                .joined(separator: "\n" + String(repeating: " ", count: width + 4))
            if left.count > width {
                return "  \(left)\n" + String(repeating: " ", count: width + 4) + text
            }
            return "  \(left)" + String(repeating: " ", count: width - left.count + 2) + text
        }
        return ([title] + lines).joined(separator: "\n")
    }

    /// Lines of at most `width` characters; empty lines and lines that begin with a space stay as they are.
    static func wrapped(_ text: String, width: Int = 80) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { paragraph -> String in
                if paragraph.hasPrefix(" ") || paragraph.count <= width { return String(paragraph) }
                var lines = [""]
                for word in paragraph.split(separator: " ") {
                    let last = lines[lines.count - 1]
                    if last.isEmpty {
                        lines[lines.count - 1] = String(word)
                    } else if last.count + 1 + word.count <= width {
                        lines[lines.count - 1] = "\(last) \(word)"
                    } else {
                        lines.append(String(word))
                    }
                }
                return lines.joined(separator: "\n")
            }
            .joined(separator: "\n")
    }
}
