import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan timers list`
enum TimerCommands {
    static let group = CommandGroup("timers", summary: "Show what is due when, and what became of it", [list])

    private static let list = Command(
        CommandSpec(
            "list", summary: "List timers",
            discussion: """
                A timer stands for something that a plugin does later, such as reminding of a meeting. It is pending \
                until it is due, or parked: what has to come before it waits among the dead letters, or its own failure \
                does. The event that set it is named by its ID. With --fired, what became of those that were due: fired, \
                passed (due when history was read in, so nothing was sent), failed or parked (see 'diwan dead-letters \
                list'), or discarded. AFTER is the offset of the last record that came before it in its partition.
                """,
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec("fired", .boolean, .defaultValue("false"), summary: "The log of those that were due")),
                OptionSpec(
                    FieldSpec("plugin", .text, .optional, summary: "Only this plugin's"), valueName: "NAME"),
                CommonOptions.format,
            ],
            examples: [
                CommandExample("diwan timers list", "what is due next"),
                CommandExample("diwan timers list --fired --plugin notifications", "which reminders were sent when"),
            ], exitCodes: [.unavailable, .config, .noInput]), run: run)

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let plugin: String? = try call.optional("plugin")
        if let plugin { try check(plugin, deployment) }
        let table: TimerTable
        if try call.option("fired") {
            table = .firings(try read(deployment, plugin, firings))
        } else {
            // Of all plugins together, the next one first.
            let timers: [(String, TimerDraft)] = try read(deployment, plugin, timers)
            table = .timers(timers.sorted { ($0.1.due ?? 0, $0.0) < ($1.1.due ?? 0, $1.0) })
        }
        switch try call.option("format", as: ListFormat.self) {
        case .json: try Output.write(table.json.document())
        case .text: try Output.write(table.text)
        }
    }

    private static func check(_ plugin: String, _ deployment: Deployment) throws {
        let names = deployment.packages.map(\.manifest.name)
        guard !names.contains(plugin) else { return }
        let near = NearestName.find(plugin, among: names).map { "; did you mean \($0)?" } ?? ""
        throw CommandFailure(
            .config, "\(deployment.file): no plugin \(TerminalText.quoted(plugin)) is enabled\(near)")
    }

    // MARK: Reading

    private static func read<Element>(
        _ deployment: Deployment, _ plugin: String?, _ body: (any StoreReader) throws -> [Element]
    ) throws -> [(String, Element)] {
        var all: [(String, Element)] = []
        try deployment.eachReader { package, reader in
            let name = package.manifest.name
            guard plugin == nil || plugin == name else { return }
            all += try reader.snapshot { try body(reader) }.map { (name, $0) }
        }
        return all
    }

    private static func timers(_ reader: any StoreReader) throws -> [TimerDraft] {
        var all: [TimerDraft] = []
        while true {
            let page = try reader.timers(limit: 1000, after: all.last)
            if page.isEmpty { return all }
            all += page
        }
    }

    private static func firings(_ reader: any StoreReader) throws -> [LoggedFiring] {
        var all: [LoggedFiring] = []
        while true {
            let page = try reader.firings(limit: 1000, after: all.last?.number ?? 0)
            if page.isEmpty { return all }
            all += page
        }
    }
}
