import Configuration
import KafkaClient
import PluginKit
import ProjectionStore
import Synchronization
import Threads
import WorkerRuntime

/// Stops a worker when nothing is left to do: no lag, nothing to send. Of a partition that is halted nothing can be
/// done, so its records are not waited for.
final class IdleWatch: Sendable {
    private let deployment: Deployment
    private let worker: Worker
    private let found = Mutex<CommandFailure?>(nil)

    init(deployment: Deployment, worker: Worker) {
        self.deployment = deployment
        self.worker = worker
    }

    /// Why the work is not done although the worker was stopped for being idle; nil where it is done.
    var failure: CommandFailure? { found.withLock { $0 } }

    /// A log can end in records that no consumer sees (marks of transactions): a worker that has been idle for this
    /// long is taken to be done.
    private static let patience: Duration = .seconds(10)

    func run(until ended: Gate) {
        var idleSince: Int64?
        while !ended.wait(timeout: .milliseconds(200)) {
            let lanes = worker.lanes
            guard !lanes.isEmpty, lanes.allSatisfy(\.isIdle) else {
                idleSince = nil
                continue
            }
            let since = idleSince ?? MonotonicClock.now
            idleSince = since
            guard let left = try? remaining() else { continue }
            let isPatient = MonotonicClock.now - since > Self.patience.wholeNanoseconds
            if left == 0 || isPatient {
                let halts = halts()
                found.withLock { $0 = halts }
                if left > 0, halts == nil {
                    let words = Plural.of(Int(left), "record or message is", "records or messages are")
                    Output.say("diwan: idle, although \(words) left")
                }
                return worker.stop()
            }
        }
    }

    /// What is halted, by plugin and code; nil where nothing is.
    private func halts() -> CommandFailure? {
        var count = 0
        var lines: [String] = []
        for lane in worker.lanes {
            count += lane.halted.count
            let byCode = Dictionary(grouping: lane.halted.keys.sorted()) { Self.code(lane.halted[$0] ?? "", $0) }
            for (code, partitions) in byCode.sorted(by: { $0.key < $1.key }) {
                lines.append("\n  \(lane.plugin): \(code): \(partitions.joined(separator: ", "))")
            }
        }
        if lines.isEmpty { return nil }
        let partitions = Plural.of(count, "partition is", "partitions are")
        return CommandFailure(
            .unavailable,
            "idle, but \(partitions) halted, and what they hold is not applied; the log says what to do:"
                + lines.joined())
    }

    /// The code that begins a halt's reason; the whole reason where it has none.
    private static func code(_ reason: String, _ partition: String) -> String {
        let first = reason.prefix { $0 != ":" }
        let isCode = first.allSatisfy { $0 == "-" || ("a"..."z").contains($0) }
        if isCode { return String(first) }
        return reason.hasPrefix("\(partition): ") ? String(reason.dropFirst(partition.count + 2)) : reason
    }

    /// Records that no plugin has committed yet, and messages that are still to be sent.
    private func remaining() throws -> Int64 {
        let admin = try Admin(try deployment.kafka())
        defer { admin.close(timeout: .seconds(1)) }
        let metadata = try admin.metadata(timeout: .seconds(5))
        var ends: [TopicPartition: Int64] = [:]
        var left: Int64 = 0
        let halted = worker.lanes.reduce(into: [String: Set<String>]()) { halted, lane in
            halted[lane.plugin, default: []].formUnion(lane.halted.keys)
        }
        for package in deployment.packages {
            guard let reader = try deployment.reader(package) else { return .max }
            defer { reader.close() }
            var next: [TopicPartition: Int64] = [:]
            for state in try reader.partitions() {
                next[TopicPartition(state.key.topic, state.key.partition)] = state.nextOffset
            }
            for topic in topics(package.manifest) {
                for partition in metadata.topic(topic)?.partitions ?? [] {
                    let key = PartitionKey(topic: topic, partition: partition.id)
                    if halted[package.manifest.name]?.contains(key.description) == true { continue }
                    let place = TopicPartition(topic, partition.id)
                    let end = try ends[place] ?? admin.watermarks(place, timeout: .seconds(5)).high
                    ends[place] = end
                    left += max(0, end - (next[place] ?? 0))
                }
            }
            left += Int64(try pending(reader))
        }
        return left
    }

    private func pending(_ reader: any StoreReader) throws -> Int {
        var count = 0
        var after: Int64 = 0
        while true {
            let page = try reader.outbox(limit: 1000, after: after)
            guard let last = page.last else { return count }
            count += page.filter { $0.state == .pending }.count
            after = last.number
        }
    }

    private func topics(_ manifest: Manifest) -> [String] {
        let configuration = deployment.configuration
        var names: [String] = []
        if manifest.events.contains(where: \.fromPeopleTopic) { names += configuration.topics(.people).map(\.name) }
        if manifest.events.contains(where: { !$0.fromPeopleTopic }) {
            names += configuration.topics(.events).map(\.name)
        }
        return names
    }
}
