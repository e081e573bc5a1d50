import Bilingual
import Configuration
import Foundation
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan notices list`
enum NoticeCommands {
    static let group = CommandGroup(
        "notices", summary: "Show what is sent, waits, or is kept silent", [list] + HeldNoticeCommands.commands)

    private static let list = Command(
        CommandSpec(
            "list", summary: "List notices and silences",
            discussion: """
                A notice is pending, waiting (for its recipient's address), sent, closed (expired, or its recipient \
                erased) or held for the operator. Recipients are shown by id alone. An event that was silent (history, \
                replay, too old) has one line for each rule, with the reason and the number of recipients.
                """,
            options: [
                CommonOptions.config,
                OptionSpec(
                    FieldSpec("state", .choice(of: NoticeState.self), .optional, summary: "Only those in this state")),
                CommonOptions.format,
            ], exitCodes: [.unavailable, .config, .noInput]), run: run)

    enum NoticeState: String, ChoiceWords {
        case pending, waiting, sent, closed, held, silent

        var meaning: String {
            switch self {
            case .pending: "to be sent"
            case .waiting: "for its recipient"
            case .sent: "done"
            case .closed: "will not be sent"
            case .held: "for the operator"
            case .silent: "never to be sent"
            }
        }
    }

    /// The content of an outbox message of the kind notice, as far as it is shown.
    private struct Payload: Decodable {
        struct Occasion: Decodable { let source, id, type: String }
        let rule: String
        let recipient: String
        let occasion: Occasion
    }

    private struct Line {
        let state, rule, destination, recipient, event, moment, reason: String
        let json: JSON
    }

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let wanted: NoticeState? = try call.optional("state")
        var lines: [Line] = []
        try deployment.eachReader { package, reader in
            let plugin = package.manifest.name
            lines += try reader.snapshot { () throws -> [Line] in
                let messages = try outbox(reader).compactMap { line($0, plugin) }
                return try messages + silences(reader).map { line($0, plugin) }
            }
        }
        if let wanted { lines.removeAll { $0.state != wanted.rawValue } }
        switch try call.option("format", as: ListFormat.self) {
        case .json: try Output.write(JSON.array(lines.map(\.json)).document())
        case .text: try write(lines)
        }
    }

    private static func write(_ lines: [Line]) throws {
        if lines.isEmpty { return try Output.write("no notices\n") }
        var table = TerminalTable(
            columns: ["State", "Rule", "To", "Recipient", "Event", "Time", "Reason"].map { .init($0) },
            direction: .leftToRight)
        for line in lines {
            table.addRow([
                line.state, line.rule, line.destination, line.recipient, line.event, line.moment, line.reason,
            ])
        }
        try Output.write(table.text())
    }

    // MARK: Reading

    private static func outbox(_ reader: any StoreReader) throws -> [OutboxMessage] {
        var all: [OutboxMessage] = []
        while true {
            let page = try reader.outbox(limit: 1000, after: all.last?.number ?? 0)
            if page.isEmpty { return all }
            all += page
        }
    }

    /// Silences have no number of their own to page by; a deployment has one a rule and silent event.
    private static func silences(_ reader: any StoreReader) throws -> [SilenceEntry] {
        try reader.silences(limit: 1_000_000, after: 0)
    }

    private static func line(_ message: OutboxMessage, _ plugin: String) -> Line? {
        let content = message.content
        guard content.kind == .notice,
            let payload = try? JSONDecoder().decode(Payload.self, from: Data(content.payload.utf8))
        else { return nil }
        let json = JSON.object([
            ("id", .string(content.id)), ("plugin", .string(plugin)), ("state", .string(message.state.rawValue)),
            ("rule", .string(payload.rule)), ("destination", .string(content.destination)),
            ("recipient", .string(payload.recipient)), ("eventSource", .string(payload.occasion.source)),
            ("eventId", .string(payload.occasion.id)), ("eventType", .string(payload.occasion.type)),
            ("created", .string(Moment.text(content.created))),
            ("settled", .text(message.settled.map(Moment.text))),
            ("validUntil", .text(content.validUntil.map(Moment.text))), ("reason", .string(message.reason)),
        ])
        return Line(
            state: message.state.rawValue, rule: payload.rule, destination: content.destination,
            recipient: payload.recipient, event: payload.occasion.id,
            moment: Moment.text(message.settled ?? content.created), reason: message.reason, json: json)
    }

    private static func line(_ silence: SilenceEntry, _ plugin: String) -> Line {
        let recipients = Plural.of(Int(silence.recipients), "recipient")
        let json = JSON.object([
            ("plugin", .string(plugin)), ("state", .string("silent")), ("rule", .string(silence.rule)),
            ("recipients", .integer(silence.recipients)), ("eventSource", .string(silence.source)),
            ("eventId", .string(silence.id)), ("created", .string(Moment.text(silence.at))),
            ("reason", .string(silence.reason)),
        ])
        return Line(
            state: "silent", rule: silence.rule, destination: "-", recipient: recipients, event: silence.id,
            moment: Moment.text(silence.at), reason: silence.reason, json: json)
    }
}
