import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan status`: what the stores hold beside their tables. Needs neither broker nor worker.
enum StatusCommand {
    static let command = Command(
        CommandSpec(
            "status", summary: "Show how far each plugin is, and what it counted",
            discussion: """
                For each plugin: the next offset of each partition and from where on it speaks, dead letters, messages \
                that wait to be sent, repeats that were skipped, tombstones, events of types that nobody here knows, \
                and records that were gone before the plugin first read. How far it lags behind the log, every Kafka \
                tool shows: its group is named.
                """,
            options: [CommonOptions.config, CommonOptions.format], exitCodes: [.unavailable, .config, .noInput]),
        run: run)

    private struct Status {
        let plugin: String
        let group: String
        let store: String
        let partitions: [PartitionState]
        let deadLetters: Int
        let outbox: [OutboxMessage.State: Int]
        let counters: [String: Int64]
    }

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        var statuses: [Status] = []
        try deployment.eachReader { package, reader in
            let manifest = package.manifest
            statuses.append(
                try reader.snapshot {
                    Status(
                        plugin: manifest.name,
                        group: deployment.configuration.group(plugin: manifest.name, generation: manifest.version),
                        store: reader.identity, partitions: try reader.partitions().sorted { $0.key < $1.key },
                        deadLetters: try deadLetters(reader), outbox: try outbox(reader),
                        counters: try reader.counters())
                })
        }
        switch try call.option("format", as: ListFormat.self) {
        case .json: try Output.write(JSON.array(statuses.map(json)).document())
        case .text: try Output.write(statuses.map(text).joined(separator: "\n"))
        }
    }

    // MARK: Reading

    private static func deadLetters(_ reader: any StoreReader) throws -> Int {
        var count = 0
        var last: Int64 = 0
        while true {
            let page = try reader.deadLetters(limit: 500, after: last)
            count += page.count { $0.state == .dead }
            guard let number = page.last?.number else { return count }
            last = number
        }
    }

    private static func outbox(_ reader: any StoreReader) throws -> [OutboxMessage.State: Int] {
        var counts: [OutboxMessage.State: Int] = [:]
        var last: Int64 = 0
        while true {
            let page = try reader.outbox(limit: 1000, after: last)
            for message in page { counts[message.state, default: 0] += 1 }
            guard let number = page.last?.number else { return counts }
            last = number
        }
    }

    // MARK: Writing

    private static func text(_ status: Status) -> String {
        var table = TerminalTable(
            columns: [
                .init("Partition"), .init("Next offset", .end), .init("Speaks from", .end), .init("Last record"),
            ],
            direction: .leftToRight)
        for state in status.partitions {
            table.addRow([
                state.key.description, String(state.nextOffset), String(state.activationOffset),
                state.last.map { Moment.text($0.timestamp) } ?? "-",
            ])
        }
        var lines = ["\(status.plugin), group \(status.group), store \(status.store)", "", table.text()]
        lines.append(
            facts(status).map { "  \($0.label): \($0.value)" }.joined(separator: "\n") + "\n")
        return lines.joined(separator: "\n")
    }

    private static func facts(_ status: Status) -> [(label: String, value: String)] {
        let unknown = StoreCounter.unknownTypes(status.counters)
        let gaps = StoreCounter.gaps(status.counters)
        var facts = [
            ("dead letters", String(status.deadLetters)),
            (
                "messages",
                OutboxMessage.State.allCases.map { "\($0.rawValue) \(status.outbox[$0] ?? 0)" }.joined(separator: ", ")
            ),
            ("repeats skipped", String(status.counters[StoreCounter.duplicates] ?? 0)),
            ("tombstones", String(status.counters[StoreCounter.tombstones] ?? 0)),
            (
                "unknown types",
                unknown.isEmpty
                    ? "none"
                    : unknown.sorted { $0.key < $1.key }.map { "\(TerminalText.escaped($0.key)) \($0.value)" }
                        .joined(separator: ", ")
            ),
        ]
        if !gaps.isEmpty {
            let words = gaps.sorted { $0.key < $1.key }.map { "\($0.key) before offset \($0.value)" }
            facts.append(("gone before the first start", words.joined(separator: ", ")))
        }
        return facts
    }

    private static func json(_ status: Status) -> JSON {
        .object([
            ("plugin", .string(status.plugin)), ("group", .string(status.group)), ("store", .string(status.store)),
            (
                "partitions",
                .array(
                    status.partitions.map { state in
                        .object([
                            ("topic", .string(state.key.topic)), ("partition", .integer(Int64(state.key.partition))),
                            ("nextOffset", .integer(state.nextOffset)),
                            ("activationOffset", .integer(state.activationOffset)), ("epoch", .integer(state.epoch)),
                        ])
                    })
            ), ("deadLetters", .count(status.deadLetters)),
            (
                "messages",
                .object(OutboxMessage.State.allCases.map { ($0.rawValue, .count(status.outbox[$0] ?? 0)) })
            ),
            ("unknownTypes", counts(StoreCounter.unknownTypes(status.counters))),
            ("goneBefore", counts(StoreCounter.gaps(status.counters))),
            (
                "counters",
                counts(status.counters.filter { !$0.key.contains(":") })
            ),
        ])
    }

    private static func counts(_ counts: [String: Int64]) -> JSON {
        .object(counts.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
    }
}
