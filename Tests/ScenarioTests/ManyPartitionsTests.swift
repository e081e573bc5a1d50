import Foundation
import KafkaClient
import Testing
import Threads
import WorkerTesting

/// Somebody has made the topic of events with 200 partitions, and three plugins read all of them, with a backlog of
/// long events in each. The worker is ready soon, stays within its memory, reads everything, and every table is what it
/// is with a single partition.
@Suite(.timeLimit(.minutes(4)))
struct ManyPartitions {
    @Test func `two hundred partitions are read within the budget, and give the tables that one gives`() async throws {
        try await onOwnThread { try Self.story() }
    }

    private static func story() throws {
        let cluster = try MockCluster()
        let many = try deployment("many", cluster, partitions: 200)
        let one = try deployment("one", cluster, partitions: 1)
        let history = try History.events() + History.synthetic()
        for deployment in [many, one] { try deployment.send(history) }
        // A backlog that is much more than the budget, were it all held at once.
        for start in stride(from: 0, to: 20_000, by: 2000) {
            try many.produce((start..<start + 2000).map { Self.long($0) })
        }
        let began = MonotonicClock.now
        let worker = try many.startWorker()
        try worker.mustSay("worker: ready")
        #expect(MonotonicClock.now - began < 20_000_000_000)
        try many.waitUntilCaughtUp(while: worker)
        let peak = try worker.peakMemory()
        print("200 partitions, 3 plugins: at most \(peak >> 20) MiB")
        #expect(peak < 200 << 20, "\(peak >> 20) MiB; limits.memory is 150MiB")
        try worker.leaves()

        try one.workThrough()
        for name in try one.projectionNames() {
            let command = ["projection", "show", name, "--format", "csv"]
            #expect(try many.run(command) == one.run(command), "\(name)")
        }
        #expect(try many.sql("mechanism-directory", "SELECT count(*) FROM member__facts") == "159")
    }

    private static func deployment(_ stem: String, _ cluster: MockCluster, partitions: Int) throws -> TestDeployment {
        let topics = TestDeployment.Topics(
            events: "\(stem).events", people: "\(stem).people", notices: "\(stem).notices")
        try cluster.createTopic(topics.events, partitions: partitions)
        try cluster.createTopic(topics.people, partitions: 4)
        try cluster.createTopic(topics.notices, partitions: 2)
        return try .onMock(stem, cluster, topics: topics) { $0.maildir = false }
    }

    /// An event of a type that nobody here knows, so that it changes no table.
    private static func long(_ number: Int) -> RawRecord {
        let key = "synthetic-\(number % 1000)"
        let text =
            #"{"specversion":"1.0","id":"long/\#(number)","source":"urn:diwan:synthetic","#
            + #""type":"com.example.photo","partitionkey":"\#(key)","data":"\#(String(repeating: "x", count: 8000))"}"#
        return RawRecord(key: key, value: Array(text.utf8))
    }
}
