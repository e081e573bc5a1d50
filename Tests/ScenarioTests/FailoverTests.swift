import Foundation
import Testing
import Threads
import WorkerTesting

extension SharedScenarios {
    /// The database's machine burns down in the middle of the work. A second server has had everything by streaming
    /// replication before the first one called it committed; whoever watches over them makes it the primary. The
    /// workers know both addresses: they go on with the one that takes writes, and nobody can tell from the tables.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct Failover {
        @Test func `workers go on with the standby that became the primary, and nothing is lost or doubled`()
            async throws
        {
            try await onOwnThread {
                let primary = try PostgresCluster()
                let standby = try PostgresCluster(standbyOf: primary)
                let deployment = try TestDeployment.shared(
                    "failover", uri: PostgresCluster.uri([primary, standby], user: PostgresCluster.worker))
                let events = try History.events() + History.synthetic()
                let workers = try (0..<2).map { _ in try deployment.startWorker() }
                for worker in workers { try worker.mustSay("worker: ready") }
                try deployment.send(Array(events.prefix(150)))
                try deployment.waitUntilCaughtUp(while: workers[0])
                // While it goes, and while nobody takes writes.
                try deployment.send(Array(events[150..<250]))
                try primary.kill()
                try deployment.send(Array(events.dropFirst(250)))
                for worker in workers { try worker.mustSay("worker: not ready", within: .seconds(12)) }
                let promoted = MonotonicClock.now
                try standby.promote()
                try deployment.waitUntilCaughtUp(within: .seconds(30), while: workers[0])
                print(
                    "after the promotion everything was taken in after \((MonotonicClock.now - promoted) / 1_000_000) ms"
                )
                #expect(MonotonicClock.now - promoted < 16_000_000_000)
                try deployment.send(events + [History.meeting(1)])
                try deployment.waitUntilCaughtUp(within: .seconds(30), while: workers[1])
                for worker in workers {
                    #expect(worker.isRunning)
                    try worker.leaves()
                }
                #expect(try standby.sql("SELECT pg_is_in_recovery()") == "f")
                try deployment.expectUndisturbed()
            }
        }
    }
}
