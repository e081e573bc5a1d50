import Foundation
import Testing
import Threads
import WorkerTesting

extension SharedScenarios {
    /// The database has a bad day: it is killed and recovers from its log while events arrive, and an administrator ends
    /// the worker's sessions. The worker is not ready while it lasts, stays alive, and goes on by itself with the whole
    /// transactions that were interrupted; after a `kill -9` and a start at once, events flow again within the session's
    /// timeout and ten seconds.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct PostgresAway {
        @Test func `a database that crashes and cuts sessions under load loses and doubles nothing`() async throws {
            try await onOwnThread {
                let cluster = try PostgresCluster()
                let deployment = try TestDeployment.shared("away", uri: cluster.uri(user: PostgresCluster.worker))
                let events = try History.events() + History.synthetic()
                let worker = try deployment.startWorker()
                try worker.mustSay("worker: ready")
                try deployment.send(Array(events.prefix(100)))
                for part in 0..<3 {
                    try deployment.send(Array(events[100 + part * 40..<140 + part * 40]))
                    try cluster.cutConnections(named: "diwan writer")
                }
                try cluster.stop(.immediate)
                try worker.mustSay("worker: not ready", within: .seconds(10))
                try deployment.send(Array(events.dropFirst(220)))
                #expect(worker.isRunning)
                try cluster.start()
                try deployment.waitUntilCaughtUp(within: .seconds(30), while: worker)
                let deadline = MonotonicClock.deadline(after: .seconds(10))
                while !worker.errors.trimmingCharacters(in: .newlines).hasSuffix("worker: ready"),
                    MonotonicClock.remaining(until: deadline) != .zero
                {
                    usleep(100_000)
                }
                try deployment.send(events)
                let killed = MonotonicClock.now
                try cluster.kill()
                try cluster.start()
                try deployment.send([try History.meeting(1)])
                try deployment.waitUntilCaughtUp(within: .seconds(30), while: worker)
                let taken = MonotonicClock.now - killed
                print("after a kill -9 of PostgreSQL everything was taken in after \(taken / 1_000_000) ms")
                #expect(taken < 16_000_000_000)
                try worker.leaves()
                try deployment.expectUndisturbed()
            }
        }

        /// Rule 22: the partitions are given to a worker whose database is away. The group does not wait for it, and
        /// it begins to read when the database answers.
        @Test func `partitions that are given while the database is away are read when it answers`() async throws {
            try await onOwnThread {
                let cluster = try PostgresCluster()
                let deployment = try TestDeployment.shared(
                    "given", uri: cluster.uri(user: PostgresCluster.worker), plugins: ["mechanism-directory"])
                let history = try History.events()
                try deployment.send(history)
                let first = try deployment.startWorker()
                let second = try deployment.startWorker()
                for worker in [first, second] { try worker.mustSay("worker: ready") }
                try deployment.waitUntilCaughtUp(while: first)
                try cluster.stop(.immediate)
                let before = second.assignments
                first.terminate()
                #expect(first.wait(.seconds(25)) == .exit(0))
                let deadline = MonotonicClock.deadline(after: .seconds(15))
                while second.assignments == before, MonotonicClock.remaining(until: deadline) != .zero {
                    usleep(50_000)
                }
                #expect(second.assignments > before, "\(second.errors.suffix(2000))")
                try second.mustSay("partitions can be read")
                try deployment.send(
                    history.prefix(10).map { $0.replacingOccurrences(of: "\"id\":\"", with: "\"id\":\"later-") })
                try cluster.start()
                try deployment.waitUntilCaughtUp(within: .seconds(30), while: second)
                try second.leaves()
            }
        }
    }
}
