import Bilingual
import Configuration
import ProjectionStore

/// `diwan dead-letters`: records that could not be applied.
enum DeadLetterCommands {
    static let group = CommandGroup(
        "dead-letters", summary: "Show records that could not be applied, and why",
        discussion: """
            A record that is no event, or that a plugin refuses, is kept with its bytes and the reason. A record that \
            several plugins met is listed once. Its ID is TOPIC/PARTITION/OFFSET.
            """, [list, show])

    private static let list = Command(
        CommandSpec(
            "list", summary: "List dead letters",
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec("reason", .text, .optional, summary: "Only those with this reason code"),
                    valueName: "CODE"), CommonOptions.format,
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
                    FieldSpec("raw", .boolean, .defaultValue("false"), summary: "Only the value's bytes, as they are")),
                CommonOptions.format,
            ],
            examples: [
                CommandExample("diwan dead-letters show iscm.events/0/17", "why that record was refused"),
                CommandExample("diwan dead-letters show iscm.events/0/17 --raw > record", "its value, into a file"),
            ], exitCodes: [.unavailable, .dataErr, .config, .noInput]), run: runShow)

    private static func runList(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let reason: String? = try call.optional("reason")
        let records = try DeadLetterList.read(deployment).filter { reason == nil || $0.reasons.contains(reason ?? "") }
        switch try call.option("format", as: ListFormat.self) {
        case .json:
            try Output.write(JSON.array(records.map { DeadLetterText.json($0, withBytes: false) }).document())
        case .text:
            if records.isEmpty { return try Output.write("no dead letters\n") }
            var table = TerminalTable(
                columns: ["ID", "Reason", "Plugins", "Key", "Time", "Detail"].map { .init($0) },
                direction: .leftToRight)
            for record in records {
                table.addRow([
                    record.id, record.reasons.joined(separator: ", "),
                    record.plugins.map(\.name).joined(separator: ", "),
                    record.content.key.map { ByteView.short($0, limit: 24) } ?? "-",
                    Moment.text(record.content.timestamp), record.content.detail,
                ])
            }
            try Output.write(table.text())
        }
    }

    private static func runShow(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let id = BidiText.stripControls(try call.argument("id"))
        let records = try DeadLetterList.read(deployment)
        guard let record = records.first(where: { $0.id == id }) else {
            let near = NearestName.find(id, among: records.map(\.id)).map { "; did you mean \($0)?" } ?? ";"
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
}
