import Bilingual
import ProjectionStore

/// Timers, or what became of them, as text and as JSON; each with its plugin's name.
enum TimerTable {
    case timers([(String, TimerDraft)])
    case firings([(String, LoggedFiring)])

    var text: String {
        switch self {
        case .timers(let timers):
            if timers.isEmpty { return "no timers\n" }
            return Self.table(["Due", "State", "Plugin", "Owner", "Name", "Event"]) { table in
                for (plugin, timer) in timers {
                    table.addRow([
                        Moment.text(timer.due ?? 0), Self.state(timer), plugin, TerminalText.escaped(timer.owner),
                        TerminalText.escaped(timer.name), TerminalText.escaped(timer.id),
                    ])
                }
            }
        case .firings(let firings):
            if firings.isEmpty { return "no timer has been due yet\n" }
            return Self.table(["Time", "Outcome", "Due", "Plugin", "Owner", "Name", "Event", "Partition", "After"]) {
                table in
                for (plugin, firing) in firings {
                    let content = firing.content
                    table.addRow([
                        Moment.text(content.at), content.outcome.rawValue, Moment.text(content.due), plugin,
                        TerminalText.escaped(content.owner), TerminalText.escaped(content.name),
                        TerminalText.escaped(content.id), content.partition.description, String(content.afterOffset),
                    ])
                }
            }
        }
    }

    var json: JSON {
        switch self {
        case .timers(let timers):
            .array(
                timers.map { plugin, timer in
                    .object(
                        [
                            ("plugin", .string(plugin)), ("state", .string(Self.state(timer))),
                            ("owner", .string(timer.owner)), ("name", .string(timer.name)),
                            ("due", .string(Moment.text(timer.due ?? 0))), ("payload", .string(timer.payload)),
                        ] + Self.origin(timer.source, timer.id, timer.partition))
                })
        case .firings(let firings):
            .array(
                firings.map { plugin, firing in
                    let content = firing.content
                    return .object(
                        [
                            ("number", .integer(firing.number)), ("plugin", .string(plugin)),
                            ("outcome", .string(content.outcome.rawValue)), ("time", .string(Moment.text(content.at))),
                            ("owner", .string(content.owner)), ("name", .string(content.name)),
                            ("due", .string(Moment.text(content.due))), ("afterOffset", .integer(content.afterOffset)),
                        ] + Self.origin(content.source, content.id, content.partition))
                })
        }
    }

    private static func origin(_ source: String, _ id: String, _ partition: PartitionKey) -> [(String, JSON)] {
        [
            ("eventSource", .string(source)), ("eventId", .string(id)), ("topic", .string(partition.topic)),
            ("partition", .integer(Int64(partition.partition))),
        ]
    }

    private static func state(_ timer: TimerDraft) -> String { timer.isParked ? "parked" : "pending" }

    private static func table(_ columns: [String], _ fill: (inout TerminalTable) -> Void) -> String {
        var table = TerminalTable(columns: columns.map { .init($0) }, direction: .leftToRight)
        fill(&table)
        return table.text()
    }
}
