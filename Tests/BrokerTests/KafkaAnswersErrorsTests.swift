import Glibc
import KafkaClient
import Testing
import Threads
import WorkerRuntime
import WorkerTesting

/// Kafka answers every kind of request with every kind of error, one after the other: leaders and coordinators that are
/// none, storage errors, connections cut in the middle of an answer. What can pass is waited for; what cannot ends the
/// worker or halts the partition, and says so. In no case is an event lost, doubled or out of order.
@Suite(.serialized, .timeLimit(.minutes(4)))
struct KafkaAnswersErrors {
    /// Kafka's own numbers; below -1 librdkafka's, with which the mock cuts the connection instead.
    static let cut: Int32 = -195

    @Test func `errors of a fetch are waited out`() async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 2)])
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers)
            let worker = try deployment.start()
            try deployment.send(1)
            try deployment.expectWhole(worker, "before")
            // Unknown, corrupt, unknown topic, no leader, not the leader, timed out, not available, no replica,
            // connection lost, storage, fenced and unknown leader epoch, offset not available.
            for error in [-1, 2, 3, 5, 6, 7, 8, 9, 13, 56, 74, 76, 78, Self.cut] as [Int32] {
                try cluster.failNext(.fetch, with: [error])
                try deployment.send(1)
                try deployment.expectWhole(worker, "fetch answered \(error):")
                try cluster.clearFailures(.fetch)
            }
            #expect(worker.worker.lanes.first?.halted.isEmpty == true)
            worker.leaves()
        }
    }

    @Test func `an offset that Kafka calls out of range halts the partition, and the next start reads on`() async throws
    {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 1)])
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers)
            try deployment.send(3)
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            try cluster.failNext(.fetch, with: [1])
            #expect(worker.becomes { $0.halted["events[0]"] != nil })
            #expect(worker.says("offset-out-of-range: events[0]"))
            #expect(!worker.isReady)
            try deployment.send(3)
            worker.leaves()
            let next = try deployment.start()
            try deployment.expectWhole(next)
            #expect(next.becomes { $0.isReady })
            next.leaves()
        }
    }

    @Test(
        arguments: [(MockCluster.Request.fetch, 29), (.offsetFetch, 30), (.metadata, 29)]
            as [(MockCluster.Request, Int32)])
    func `a right that was withdrawn ends the worker, and nothing is lost when it is back`(
        _ request: MockCluster.Request, _ error: Int32
    ) async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 1)])
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers)
            try deployment.send(3)
            if request == .metadata {
                try cluster.setTopicError("events", error)
            } else {
                try cluster.failNext(request, with: Array(repeating: error, count: 20))
            }
            let worker = try deployment.start()
            let failure = worker.fails()
            #expect(failure?.kind == .credentials, "\(request): \(failure?.message ?? "it went on"); \(worker.log)")
            #expect(failure?.message.contains("ACL") == true, "\(failure?.message ?? "")")
            try cluster.clearFailures(request)
            try cluster.setTopicError("events", 0)
            let next = try deployment.start()
            try deployment.expectWhole(next)
            next.leaves()
        }
    }

    @Test func `a lag report that fails is made again, and holds up nothing`() async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 2)])
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers)
            let worker = try deployment.start()
            // Metadata too large, coordinator loading, none, another, illegal generation, unknown member, rebalance,
            // offset too large, timed out, group's right withdrawn.
            for error in [12, 14, 15, 16, 22, 25, 27, 28, 7, 30, Self.cut] as [Int32] {
                try cluster.failNext(.offsetCommit, with: [error])
                try deployment.send(1)
                try deployment.expectWhole(worker, "a commit answered \(error):")
                try cluster.clearFailures(.offsetCommit)
            }
            let reported = try Self.waitForReport(deployment, partitions: 2)
            #expect(reported == SmallDeployment.keys.count * 11, "\(worker.log)")
            worker.leaves()
        }
    }

    /// The sum of the offsets that the group holds, once it is what the store holds.
    private static func waitForReport(_ deployment: SmallDeployment, partitions: Int32) throws -> Int {
        let consumer = try Consumer(deployment.settings.kafka, group: "diwan.small.ledger.1")
        defer { consumer.close(timeout: .seconds(2)) }
        let places = (0..<partitions).map { TopicPartition("events", $0) }
        let wanted = deployment.sent.values.reduce(0, +)
        var sum = 0
        for _ in 0..<300 {
            sum = try consumer.committed(places, timeout: .seconds(10)).reduce(0) { $0 + Int($1.offset ?? 0) }
            if sum == wanted { break }
            usleep(100_000)
        }
        return sum
    }

    @Test(
        arguments: [
            (.offsetFetch, [14, 15, 16, 88, -1, cut]), (.findCoordinator, [14, 15, cut]),
            (.listOffsets, [3, 5, 6, 7, 9, 56, 74, 76, cut]), (.metadata, [cut]),
        ] as [(MockCluster.Request, [Int32])])
    func `errors while coming up are waited out`(_ request: MockCluster.Request, _ errors: [Int32]) async throws {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 2)])
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers)
            try deployment.send(3)
            try cluster.failNext(request, with: errors)
            let worker = try deployment.start()
            try deployment.expectWhole(worker, "\(request) answered \(errors):")
            #expect(worker.becomes { $0.isReady })
            worker.leaves()
        }
    }
}
