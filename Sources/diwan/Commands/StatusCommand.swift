import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan status`: what the worker says of its lanes, where one runs, and what the stores hold beside their tables. Needs
/// no broker.
enum StatusCommand {
    static let command = Command(
        CommandSpec(
            "status", summary: "Show how far each plugin is, and what it counted",
            discussion: """
                For each plugin: what its lane is doing, asked from the worker that holds the store; the next offset \
                of each partition, how far it lags behind the log, and from where on it speaks; partitions that are \
                halted or paused and why; dead letters and what is parked behind them, timers, messages that wait to \
                be sent, repeats that were skipped, tombstones, events of types that nobody here knows, and records \
                that were gone before the plugin first read. Where no worker answers, the store alone is asked, and \
                the lag is left to Kafka's tools: the group is named.
                """,
            options: [CommonOptions.config, CommonOptions.format], exitCodes: [.unavailable, .config, .noInput]),
        run: run)

    fileprivate struct Status {
        let plugin: String
        let group: String
        let store: String
        let partitions: [PartitionState]
        /// What the worker says; nil where none answers, or where it does not run the plugin.
        let lane: LaneReport?
        let process: Int32?
        let isShared: Bool
        let halts: [PartitionKey: PartitionHalt]
        let letters: [DeadLetter.State: Int]
        let sequences: Int
        let timers: Int
        let outbox: [OutboxMessage.State: Int]
        let counters: [String: Int64]
    }

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let worker = try report(deployment)
        var statuses: [Status] = []
        try deployment.eachReader { package, reader in
            let manifest = package.manifest
            statuses.append(
                try reader.snapshot {
                    Status(
                        plugin: manifest.name,
                        group: deployment.configuration.group(
                            plugin: manifest.name,
                            generation: WorkerSettings.groupNumber(
                                generation: reader.generation, pluginVersion: manifest.version)),
                        store: reader.identity, partitions: try reader.partitions().sorted { $0.key < $1.key },
                        lane: worker?.lanes.first { $0.plugin == manifest.name }, process: worker?.process,
                        isShared: deployment.controlFolder == nil,
                        halts: try reader.halts(), letters: try reader.deadLetterCounts(),
                        sequences: try reader.parkedSequences(limit: 1000).count, timers: try timers(reader),
                        outbox: try outbox(reader),
                        counters: try reader.counters())
                })
        }
        switch try call.option("format", as: ListFormat.self) {
        case .json: try Output.write(JSON.array(statuses.map(json)).document())
        case .text: try Output.write(statuses.map(text).joined(separator: "\n"))
        }
    }

    // MARK: Reading

    /// What the worker that holds the store says; nil where none answers.
    private static func report(_ deployment: Deployment) throws -> WorkerReport? {
        guard let folder = deployment.controlFolder else { return nil }
        do throws(ControlClient.Failure) {
            return try ControlClient.connect(storeFolder: folder)?.ask(ControlRequest(.status)).worker
        } catch {
            Output.say("diwan: \(error.message)")
            return nil
        }
    }

    private static func timers(_ reader: any StoreReader) throws -> Int {
        var count = 0
        var last: TimerDraft?
        while true {
            let page = try reader.timers(limit: 500, after: last)
            count += page.count
            guard let next = page.last else { return count }
            last = next
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
                .init("Partition"), .init("State"), .init("Next offset", .end), .init("Lag", .end),
                .init("Speaks from", .end), .init("Last record"),
            ],
            direction: .leftToRight)
        for state in status.partitions {
            table.addRow([
                state.key.description, status.state(of: state.key), String(state.nextOffset),
                status.lag(of: state.key).map { String($0) } ?? "-", String(state.activationOffset),
                state.last.map { Moment.text($0.timestamp) } ?? "-",
            ])
        }
        var lines = [
            "\(status.plugin), group \(status.group), store \(status.store)", "  \(status.doing)", "", table.text(),
        ]
        for (key, reason) in status.stopped { lines.append("  \(key): \(TerminalText.escaped(reason))\n") }
        lines.append(
            facts(status).map { "  \($0.label): \($0.value)" }.joined(separator: "\n") + "\n")
        return lines.joined(separator: "\n")
    }

    private static func facts(_ status: Status) -> [(label: String, value: String)] {
        let unknown = StoreCounter.unknownTypes(status.counters)
        let gaps = StoreCounter.gaps(status.counters)
        var facts = [
            ("dead letters", status.deadWords), ("timers", String(status.timers)),
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
            ("worker", status.process.map { .integer(Int64($0)) } ?? .null), ("state", .text(status.lane?.state)),
            ("detail", .text(status.lane?.detail)),
            (
                "partitions",
                .array(
                    status.partitions.map { state in
                        .object([
                            ("topic", .string(state.key.topic)), ("partition", .integer(Int64(state.key.partition))),
                            ("nextOffset", .integer(state.nextOffset)),
                            ("activationOffset", .integer(state.activationOffset)), ("epoch", .integer(state.epoch)),
                            ("state", .string(status.state(of: state.key))),
                            ("reason", .text(status.reason(of: state.key))),
                            ("lag", status.lag(of: state.key).map { .integer($0) } ?? .null),
                        ])
                    })
            ), ("deadLetters", .count(status.letters[.dead] ?? 0)), ("parked", .count(status.letters[.parked] ?? 0)),
            ("parkedSequences", .count(status.sequences)), ("timers", .count(status.timers)),
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

extension StatusCommand.Status {
    /// One line about the lane.
    fileprivate var doing: String {
        guard let lane, let process else {
            return isShared
                ? "state: workers share the store and are not asked; this is what it holds"
                : "state: no worker answers; this is what the store holds"
        }
        return "state: \(lane.state), worker process \(process)"
            + (lane.detail.map { ": \(TerminalText.escaped($0))" } ?? "")
    }

    /// Why a partition is not read, from the worker where one answers, else as the store last knew it.
    fileprivate func reason(of key: PartitionKey) -> String? {
        if let lane { return lane.halted[key.description] ?? lane.paused[key.description] }
        return halts[key].map { "\($0.code): \($0.message)" }
    }

    fileprivate func state(of key: PartitionKey) -> String {
        guard let lane else { return halts[key] == nil ? "-" : "halted" }
        if lane.halted[key.description] != nil { return "halted" }
        return lane.paused[key.description] != nil ? "paused" : lane.state
    }

    fileprivate func lag(of key: PartitionKey) -> Int64? {
        lane?.partitions.first { $0.topic == key.topic && $0.partition == key.partition }?.lag
    }

    /// Partitions that are halted or paused, also those that the store has never read.
    fileprivate var stopped: [(String, String)] {
        let reasons =
            lane.map { $0.halted.merging($0.paused) { first, _ in first } }
            ?? Dictionary(halts.map { ($0.key.description, "\($0.value.code): \($0.value.message)") }) { first, _ in
                first
            }
        return reasons.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    fileprivate var deadWords: String {
        let parked = letters[.parked] ?? 0
        let dead = letters[.dead] ?? 0
        if parked == 0 { return String(dead) }
        return "\(dead), and \(Plural.of(parked, "event")) parked behind them in \(Plural.of(sequences, "sequence"))"
    }
}
