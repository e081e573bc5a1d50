import Testing
import WorkerTesting

extension Scenarios {
    /// Somebody starts a worker by hand although the service runs already. It must not touch the store: it ends and
    /// names who holds it. With `--standby` it waits instead, and when the service is killed it takes over, also what
    /// came while nobody worked.
    @Suite struct SecondWorker {
        @Test func `a second worker ends with 75 and names the holder`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment("second", bootstrapServers: kafka.bootstrapServers)
                let first = try deployment.startWorker()
                try first.mustSay("worker: ready")
                let second = try deployment.startWorker()
                #expect(second.wait(.seconds(20)) == .exit(75))
                #expect(second.errors.contains("process \(first.processID)"), "\(second.errors)")
                #expect(second.errors.contains("--standby"))
                #expect(first.isRunning)
                try first.leaves()
            }
        }

        @Test func `a standby takes over when the holder is killed`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment("standby", bootstrapServers: kafka.bootstrapServers)
                let history = try History.events()
                let first = try deployment.startWorker()
                try deployment.send(Array(history.prefix(100)))
                try deployment.waitUntilCaughtUp(while: first)
                let standby = try deployment.startWorker(standby: true)
                try standby.mustSay("standing by: the store is held by process \(first.processID)")
                try deployment.send(Array(history.dropFirst(100)))
                #expect(first.kill() == .signal(9))
                try standby.mustSay("worker: ready", within: .seconds(16))
                try deployment.waitUntilCaughtUp(while: standby)
                let table = try deployment.run(["projection", "show", "mechanisms-by-type", "--format", "csv"])
                #expect(table.contains("15"), "\(table)")
                try standby.leaves()
            }
        }

        @Test func `a standby that is asked to leave leaves, and the holder works on`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment("standby", bootstrapServers: kafka.bootstrapServers)
                let first = try deployment.startWorker()
                try first.mustSay("worker: ready")
                let standby = try deployment.startWorker(standby: true)
                try standby.mustSay("standing by")
                try standby.leaves()
                #expect(first.isRunning)
                try first.leaves()
            }
        }
    }
}
