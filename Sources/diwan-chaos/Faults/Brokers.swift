import KafkaClient
import Threads
import WorkerTesting

/// The three brokers, of which at most one is down at a time: two copies of everything must stay.
final class Brokers {
    private let site: Site
    /// Whether leaders may be elsewhere than where they are preferred to be.
    private(set) var areDisplaced = false

    init(_ site: Site) { self.site = site }

    func kill(_ broker: Int) throws {
        try site.kafka.kill(broker: broker)
        areDisplaced = true
    }

    func restart(_ broker: Int) throws { try site.kafka.restart(broker: broker) }

    /// The broker (from 0) that coordinates the workers' group.
    func coordinator() throws -> Int? {
        // As Kafka does: the group's hash decides which partition of the offsets topic holds it.
        var hash: Int32 = 0
        for unit in site.group.utf16 { hash = 31 &* hash &+ Int32(unit) }
        let topic = try metadata().topic("__consumer_offsets")
        guard let partitions = topic?.partitions, !partitions.isEmpty else { return nil }
        let partition = (hash & Int32.max) % Int32(partitions.count)
        return partitions.first { $0.id == partition }.map { Int($0.leader) }
    }

    /// Moves leaders to the brokers that are preferred for them.
    func elect() throws {
        _ = try site.kafka.tool("leader-election", ["--election-type", "preferred", "--all-topic-partitions"])
        areDisplaced = false
    }

    /// Waits until every copy of every partition is up to date, so that the next broker may fall.
    ///
    /// - Returns: false when it took too long.
    func waitUntilWhole(within timeout: Duration = .seconds(90), tick: () throws -> Void) throws -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        while true {
            let found = try? metadata()
            let partitions = found?.topics.flatMap(\.partitions) ?? []
            if found?.brokers.count == 3, partitions.allSatisfy({ $0.inSync.count == $0.replicas.count }) {
                return true
            }
            if MonotonicClock.remaining(until: deadline) == .zero { return false }
            try tick()
            Pause.milliseconds(200)
        }
    }

    private func metadata() throws -> ClusterMetadata {
        let admin = try Admin(site.kafkaConfiguration)
        defer { admin.close(timeout: .seconds(1)) }
        return try admin.metadata(timeout: .seconds(5))
    }
}
