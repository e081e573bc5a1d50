import Foundation
import Testing
import WorkerTesting

extension Scenarios {
    /// An orchestrator goes mad: it starts and stops workers every other second, some with a signal, some with `kill
    /// -9`, while events arrive. The group shares out the partitions again and again, and every partition changes hands
    /// in the middle of its transactions. Nothing is lost, nothing counts twice, no mail is written twice.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct RebalanceStorm {
        /// Joins and leaves; each is a rebalance of every group.
        private static let rounds = 7

        @Test func `workers that come and go all the time leave what one undisturbed worker leaves`() async throws {
            try await onOwnThread { try Self.story() }
        }

        private static func story() throws {
            var random = SeededGenerator(from: "DIWAN_CHAOS_SEED")
            print("seed of the storm: \(random.seed)")
            let deployment = try TestDeployment.shared("storm", plugins: ["mechanism-directory", "notifications"])
            let events = try History.events() + History.synthetic()
            let steady = try deployment.startWorker()
            var others: [ChildProcess] = []
            var left: [ChildProcess] = []
            for round in 0..<rounds {
                others.append(try deployment.startWorker())
                try deployment.send(Array(events[events.count * round / rounds..<events.count * (round + 1) / rounds]))
                usleep(UInt32.random(in: 100_000...900_000, using: &random))
                guard others.count > 1 || round > 1 else { continue }
                let leaving = others.remove(at: Int.random(in: 0..<others.count, using: &random))
                if Bool.random(using: &random) {
                    leaving.terminate()
                    left.append(leaving)
                } else {
                    leaving.kill()
                }
            }
            for worker in others { worker.terminate() }
            for worker in left + others {
                // One that was not up yet knew no better way to go.
                let end = worker.wait(.seconds(25))
                #expect(end == .exit(0) || end == .signal(SIGTERM), "\(worker.errors.suffix(2000))")
            }
            try deployment.waitUntilCaughtUp(while: steady)
            #expect(steady.assignments > 2, "no storm: \(steady.errors)")
            try steady.leaves()
            try deployment.expectUndisturbed()
        }
    }
}
