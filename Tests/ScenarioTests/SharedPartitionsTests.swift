import Foundation
import Testing
import Threads
import WorkerTesting

extension SharedScenarios {
    /// The tables lie in PostgreSQL, and three workers share the partitions. One is taken out of service for an
    /// upgrade, later one loses its power. Each time the others go on with its partitions: at once when it said goodbye,
    /// after the session's timeout when it did not. The tables are, byte for byte, those of one worker with SQLite.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct SharedPartitions {
        @Test func `three workers share the work, and those that stay take over from one that goes`() async throws {
            try await onOwnThread { try Self.story() }
        }

        private static func story() throws {
            let deployment = try TestDeployment.shared("shared", workerExtra: ", lanes: 2", partitions: 6)
            let events = try History.events() + History.synthetic()
            let first = try deployment.startWorker()
            try deployment.send(Array(events.prefix(150)))
            let second = try deployment.startWorker()
            let third = try deployment.startWorker()
            for worker in [first, second, third] { try worker.mustSay("worker: ready") }
            try deployment.send(Array(events.dropFirst(150)))
            try deployment.waitUntilCaughtUp(while: first)
            // All of them had some.
            for worker in [first, second, third] {
                #expect(
                    worker.errors.contains("mechanism-directory/1: reading") || worker.errors.contains("/2: reading"))
            }

            // A clean leave: nobody waits for a timeout.
            let before = second.assignments
            first.terminate()
            #expect(first.wait(.seconds(25)) == .exit(0))
            let deadline = MonotonicClock.deadline(after: .seconds(5))
            while second.assignments == before, MonotonicClock.remaining(until: deadline) != .zero { usleep(50_000) }
            #expect(second.assignments > before, "\(second.errors.suffix(2000))")
            try deployment.send(events)
            try deployment.waitUntilCaughtUp(while: second)

            // A power cut: events flow again within the session's timeout and ten seconds.
            third.kill()
            try deployment.send([try History.meeting(1)] + events)
            try deployment.waitUntilCaughtUp(within: .seconds(16), while: second)
            try second.leaves()
            try deployment.expectUndisturbed()
        }
    }
}
