import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan dead-letters audit`
enum DeadLetterAuditCommand {
    static let command = Command(
        CommandSpec(
            "audit", summary: "List what was done with dead letters: who, when, why",
            arguments: [DeadLetterSelection.ids],
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec("plugin", .text, .optional, summary: "Only in this plugin's store"), valueName: "NAME"),
                CommonOptions.format,
            ], exitCodes: [.unavailable, .config, .noInput]), run: run)

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let ids = try call.arguments.optional("id", as: [String].self) ?? []
        let selection = try DeadLetterSelection(ids: ids, plugin: try call.optional("plugin"), deployment)
        var entries: [(plugin: String, entry: AuditEntry)] = []
        try deployment.eachReader { package, reader in
            let plugin = package.manifest.name
            guard selection.wants(plugin) else { return }
            if ids.isEmpty {
                entries += try all(reader, letter: nil).map { (plugin, $0) }
            } else {
                try selection.each(reader) { letter in
                    entries += try all(reader, letter: letter.number).map { (plugin, $0) }
                }
            }
        }
        entries.sort { ($0.entry.at, $0.plugin, $0.entry.number) < ($1.entry.at, $1.plugin, $1.entry.number) }
        switch try call.option("format", as: ListFormat.self) {
        case .json: try Output.write(JSON.array(entries.map(json)).document())
        case .text:
            if entries.isEmpty { return try Output.write("nothing was done yet\n") }
            var table = TerminalTable(
                columns: ["Time", "Who", "What", "Plugin", "Letter", "Why", "Came of it"].map { .init($0) },
                direction: .leftToRight)
            for (plugin, entry) in entries {
                table.addRow([
                    Moment.text(entry.at), entry.actor, entry.action, plugin, entry.letter.map { String($0) } ?? "-",
                    entry.reason, entry.detail,
                ])
            }
            try Output.write(table.text())
        }
    }

    private static func all(_ reader: any StoreReader, letter: Int64?) throws -> [AuditEntry] {
        var all: [AuditEntry] = []
        while true {
            let page = try reader.audits(of: letter, limit: 500, after: all.last?.number ?? 0)
            if page.isEmpty { return all }
            all += page
        }
    }

    private static func json(_ plugin: String, _ entry: AuditEntry) -> JSON {
        .object([
            ("plugin", .string(plugin)), ("at", .string(Moment.text(entry.at))), ("actor", .string(entry.actor)),
            ("action", .string(entry.action)), ("reason", .string(entry.reason)), ("detail", .string(entry.detail)),
            ("letter", entry.letter.map { .integer($0) } ?? .null),
        ])
    }
}
