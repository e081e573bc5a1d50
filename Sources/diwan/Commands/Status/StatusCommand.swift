import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan status`: what workers say of their lanes, where any run, and what the stores hold beside their tables. Needs no
/// broker.
enum StatusCommand {
    static let command = Command(
        CommandSpec(
            "status", summary: "Show how far each plugin is, and what it counted",
            discussion: """
                For each plugin: what its lanes are doing, asked from the worker that holds the store, or read from \
                what the workers that share it have put there within the last seconds; the next offset of each \
                partition, how far it lags behind the log, and from where on it speaks; partitions that are halted or \
                paused and why; dead letters and what is parked behind them, timers, messages that wait to be sent, \
                repeats that were skipped, tombstones, events of types that nobody here knows, and records that were \
                gone before the plugin first read. A worker that nobody has heard of for 15 seconds is shown as stale, \
                and forgotten after an hour. Where no worker answers, the store alone is asked, and the lag is left to \
                Kafka's tools: the group is named.
                """,
            options: [CommonOptions.config, CommonOptions.format], exitCodes: [.unavailable, .config, .noInput]),
        run: run)

    fileprivate struct Status {
        let plugin: String
        let group: String
        let store: String
        let partitions: [PartitionState]
        let lanes: PluginLanes
        let letters: [DeadLetter.State: Int]
        let sequences: Int
        let timers: Int
        let outbox: [OutboxMessage.State: Int]
        let counters: [String: Int64]
    }

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let worker = report(deployment)
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
                        lanes: try PluginLanes(
                            manifest.name, reader, worker: worker, isShared: deployment.controlFolder == nil),
                        letters: try reader.deadLetterCounts(),
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
    ///
    /// - Parameter quietly: whether why none can be asked is left to others to say.
    static func report(_ deployment: Deployment, quietly: Bool = false) -> WorkerReport? {
        guard let folder = deployment.controlFolder else { return nil }
        do throws(ControlClient.Failure) {
            return try ControlClient.connect(storeFolder: folder)?.ask(ControlRequest(.status)).worker
        } catch {
            if !quietly { Output.say("diwan: \(error.message)") }
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
        let lanes = status.lanes
        let showsWorkers = lanes.isShared && !lanes.lanes.isEmpty
        var table = TerminalTable(
            columns: [
                .init("Partition"), .init("State"), .init("Next offset", .end), .init("Lag", .end),
                .init("Speaks from", .end), .init("Last record"),
            ] + (showsWorkers ? [.init("Worker")] : []),
            direction: .leftToRight)
        for state in status.partitions {
            table.addRow([
                state.key.description, lanes.state(of: state.key), String(state.nextOffset),
                lanes.lag(of: state.key).map { String($0) } ?? "-", String(state.activationOffset),
                state.last.map { Moment.text($0.timestamp) } ?? "-", lanes.owner(of: state.key)?.name ?? "-",
            ])
        }
        var lines = ["\(status.plugin), group \(status.group), store \(status.store)", "  \(lanes.doing)", ""]
        if showsWorkers { lines.append(lanes.table) }
        lines.append(table.text())
        for (key, reason) in lanes.stopped { lines.append("  \(key): \(TerminalText.escaped(reason))\n") }
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
            ("worker", status.lanes.isShared ? .null : .optional(status.lanes.fresh.first?.process)),
            ("state", .text(status.lanes.state)), ("detail", .text(status.lanes.detail)),
            ("lanes", .array(status.lanes.lanes.map(\.json))),
            (
                "partitions",
                .array(
                    status.partitions.map { state in
                        .object([
                            ("topic", .string(state.key.topic)), ("partition", .integer(Int64(state.key.partition))),
                            ("nextOffset", .integer(state.nextOffset)),
                            ("activationOffset", .integer(state.activationOffset)), ("epoch", .integer(state.epoch)),
                            ("state", .string(status.lanes.state(of: state.key))),
                            ("reason", .text(status.lanes.reason(of: state.key))),
                            ("lag", status.lanes.lag(of: state.key).map { .integer($0) } ?? .null),
                            ("worker", .text(status.lanes.owner(of: state.key)?.worker)),
                            ("process", .optional(status.lanes.owner(of: state.key)?.process)),
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

extension JSON {
    fileprivate static func optional(_ number: Int32?) -> JSON { number.map { .integer(Int64($0)) } ?? .null }
}

extension PluginLanes {
    /// One line about the lanes.
    fileprivate var doing: String {
        guard let state else {
            let silent = stale.isEmpty ? "" : " (those below have been silent for long)"
            return isShared
                ? "state: no worker says anything\(silent); this is what the store holds"
                : "state: no worker answers; this is what the store holds"
        }
        let who =
            isShared
            ? Plural.of(Set(fresh.map(\.name)).count, "worker") : "worker process \(fresh.first?.process ?? 0)"
        return "state: \(state), \(who)" + (detail.map { ": \(TerminalText.escaped($0))" } ?? "")
    }

    /// A line for each lane.
    fileprivate var table: String {
        var table = TerminalTable(
            columns: [
                .init("Worker"), .init("Lane", .end), .init("State"), .init("Partitions", .end),
                .init("Records", .end), .init("Heard of"),
            ], direction: .leftToRight)
        for lane in lanes {
            table.addRow([
                lane.name, String(lane.number), lane.isStale ? "stale (\(lane.report.state))" : lane.report.state,
                String(lane.report.partitions.count), String(lane.report.records), "\(Plural.age(lane.age)) ago",
            ])
        }
        return table.text()
    }
}

extension PluginLanes.Lane {
    fileprivate var json: JSON {
        .object([
            ("worker", .text(worker)), ("process", .integer(Int64(process))), ("lane", .count(number)),
            ("state", .string(report.state)), ("detail", .text(report.detail)), ("stale", .bool(isStale)),
            ("age", .integer(age)), ("records", .integer(report.records)),
            (
                "partitions", .array(report.partitions.map { .string("\($0.topic)[\($0.partition)]") })
            ),
        ])
    }
}

extension StatusCommand.Status {
    fileprivate var deadWords: String {
        let parked = letters[.parked] ?? 0
        let dead = letters[.dead] ?? 0
        if parked == 0 { return String(dead) }
        return "\(dead), and \(Plural.of(parked, "event")) parked behind them in \(Plural.of(sequences, "sequence"))"
    }
}
