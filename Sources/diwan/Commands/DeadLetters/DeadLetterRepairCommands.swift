import Bilingual
import Configuration
import Foundation
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan dead-letters redrive | discard | edit`
enum DeadLetterRepairCommands {
    static var all: [Command] { [redrive, discard, edit] }

    private static let why = OptionSpec(
        FieldSpec("why", .text, .optional, summary: "Your reason, for the audit; needed unless --dry-run"),
        valueName: "TEXT")
    private static let actor = OptionSpec(
        FieldSpec("actor", .text, .optional, summary: "Who you are, for the audit; your login name if not said"),
        valueName: "NAME")
    private static let dryRun = OptionSpec(
        FieldSpec(
            "dry-run", .boolean, .defaultValue("false"),
            summary: "Only show which rows would change and which messages would go out"))
    private static let everything = OptionSpec(
        FieldSpec("all", .boolean, .defaultValue("false"), summary: "All dead letters, where nothing else is said"))
    private static let exits: [ExitCode] = [.unavailable, .dataErr, .tempFail, .config, .noInput]

    private static let redrive = Command(
        CommandSpec(
            "redrive", summary: "Handle dead letters again, and what is parked behind them",
            discussion: """
                A letter of a sequence takes its whole sequence along, from its first open entry on, in order; the \
                first that fails again stops its sequence. What was redriven before is left as it is, so that asking \
                twice does nothing twice. Live events go on meanwhile.

                Ends with 65 where something failed again.
                """, arguments: [DeadLetterSelection.ids],
            options: [CommonOptions.config] + DeadLetterSelection.options
                + [everything, dryRun, why, actor, CommonOptions.format],
            examples: [
                CommandExample(
                    "diwan dead-letters redrive --reason handler-failed --dry-run", "what would change"),
                CommandExample(
                    "diwan dead-letters redrive iscm.events/0/17 --why \"the plugin is mended\"",
                    "that record and what waits behind it"),
            ], exitCodes: exits), run: { try run(.redrive, $0) })

    private static let discard = Command(
        CommandSpec(
            "discard", summary: "Give dead letters up, and handle what is parked behind them",
            discussion: """
                The record is kept, and marked as discarded; it is in no answer. What is parked behind it is handled, \
                in order.
                """, arguments: [DeadLetterSelection.ids],
            options: [CommonOptions.config] + DeadLetterSelection.options
                + [everything, dryRun, why, actor, CommonOptions.format],
            examples: [
                CommandExample(
                    "diwan dead-letters discard iscm.events/0/17 --why \"sent again as a new event\"", "give it up")
            ], exitCodes: exits), run: { try run(.discard, $0) })

    private static let edit = Command(
        CommandSpec(
            "edit", summary: "Put another value in a dead letter's place, and handle it",
            discussion: """
                The new value has to be an event of the catalogue, for the record's own key and headers; anything else \
                is refused with the reason that a dead letter would carry. What changes is shown. The value that the \
                record came with stays in Kafka, and what was done is in the audit.
                """,
            arguments: [
                ArgumentSpec("id", summary: "TOPIC/PARTITION/OFFSET, or a number with --plugin")
            ],
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec("file", .text, .required, summary: "The new value; - for standard input"),
                    valueName: "FILE"),
                OptionSpec(
                    FieldSpec("plugin", .text, .optional, summary: "Only as this plugin keeps it"), valueName: "NAME"),
                dryRun, why, actor, CommonOptions.format,
            ],
            examples: [
                CommandExample("diwan dead-letters show iscm.events/0/17 --raw > event.json", "what it is now"),
                CommandExample(
                    "diwan dead-letters edit iscm.events/0/17 --file event.json --why \"a wrong date\"", "mended"),
            ], exitCodes: exits), run: runEdit)

    // MARK: What they do

    private static func run(_ action: DeadLetterCommand.Action, _ call: CommandCall) throws {
        let name = "diwan dead-letters \(action.rawValue)"
        let deployment = try Deployment.load(call)
        let selection = try DeadLetterSelection(call, deployment, states: [.dead])
        let isAll: Bool = try call.option("all")
        guard selection.isNarrow || isAll else {
            throw UsageError(
                message: "say which dead letters: name them, narrow them down by an option, or say --all",
                command: name)
        }
        let found = try find(selection, deployment)
        var report = RepairReport(action: action, isDryRun: try call.option("dry-run"))
        try perform(found, report: &report, call, deployment, command: name) { letters, actor, why, at, isDryRun in
            DeadLetterCommand(
                action: action, letters: letters, actor: actor, reason: why, at: at, isDryRun: isDryRun)
        }
    }

    private static func runEdit(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let id = try call.argument("id", as: String.self)
        let selection = try DeadLetterSelection(ids: [id], plugin: try call.optional("plugin"), deployment)
        let found = try find(selection, deployment)
        let value = try EditedValue.read(try call.option("file"))
        var report = RepairReport(action: .edit, isDryRun: try call.option("dry-run"))
        if let letter = found.first?.letter {
            try EditedValue.check(value, in: letter.content, deployment)
            report.difference = TextDifference.lines(
                EditedValue.pretty(letter.content.value ?? []), EditedValue.pretty(value))
        }
        guard let text = String(validating: value, as: UTF8.self) else {
            throw CommandFailure(.dataErr, "the new value is no UTF-8")
        }
        try perform(found, report: &report, call, deployment, command: "diwan dead-letters edit") {
            letters, actor, why, at, isDryRun in
            DeadLetterCommand(
                action: .edit, letters: letters, replacement: text, actor: actor, reason: why, at: at,
                isDryRun: isDryRun)
        }
    }

    private static func find(_ selection: DeadLetterSelection, _ deployment: Deployment) throws
        -> [(plugin: String, letter: DeadLetter)]
    {
        var found: [(plugin: String, letter: DeadLetter)] = []
        try deployment.eachReader { package, reader in
            guard selection.wants(package.manifest.name) else { return }
            try selection.each(reader) { found.append((package.manifest.name, $0)) }
        }
        if let missing = selection.missing(found).first {
            throw CommandFailure(
                .dataErr,
                "there is no dead letter \(TerminalText.quoted(missing)); 'diwan dead-letters list' names them")
        }
        return found
    }

    /// More numbers than fit a request are asked for in several.
    private static let chunk = 10_000

    private static func perform(
        _ found: [(plugin: String, letter: DeadLetter)], report: inout RepairReport, _ call: CommandCall,
        _ deployment: Deployment, command name: String,
        _ make: (_ letters: [Int64], _ actor: String, _ why: String, _ at: Int64, _ isDryRun: Bool) -> DeadLetterCommand
    ) throws {
        let why: String? = try call.optional("why")
        let actor: String? = try call.optional("actor")
        let isDryRun: Bool = try call.option("dry-run")
        guard isDryRun || why != nil else {
            throw UsageError(message: "say --why, for the audit", command: name)
        }
        let at = Int64(Date().timeIntervalSince1970 * 1000)
        for package in deployment.packages {
            let plugin = package.manifest.name
            let letters = found.filter { $0.plugin == plugin }
            for (_, letter) in letters {
                report.names[RepairReport.Place(plugin, letter.number)] = RecordName(letter.content)
            }
            var numbers = letters.map(\.letter.number)[...]
            while !numbers.isEmpty {
                let part = Array(numbers.prefix(chunk))
                numbers = numbers.dropFirst(chunk)
                let wanted = make(part, actor ?? LoginName.current, why ?? "", at, isDryRun)
                do {
                    try DeadLetterExecution(deployment, plugin).run(wanted) { report.add($0, of: plugin) }
                } catch {
                    // What was done so far is said before what ended it.
                    try report.write(try call.option("format"))
                    throw error
                }
            }
        }
        try report.write(try call.option("format"))
        if report.hasFailures { throw CommandFailure(.dataErr, nil) }
    }
}
