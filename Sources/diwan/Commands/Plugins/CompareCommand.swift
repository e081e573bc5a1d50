import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan plugin compare NAME`
enum CompareCommand {
    static func run(_ call: CommandCall) throws {
        let (keeper, _, name) = try GenerationCommands.keeper(call)
        guard let generation = try keeper.rebuilt() ?? keeper.previous() else {
            throw CommandFailure(
                .unavailable,
                "plugin \(name) has only the live generation: 'diwan plugin rebuild \(name)' makes another")
        }
        let comparison = try keeper.compare(with: generation)
        switch try call.option("format", as: ListFormat.self) {
        case .json: try Output.write(json(name, comparison).document())
        case .text: try Output.write(text(name, comparison))
        }
        if !comparison.isEqual { throw CommandFailure(.different, nil) }
    }

    // MARK: Text

    private static func text(_ name: String, _ found: GenerationComparison) -> String {
        var lines = [
            "\(name): generation \(found.liveGeneration) (live, version \(found.liveVersion)) and generation "
                + "\(found.rebuiltGeneration) (version \(found.rebuiltVersion))", "",
        ]
        var table = TerminalTable(
            columns: [
                .init("Table"), .init("Live", .end), .init("Rebuilt", .end), .init("Rows"),
            ], direction: .leftToRight)
        for entry in found.tables {
            table.addRow([
                entry.name, entry.live.map { String($0.count) } ?? "-", entry.rebuilt.map { String($0.count) } ?? "-",
                entry.isEqual
                    ? "same (\(short(entry.live)))" : "differ (\(short(entry.live)), \(short(entry.rebuilt)))",
            ])
        }
        lines.append(table.text())
        let messages = found.messages
        lines.append(
            "messages: \(messages.both) in both, \(messages.onlyLive) only in the live one (\(messages.onlyLiveOpen) of "
                + "them to be sent), \(messages.onlyRebuilt) only in the rebuilt one")
        lines += named("  only live", messages.onlyLiveIDs) + named("  only rebuilt", messages.onlyRebuiltIDs)
        lines.append("firings that the rebuilt one does not know: \(found.unknownFiringCount)")
        lines += named("  ", found.unknownFirings)
        lines.append("dead letters: \(counts(found.liveDeadLetters)); rebuilt: \(counts(found.rebuiltDeadLetters))")
        if found.decidedBeforeCount > 0 {
            lines.append(
                "decided before, and open again in the rebuilt one: \(found.decidedBeforeCount) (discard or edit them "
                    + "there after the promotion)")
            lines += named("  ", found.decidedBefore)
        }
        for (counter, values) in found.counters.sorted(by: { $0.key < $1.key }) {
            lines.append("counter \(TerminalText.escaped(counter)): \(values.live), rebuilt \(values.rebuilt)")
        }
        let behind = found.offsets.filter { $0.live != $0.rebuilt }
        if behind.isEmpty {
            lines.append("both stand at the same offsets")
        } else {
            lines.append("they stand at different offsets ('diwan plugin rebuild \(name)' catches up):")
            lines += behind.map { "  \($0.partition): \(number($0.live)), rebuilt \(number($0.rebuilt))" }
        }
        lines.append(found.isEqual ? "the same" : "different")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func named(_ what: String, _ ids: [String]) -> [String] {
        ids.map { "\(what) \(TerminalText.escaped($0))" }
    }

    private static func short(_ digest: TableDigest?) -> String {
        digest.map { String($0.sha256.prefix(12)) } ?? "none"
    }
    private static func number(_ offset: Int64?) -> String { offset.map { String($0) } ?? "not read" }

    private static func counts(_ counts: [DeadLetter.State: Int]) -> String {
        DeadLetter.State.allCases.map { "\($0.rawValue) \(counts[$0] ?? 0)" }.joined(separator: ", ")
    }

    // MARK: JSON

    private static func json(_ name: String, _ found: GenerationComparison) -> JSON {
        .object([
            ("plugin", .string(name)), ("same", .bool(found.isEqual)),
            ("live", .object([("generation", .count(found.liveGeneration)), ("version", .count(found.liveVersion))])),
            (
                "rebuilt",
                .object([("generation", .count(found.rebuiltGeneration)), ("version", .count(found.rebuiltVersion))])
            ),
            ("tables", .array(found.tables.map(json))), ("messages", json(found.messages)),
            (
                "unknownFirings",
                .object([("count", .count(found.unknownFiringCount)), ("first", .strings(found.unknownFirings))])
            ),
            (
                "deadLetters",
                .object([("live", json(found.liveDeadLetters)), ("rebuilt", json(found.rebuiltDeadLetters))])
            ),
            (
                "decidedBefore",
                .object([("count", .count(found.decidedBeforeCount)), ("first", .strings(found.decidedBefore))])
            ),
            (
                "counters",
                .object(
                    found.counters.sorted { $0.key < $1.key }.map {
                        ($0.key, .object([("live", .integer($0.value.live)), ("rebuilt", .integer($0.value.rebuilt))]))
                    })
            ),
            (
                "offsets",
                .array(
                    found.offsets.map {
                        .object([
                            ("topic", .string($0.partition.topic)),
                            ("partition", .integer(Int64($0.partition.partition))),
                            ("live", $0.live.map { .integer($0) } ?? .null),
                            ("rebuilt", $0.rebuilt.map { .integer($0) } ?? .null),
                        ])
                    })
            ),
        ])
    }

    private static func json(_ table: GenerationComparison.Table) -> JSON {
        func digest(_ digest: TableDigest?) -> JSON {
            digest.map { .object([("rows", .integer($0.count)), ("sha256", .string($0.sha256))]) } ?? .null
        }
        return .object([
            ("table", .string(table.name)), ("same", .bool(table.isEqual)), ("columns", .strings(table.columns)),
            ("live", digest(table.live)), ("rebuilt", digest(table.rebuilt)),
        ])
    }

    private static func json(_ messages: GenerationComparison.Messages) -> JSON {
        .object([
            ("both", .count(messages.both)), ("onlyLive", .count(messages.onlyLive)),
            ("onlyLiveToBeSent", .count(messages.onlyLiveOpen)), ("onlyLiveFirst", .strings(messages.onlyLiveIDs)),
            ("onlyRebuilt", .count(messages.onlyRebuilt)), ("onlyRebuiltFirst", .strings(messages.onlyRebuiltIDs)),
        ])
    }

    private static func json(_ counts: [DeadLetter.State: Int]) -> JSON {
        .object(DeadLetter.State.allCases.map { ($0.rawValue, .count(counts[$0] ?? 0)) })
    }
}
