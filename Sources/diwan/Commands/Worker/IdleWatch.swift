import Configuration
import KafkaClient
import PluginKit
import ProjectionStore
import Threads
import WorkerRuntime

/// Stops a worker when nothing is left to do: no lag, nothing to send.
struct IdleWatch: Sendable {
    let deployment: Deployment
    let worker: Worker

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
                if left > 0 { Output.say("diwan: idle, although \(left) records or messages are left") }
                return worker.stop()
            }
        }
    }

    /// Records that no plugin has committed yet, and messages that are still to be sent.
    private func remaining() throws -> Int64 {
        let admin = try Admin(try deployment.kafka())
        defer { admin.close(timeout: .seconds(1)) }
        let metadata = try admin.metadata(timeout: .seconds(5))
        var ends: [TopicPartition: Int64] = [:]
        var left: Int64 = 0
        for package in deployment.packages {
            guard let reader = try deployment.reader(package) else { return .max }
            defer { reader.close() }
            var next: [TopicPartition: Int64] = [:]
            for state in try reader.partitions() {
                next[TopicPartition(state.key.topic, state.key.partition)] = state.nextOffset
            }
            for topic in topics(package.manifest) {
                for partition in metadata.topic(topic)?.partitions ?? [] {
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
