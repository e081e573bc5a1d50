/// One pass over the words of a command line.
struct CommandLineReading {
    private var commands: [CommandSpec]
    private var values: [String: [String]] = [:]
    private var operands: [String] = []

    init(root: CommandSpec) { commands = [root] }

    private var command: CommandSpec { commands[commands.count - 1] }
    private var name: String { commands.map(\.name).joined(separator: " ") }
    private var options: [OptionSpec] { commands.flatMap(\.options) }

    mutating func read(_ words: [String]) throws(UsageError) -> CommandLineOutcome {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            }
            if word == "--help" || word == "-h" { return .help(help) }
            if word == "--version", commands.count == 1 { return .version }
            if word.hasPrefix("-"), word != "-" {
                try option(word, &rest)
            } else if !command.subcommands.isEmpty {
                if word == "help" { return .help(try help(for: rest)) }
                commands.append(try subcommand(word))
            } else {
                operands.append(word)
            }
        }
        if !command.subcommands.isEmpty {
            // Nothing said at all: show the way. Half of a command: say which half is missing.
            if words.isEmpty { return .help(help) }
            throw failure("'\(name)' needs a command: \(command.subcommands.map(\.name).joined(separator: ", "))")
        }
        return .run(
            ParsedCommand(
                path: commands.dropFirst().map(\.name), options: try checkedOptions(), arguments: try checkedArguments()
            ))
    }

    private var help: String { CommandHelp(commands).text }

    private mutating func help(for words: ArraySlice<String>) throws(UsageError) -> String {
        for word in words where !word.hasPrefix("-") { commands.append(try subcommand(word)) }
        return help
    }

    private func subcommand(_ word: String) throws(UsageError) -> CommandSpec {
        if let found = command.subcommands.first(where: { $0.name == word }) { return found }
        let names = command.subcommands.map(\.name)
        let shown = "\"\(Excerpt.of(word))\""
        if names.isEmpty { throw failure("'\(name)' has no command \(shown)") }
        var hint = NearestName.hint(word, among: names, plural: "commands")
        if NearestName.find(word, among: names) == nil, let home = home(of: word) { hint = "did you mean '\(home)'?" }
        throw failure("'\(name)' has no command \(shown); \(hint)")
    }

    /// The full name of a command of this name that lives elsewhere.
    private func home(of word: String) -> String? {
        func search(_ command: CommandSpec, _ path: String) -> String? {
            for inner in command.subcommands {
                let name = "\(path) \(inner.name)"
                if inner.name == word { return name }
                if let found = search(inner, name) { return found }
            }
            return nil
        }
        return commands.first.flatMap { search($0, $0.name) }
    }

    private mutating func option(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let spec = try option(named: parts[0])
        let name = spec.field.name
        if values[name] != nil, !spec.isRepeated { throw failure("--\(name) is given twice; once is enough") }
        if parts.count == 2 {
            values[name, default: []].append(parts[1])
        } else if spec.isFlag {
            values[name] = ["true"]
        } else if let value = rest.popFirst(), !isOption(value) {
            values[name, default: []].append(value)
        } else {
            throw failure("--\(name) needs a value: \(spec.usage)")
        }
    }

    /// A value may begin with a hyphen (`-` itself, `-1`), but is not taken from a following option.
    private func isOption(_ word: String) -> Bool {
        if word == "--" { return true }
        let name = word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word
        return options.contains { "--\($0.field.name)" == name || $0.short.map { "-\($0)" } == name }
    }

    private func option(named word: String) throws(UsageError) -> OptionSpec {
        if let found = options.first(where: { "--\($0.field.name)" == word || $0.short.map { "-\($0)" } == word }) {
            return found
        }
        let names = options.map { "--\($0.field.name)" } + ["--help"]
        let hint = NearestName.find(word, among: names).map { "; did you mean \($0)?" } ?? ""
        let late = command.subcommands.isEmpty ? "" : " (options of a command stand after it)"
        throw failure("unknown option \(Excerpt.of(word)) for '\(name)'\(hint)\(hint.isEmpty ? late : "")")
    }

    private func checkedOptions() throws(UsageError) -> Settings {
        var entries: [YAMLEntry] = []
        for option in options {
            guard let given = values[option.field.name] else {
                if option.field.presence == .required { throw failure("\(option.usage) is missing") }
                continue
            }
            let place = SourcePlace.option("--\(option.field.name)")
            let nodes = given.map { YAMLNode(.scalar(YAMLScalar($0)), at: place) }
            let node = option.isRepeated ? YAMLNode(.sequence(nodes), at: place) : nodes[0]
            entries.append(YAMLEntry(key: option.field.name, keyPlace: place, value: node))
        }
        return try check(entries, options.map(\.field))
    }

    private func checkedArguments() throws(UsageError) -> Settings {
        var rest = operands[...]
        var entries: [YAMLEntry] = []
        for argument in command.arguments {
            let place = SourcePlace.option(argument.name.uppercased())
            func scalar(_ text: String) -> YAMLNode { YAMLNode(.scalar(YAMLScalar(text)), at: place) }
            if rest.isEmpty {
                guard argument.isRequired else { continue }
                throw failure("\(argument.name.uppercased()) is missing: \(CommandHelp(commands).usage)")
            }
            let node: YAMLNode
            if argument.isRepeated {
                node = YAMLNode(.sequence(rest.map(scalar)), at: place)
                rest = []
            } else {
                node = scalar(rest.removeFirst())
            }
            entries.append(YAMLEntry(key: argument.name, keyPlace: place, value: node))
        }
        if let extra = rest.first {
            throw failure("\"\(Excerpt.of(extra))\" is one word too many: \(CommandHelp(commands).usage)")
        }
        return try check(
            entries,
            command.arguments.map { argument in
                FieldSpec(
                    argument.name, argument.isRepeated ? .list(of: argument.kind) : argument.kind, .optional,
                    summary: argument.summary)
            })
    }

    /// By the same rules as a file's values.
    private func check(_ entries: [YAMLEntry], _ fields: [FieldSpec]) throws(UsageError) -> Settings {
        let node = YAMLNode(.mapping(entries), at: .option(name))
        do throws(ConfigurationError) {
            return try ConfigurationReader(fields: fields).read(node).settings
        } catch {
            // A problem begins with the field's name; here the option as written says it better.
            let messages = error.problems.map { "\($0.place)" + $0.message.drop { $0 != " " } }
            throw failure(messages.joined(separator: "\n"))
        }
    }

    private func failure(_ message: String) -> UsageError { UsageError(message: message, command: name) }
}
