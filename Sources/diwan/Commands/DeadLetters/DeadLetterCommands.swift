import Bilingual
import Configuration
import ProjectionStore

/// `diwan dead-letters`: records that could not be applied.
enum DeadLetterCommands {
    static let group = CommandGroup(
        "dead-letters", summary: "Look at records that could not be applied, and deal with them",
        discussion: """
            A record that is no event, or that a plugin refuses, is kept with its bytes and the reason; where a handler \
            failed, the later events of the same sequence are parked behind it, in order. A record that several plugins \
            met is listed once. Its ID is TOPIC/PARTITION/OFFSET; within one plugin it has a number too.

            What is done with a letter is done by the worker that holds the store, between its other transactions; with \
            no worker running, by the command itself.
            """,
        [list, show] + DeadLetterRepairCommands.all + [DeadLetterAuditCommand.command])

    private static let list = Command(
        CommandSpec(
            "list", summary: "List dead letters",
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec(
                        "state", .choice(of: StateChoice.self), .defaultValue("dead"), summary: "Which letters")),
            ] + DeadLetterSelection.options + [CommonOptions.format],
            examples: [
                CommandExample("diwan dead-letters list --reason handler-failed", "what plugins failed at"),
                CommandExample("diwan dead-letters list --state parked --key arcp", "what waits behind it"),
            ], exitCodes: [.unavailable, .config, .noInput]), run: runList)

    private static let show = Command(
        CommandSpec(
            "show", summary: "Show a dead letter with its headers and bytes",
            discussion: """
                Bytes are shown as text; what is no text, or would steer the terminal, is shown as an escape. --raw \
                writes the record's value as it is, for a file or another program.
                """, arguments: [ArgumentSpec("id", summary: "TOPIC/PARTITION/OFFSET, from 'diwan dead-letters list'")],
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec("plugin", .text, .optional, summary: "As this plugin keeps it"), valueName: "NAME"),
                OptionSpec(
                    FieldSpec("raw", .boolean, .defaultValue("false"), summary: "Only the value's bytes, as they are")),
                CommonOptions.format,
            ],
            examples: [
                CommandExample("diwan dead-letters show iscm.events/0/17", "why that record was refused"),
                CommandExample("diwan dead-letters show iscm.events/0/17 --raw > record", "its value, into a file"),
            ], exitCodes: [.unavailable, .dataErr, .config, .noInput]), run: runShow)

    private static func runList(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let choice: StateChoice = try call.option("state")
        let records = try DeadLetterList.read(
            deployment, try DeadLetterSelection(call, deployment, states: choice.states))
        switch try call.option("format", as: ListFormat.self) {
        case .json:
            try Output.write(JSON.array(records.map { DeadLetterText.json($0, withBytes: false) }).document())
        case .text:
            try Output.write(records.isEmpty ? "no dead letters\n" : table(records, choice))
            guard choice == .dead else { return }
            let parked = try DeadLetterList.count(.parked, deployment)
            if parked > 0 {
                let words = Plural.of(parked, "event waits", "events wait")
                Output.say("diwan: \(words) behind these in their sequences: --state parked lists them")
            }
        }
    }

    private static func table(_ records: [DeadRecord], _ choice: StateChoice) -> String {
        let withState = choice == .open || choice == .all
        var table = TerminalTable(
            columns: (["ID", "Reason"] + (withState ? ["State"] : []) + ["Plugins", "Key", "Time", "Detail"]).map {
                .init($0)
            },
            direction: .leftToRight)
        for record in records {
            table.addRow(
                [record.id, record.reasons.joined(separator: ", ")]
                    + (withState ? [record.states.joined(separator: ", ")] : [])
                    + [
                        record.plugins.map { "\($0.name) \($0.letter.number)" }.joined(separator: ", "),
                        record.content.key.map { ByteView.short($0, limit: 24) } ?? "-",
                        Moment.text(record.content.timestamp), record.content.detail,
                    ])
        }
        return table.text()
    }

    private static func runShow(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let id = BidiText.stripControls(try call.argument("id"))
        guard let record = try find(id, call, deployment) else {
            let known = try DeadLetterList.ids(deployment, limit: 1000)
            let near = NearestName.find(id, among: known).map { "; did you mean \($0)?" } ?? ";"
            throw CommandFailure(
                .dataErr,
                "there is no dead letter \(TerminalText.quoted(id))\(near) 'diwan dead-letters list' names them")
        }
        if try call.option("raw") {
            return try (record.content.value ?? []).withUnsafeBufferPointer { try Output.write($0) }
        }
        switch try call.option("format", as: ListFormat.self) {
        case .json: try Output.write(DeadLetterText.json(record, withBytes: true).document())
        case .text: try Output.write(DeadLetterText.text(record))
        }
    }

    private static func find(_ id: String, _ call: CommandCall, _ deployment: Deployment) throws -> DeadRecord? {
        try DeadLetterList.read(
            deployment, try DeadLetterSelection(ids: [id], plugin: try call.optional("plugin"), deployment)
        ).first
    }
}
