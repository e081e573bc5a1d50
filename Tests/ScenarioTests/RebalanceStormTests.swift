import Foundation
import Testing
import WorkerTesting

extension SharedScenarios {
    /// An orchestrator goes mad: it starts and stops workers every other second, some with a signal, some with `kill
    /// -9`, while events arrive. The group shares out the partitions again and again, and every partition changes hands
    /// in the middle of its transactions. Nothing is lost, nothing counts twice, no mail is written twice.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct RebalanceStorm {
        /// Joins and leaves; each is a rebalance of every group.
        private static let rounds = 6

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
                let joining = try deployment.startWorker()
                try deployment.send(Array(events[events.count * round / rounds..<events.count * (round + 1) / rounds]))
                try joining.mustSay("the group gives")
                usleep(UInt32.random(in: 0...300_000, using: &random))
                others.append(joining)
                let leaving = others.remove(at: Int.random(in: 0..<others.count, using: &random))
                // Who dies is missed only when its session ends.
                if round % 3 == 1 {
                    leaving.kill()
                } else {
                    leaving.terminate()
                    left.append(leaving)
                }
            }
            for worker in others { worker.terminate() }
            for worker in left + others {
                #expect(worker.wait(.seconds(25)) == .exit(0), "\(worker.errors.suffix(2000))")
            }
            try deployment.waitUntilCaughtUp(while: steady)
            #expect(steady.assignments > 2, "no storm: \(steady.errors)")
            try steady.leaves()
            try deployment.expectUndisturbed()
        }
    }
}
