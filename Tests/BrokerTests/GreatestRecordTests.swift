import Foundation
import KafkaClient
import ProjectionStore
import Testing
import WorkerRuntime
import WorkerTesting

/// After a million small events comes one of the greatest size that is allowed, and then one that is a byte longer. The
/// first counts like any other; the second is a dead letter from which it can be had back, and the events behind it are
/// not held up. (50,000 small ones unless `DIWAN_TEST_EVENTS` says how many.)
@Suite(.timeLimit(.minutes(10)))
struct GreatestRecord {
    private static let limit = 900_000

    @Test func `one record of the greatest size after many small ones counts, a longer one is a dead letter`()
        async throws
    {
        let events = ProcessInfo.processInfo.environment["DIWAN_TEST_EVENTS"].flatMap { Int($0) } ?? 50_000
        try await onOwnThread {
            // The mock keeps 5 MB and 100,000 records a partition.
            let cluster = try MockCluster(topics: [("events", 48)])
            var ledger = Ledger()
            ledger.isChained = false
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers, ledger: ledger)
            deployment.settings.eventBytes = Self.limit
            let keys = (0..<100).map { "synthetic-\($0)" }
            try deployment.send(events / keys.count, of: keys)
            let envelope = Ledger.event(keys[0], events / keys.count + 1, padding: 1).count - 1
            try deployment.send(1, of: [keys[0]], padding: Self.limit - envelope)
            let tooLong = Ledger.event("synthetic-long", 1, padding: Self.limit)
            try deployment.sendRaw(tooLong, key: "synthetic-long", topic: "events")
            try deployment.send(3, of: keys)
            let worker = try deployment.start()
            try deployment.expectWhole(within: .seconds(300), worker)
            worker.leaves()
            let letters = try deployment.deadLetters()
            #expect(letters.map(\.content.reason) == ["too-large"])
            #expect(letters.first?.content.value == tooLong)
        }
    }
}
