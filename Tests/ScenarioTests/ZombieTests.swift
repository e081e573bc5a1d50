import Foundation
import ProjectionStore
import Testing
import Threads
import WorkerTesting

extension SharedScenarios {
    /// A worker's machine freezes for longer than the session's timeout, in the middle of its work, and then goes on as
    /// if nothing had happened. Meanwhile another one has its partitions. What the sleeper still wants to write finds
    /// another owner's epoch: no row, a rollback, and it steps aside.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct Zombie {
        @Test func `a worker that slept through its session steps aside, and nothing counts twice`() async throws {
            try await onOwnThread {
                let deployment = try TestDeployment.shared("zombie", plugins: ["mechanism-directory", "notifications"])
                let events = try History.events() + History.synthetic()
                let sleeper = try deployment.startWorker()
                try sleeper.mustSay("worker: ready")
                try deployment.send(Array(events.prefix(60)))
                sleeper.signal(SIGSTOP)
                let other = try deployment.startWorker()
                try other.mustSay("worker: ready", within: .seconds(45))
                try deployment.send(Array(events.dropFirst(60)))
                try deployment.waitUntilCaughtUp(while: other)
                sleeper.signal(SIGCONT)
                // The group tells it, or the store does, whoever comes first.
                let deadline = MonotonicClock.deadline(after: .seconds(20))
                func hasSteppedAside() -> Bool {
                    sleeper.errors.contains("the group took") || sleeper.errors.contains("does not stand where")
                }
                while !hasSteppedAside(), MonotonicClock.remaining(until: deadline) != .zero { usleep(50_000) }
                #expect(hasSteppedAside(), "\(sleeper.errors.suffix(3000))")
                try deployment.send([try History.meeting(1)])
                try deployment.waitUntilCaughtUp(while: other)
                try sleeper.leaves()
                try other.leaves()
                try deployment.expectUndisturbed()
            }
        }

        @Test func `a partition that somebody else takes is taken back three times, then left to the operator`()
            async throws
        {
            try await onOwnThread {
                let plugin = "mechanism-directory"
                let deployment = try TestDeployment.shared("thief", plugins: [plugin], partitions: 1)
                let history = try History.events()
                try deployment.send(Array(history.prefix(50)))
                let worker = try deployment.startWorker()
                try deployment.waitUntilCaughtUp(while: worker)
                try worker.mustSay("worker: ready")
                // A second program on the same store, outside the group: what two clusters of one name would be.
                let thief = try deployment.provider.openWriter(
                    try TestPlugins.manifest(plugin), data: try TestPlugins.data(plugin))
                defer { thief.close() }
                for round in 1...3 {
                    try Self.steal(thief)
                    try deployment.send([history[50 + round]])
                    try deployment.waitUntilCaughtUp(while: worker)
                    try worker.mustSay("worker: ready")
                }
                try Self.steal(thief)
                try worker.mustSay("fenced: \(deployment.topics.events)[0]")
                try worker.mustSay("worker: not ready")
                let reached = try deployment.offsets(plugin, topic: deployment.topics.events)
                try deployment.send([history[60]])
                sleep(3)
                #expect(try deployment.offsets(plugin, topic: deployment.topics.events) == reached)
                try worker.leaves()
            }
        }

        private static func steal(_ writer: any StoreWriter) throws {
            try writer.begin()
            for state in try writer.partitions() {
                var taken = state
                taken.epoch += 1
                let isTaken = try writer.claim(taken, replacing: state.epoch)
                #expect(isTaken)
            }
            try writer.commit()
        }
    }
}
