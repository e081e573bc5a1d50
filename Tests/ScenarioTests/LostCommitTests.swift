import Testing
import WorkerTesting

extension Scenarios {
    /// The network loses the database's answer to a COMMIT, again and again. The transaction may be in the store or not,
    /// and the worker cannot know: it reads the offset and goes on from there. Doing the work again blindly would count
    /// events twice; with dedupe switched off nothing else would notice.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct LostCommit {
        @Test func `an answer to COMMIT that is lost has nothing done twice and nothing left out`() async throws {
            try await onOwnThread {
                let cluster = try PostgresCluster.shared.get()
                let proxy = try TCPProxy(to: cluster.port)
                defer { proxy.close() }
                let deployment = try TestDeployment.shared(
                    "lost-commit", plugins: ["mechanism-directory"], partitions: 1)
                let history = try History.events()
                let address = "postgresql://\(PostgresCluster.worker)@127.0.0.1:\(proxy.port)/postgres"
                let worker = try deployment.startWorker(environment: [
                    "DIWAN_STORE_POSTGRES_URI": address, "DIWAN_DEDUPE_ENABLED": "false",
                ])
                try worker.mustSay("worker: ready")
                for part in 0..<6 {
                    let before = proxy.swallowedReplies
                    proxy.swallowReply(after: .text("COMMIT"))
                    try deployment.send(Array(history[part * 40..<part * 40 + 40]))
                    #expect(proxy.waitForSwallowedReply(beyond: before, within: .seconds(20)))
                    try deployment.waitUntilCaughtUp(within: .seconds(40), while: worker)
                }
                try worker.leaves()
                try deployment.expectUndisturbed()
            }
        }
    }
}
