import Foundation
import ProjectionStore
import Testing
import WorkerRuntime
import WorkerTesting

extension Scenarios {
    /// Nobody looks after a failed announcement, and the source moves the meeting again and again. At the limit of one
    /// sequence its partition is no longer read: nothing is lost, the store grows no further, the worker says so, and
    /// other partitions go on as ever. Once the operator discards the announcement, what waited is
    /// handled in order and the partition goes on by itself.
    @Suite struct ParkedLimit {
        @Test(arguments: StoreKind.available)
        func `a sequence that fills its limit pauses its partition alone, until there is room`(_ store: StoreKind)
            async throws
        {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka, store) }
        }

        private static let plugin = "notifications"
        private static let count = 200
        private static let limit = 120

        private static func story(_ kafka: RealKafka, _ store: StoreKind) throws {
            var options = TestDeployment.Options()
            options.plugins = [plugin]
            options.store = try store.store()
            options.extra = "limits: {parked-per-sequence: \(limit), parked: 1000}\n"
            let deployment = try TestDeployment("limit", bootstrapServers: kafka.bootstrapServers, options: options)
            try deployment.send(try History.synthetic())
            try deployment.workThrough()
            try deployment.send(
                [try History.impossibleMeeting(1)] + (1..<count).map { History.moved(1, $0) } + [
                    try History.meeting(2)
                ])
            let ends = try deployment.ends()
            let worker = try deployment.startWorker()
            try worker.mustSay("parked-limit: ", within: .seconds(120))
            // A worker that shares its store tells of itself every few seconds.
            try deployment.wait("told to whoever asks") { (try? deployment.lane(plugin).paused.isEmpty) == false }
            let paused = try deployment.lane(plugin).paused
            #expect(paused.count == 1)
            #expect(paused.values.first?.hasPrefix("paused: parked-limit: ") == true)
            #expect(paused.values.first?.contains("behind dead letter 1") == true)
            #expect(paused.values.first?.contains("limits.parked-per-sequence") == true)
            #expect(try parked(deployment) == limit)
            // Before the event that found no room, everything is committed; behind it, nothing.
            #expect(try reached(deployment) == ends - Int64(count - limit + 1))
            // Keys of other partitions, among them: handled while this one waits.
            let before = try reached(deployment)
            try deployment.send((0..<12).map { History.moved(3, 1, mechanism: "mechanism-\($0)") })
            try deployment.wait("another partition flows") { try reached(deployment) > before }
            #expect(try parked(deployment) == limit)
            #expect(worker.isRunning)

            let outcomes = try #require(try deployment.ask(plugin, .discard, [1]))
            #expect(outcomes.last?.isFinished == true)
            try deployment.waitUntilCaughtUp(while: worker)
            try deployment.wait("no longer paused") { try deployment.lane(plugin).paused.isEmpty }
            #expect(worker.errors.contains("is no longer paused"))
            try worker.leaves()
            #expect(try parked(deployment) == 0)
            let changes = try deployment.sql(
                plugin, "SELECT count(*) FROM meeting_change__facts WHERE event_id LIKE 'synthetic/moved/1/%'")
            #expect(changes == String(count - 1))
            // In the order in which they came.
            let order = try deployment.sql(plugin, "SELECT letter FROM _audit WHERE action = 'redrive' ORDER BY number")
            #expect(order == (2..<limit + 1).map { String($0) }.joined(separator: "\n"))
        }

        private static func parked(_ deployment: TestDeployment) throws -> Int {
            try deployment.withStore(of: plugin) { try $0.parkedCount(owner: nil) }
        }

        private static func reached(_ deployment: TestDeployment) throws -> Int64 {
            try deployment.withStore(of: plugin) { try $0.partitions().reduce(0) { $0 + $1.nextOffset } }
        }
    }
}

extension TestDeployment {
    /// How many records the topics of events and people hold.
    fileprivate func ends() throws -> Int64 {
        Int64(try values(of: topics.events).count + values(of: topics.people).count)
    }
}
