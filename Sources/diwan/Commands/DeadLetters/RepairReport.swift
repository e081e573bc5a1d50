import Bilingual
import Configuration
import WorkerRuntime

/// What came of a command on dead letters, as text and as JSON.
struct RepairReport {
    struct Place: Hashable {
        let plugin: String
        let number: Int64

        init(_ plugin: String, _ number: Int64) {
            self.plugin = plugin
            self.number = number
        }
    }

    private let action: DeadLetterCommand.Action
    private let isDryRun: Bool
    /// The records' names, as far as they are known here: those behind them are known by number alone.
    var names: [Place: RecordName] = [:]
    /// Of an edit: lines that go and come.
    var difference: [String] = []
    private var letters: [(plugin: String, letter: DeadLetterOutcome.Letter)] = []
    private var rows: [(plugin: String, row: DeadLetterOutcome.RowDifference)] = []
    private var messages: [(plugin: String, message: DeadLetterOutcome.Message)] = []
    private var remaining: [String: Int] = [:]

    init(action: DeadLetterCommand.Action, isDryRun: Bool) {
        self.action = action
        self.isDryRun = isDryRun
    }

    mutating func add(_ outcome: DeadLetterOutcome, of plugin: String) {
        letters += outcome.letters.map { (plugin, $0) }
        rows += outcome.rows.map { (plugin, $0) }
        messages += outcome.messages.map { (plugin, $0) }
        remaining[plugin] = outcome.remaining
        if Output.errorIsTerminal, !outcome.isFinished {
            Terminal.status("\(plugin): \(letters.count) done, \(outcome.remaining) to go")
        }
    }

    /// Something is as it was although it should not be.
    var hasFailures: Bool {
        letters.contains { [.failedAgain, .blocked, .notFound, .notOwned].contains($0.letter.state) }
    }

    func write(_ format: ListFormat) throws {
        if Output.errorIsTerminal { Terminal.status("") }
        switch format {
        case .json: try Output.write(json.document())
        case .text: try Output.write(text)
        }
    }

    // MARK: Text

    /// Beyond so many, what went well is only counted.
    private static let most = 40

    private var text: String {
        var lines: [String] = []
        if isDryRun { lines.append("Nothing is changed. This is what would be:") }
        lines += difference
        for (plugin, letter) in letters
        where letters.count <= Self.most || ![.redriven, .discarded].contains(letter.state) {
            lines.append(line(plugin, letter))
        }
        for (plugin, row) in rows { lines += Self.lines(plugin, row) }
        for (plugin, message) in messages {
            lines.append(
                "\(plugin): \(message.kind) \(message.id) to \(message.destination): "
                    + TerminalText.escaped(message.payload))
        }
        lines.append(summary)
        return lines.joined(separator: "\n") + "\n"
    }

    private func line(_ plugin: String, _ letter: DeadLetterOutcome.Letter) -> String {
        let name = names[Place(plugin, letter.number)].map { " (\($0.text))" } ?? ""
        let why = letter.reason.isEmpty ? "" : ": \(letter.reason): \(TerminalText.escaped(letter.detail))"
        return "\(plugin) \(letter.number)\(name): \(words(letter))\(why)"
    }

    private func words(_ letter: DeadLetterOutcome.Letter) -> String {
        switch letter.state {
        case .redriven: "redriven"
        case .discarded: "discarded"
        case .edited: "edited"
        case .failedAgain: "failed again, \(Plural.of(Int(letter.attempts), "attempt"))"
        case .blocked: "waits: one before it in its sequence failed again"
        case .notFound: "is not there any more"
        case .settled: "is settled already, nothing is done twice"
        case .notOwned: "belongs to a partition that this worker does not have: ask again"
        }
    }

    private var summary: String {
        let counts = DeadLetterOutcome.Letter.State.allCases.compactMap { state -> String? in
            let count = letters.count { $0.letter.state == state }
            return count == 0 ? nil : "\(count) \(Self.name(state))"
        }
        let left = remaining.values.reduce(0, +)
        let rest = left == 0 ? "" : "; \(left) still wait in these sequences"
        return (counts.isEmpty ? "no dead letters" : counts.joined(separator: ", ")) + rest
    }

    private static func name(_ state: DeadLetterOutcome.Letter.State) -> String {
        switch state {
        case .failedAgain: "failed again"
        case .notFound: "not found"
        case .notOwned: "not owned"
        case .settled: "settled before"
        default: state.rawValue
        }
    }

    private static func lines(_ plugin: String, _ row: DeadLetterOutcome.RowDifference) -> [String] {
        let key = row.key.map(TerminalText.escaped).joined(separator: " / ")
        let what = row.before == nil ? "new" : row.after == nil ? "gone" : "changed"
        var lines = ["\(plugin): row \(row.table) \(key): \(what)"]
        let columns = Set((row.before ?? [:]).keys).union((row.after ?? [:]).keys).sorted()
        for column in columns {
            let before = row.before.map { $0[column] ?? nil }
            let after = row.after.map { $0[column] ?? nil }
            if let before, let after, before == after { continue }
            if let before { lines.append("  - \(column): \(shown(before))") }
            if let after { lines.append("  + \(column): \(shown(after))") }
        }
        return lines
    }

    private static func shown(_ value: String?) -> String { value.map(TerminalText.escaped) ?? "(null)" }

    // MARK: JSON

    private var json: JSON {
        .object([
            ("action", .string(action.rawValue)), ("dryRun", .bool(isDryRun)),
            (
                "letters",
                .array(
                    letters.map { plugin, letter in
                        .object([
                            ("plugin", .string(plugin)), ("number", .integer(letter.number)),
                            ("id", .text(names[Place(plugin, letter.number)]?.text)),
                            ("outcome", .string(letter.state.rawValue)), ("attempts", .integer(letter.attempts)),
                            ("reason", .string(letter.reason)), ("detail", .string(letter.detail)),
                        ])
                    })
            ),
            (
                "rows",
                .array(
                    rows.map { plugin, row in
                        .object([
                            ("plugin", .string(plugin)), ("table", .string(row.table)), ("key", .strings(row.key)),
                            ("before", Self.json(row.before)), ("after", Self.json(row.after)),
                        ])
                    })
            ),
            (
                "messages",
                .array(
                    messages.map { plugin, message in
                        .object([
                            ("plugin", .string(plugin)), ("id", .string(message.id)), ("kind", .string(message.kind)),
                            ("destination", .string(message.destination)), ("key", .string(message.key)),
                            ("payload", .string(message.payload)),
                        ])
                    })
            ), ("remaining", .count(remaining.values.reduce(0, +))),
        ])
    }

    private static func json(_ columns: [String: String?]?) -> JSON {
        guard let columns else { return .null }
        return .object(columns.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })
    }
}
