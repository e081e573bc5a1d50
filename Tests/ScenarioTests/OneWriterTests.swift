import Foundation
import Testing
import WorkerTesting

extension Scenarios {
    /// A faulty supervisor starts several workers at the same moment, again and again, while people look at tables.
    /// Each time exactly one of them works; it is killed, and the next race begins. The database files stay whole.
    @Suite struct OneWriter {
        @Test func `of workers started at once one writes, and the database stays whole`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment("race", bootstrapServers: kafka.bootstrapServers)
                let history = try History.events()
                for round in 0..<5 {
                    try deployment.send(Array(history[history.count * round / 5..<history.count * (round + 1) / 5]))
                    let racers = try (0..<4).map { _ in try deployment.startWorker() }
                    let winner = try #require(Self.winner(of: racers), "round \(round)")
                    for racer in racers where racer !== winner {
                        #expect(racer.wait() == .exit(75), "\(racer.errors)")
                        #expect(racer.errors.contains("process \(winner.processID)"), "\(racer.errors)")
                    }
                    try winner.mustSay("partitions assigned")
                    for _ in 0..<2 {
                        let answer = try deployment.answer(["projection", "show", "distinct-states"])
                        #expect(answer.end == .exit(0) || round == 0, "\(answer.errors)")
                    }
                    #expect(winner.kill() == .signal(SIGKILL))
                    for plugin in TestPlugins.names { try Self.isWhole(plugin, deployment) }
                }
                try deployment.workThrough()
                for plugin in TestPlugins.names { try Self.isWhole(plugin, deployment) }
                #expect(try deployment.sql("mechanism-directory", "SELECT count(*) FROM member__facts") == "159")
            }
        }

        /// The only one that is still there when all others have ended.
        private static func winner(of racers: [ChildProcess]) -> ChildProcess? {
            for _ in 0..<1000 {
                let running = racers.filter(\.isRunning)
                if running.count == 1 { return running.first }
                if running.isEmpty { return nil }
                usleep(20_000)
            }
            return nil
        }

        private static func isWhole(_ plugin: String, _ deployment: TestDeployment) throws {
            guard FileManager.default.fileExists(atPath: deployment.databaseFile(plugin).path) else { return }
            #expect(try deployment.sql(plugin, "PRAGMA integrity_check") == "ok", "\(plugin)")
        }
    }
}
