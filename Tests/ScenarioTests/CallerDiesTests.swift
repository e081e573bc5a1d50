import Foundation
import Glibc
import ProjectionStore
import Testing
import Threads
import WorkerTesting

extension Scenarios {
    /// The operator edits an announcement behind which many changes wait, and the terminal dies in the middle of
    /// it. What was done in finished steps is done; the worker goes on with the rest by itself, in order, each once, and
    /// is none the worse for it. Who asks again hears that there is nothing left to do.
    @Suite struct CallerDies {
        @Test(arguments: StoreKind.available)
        func `a command whose caller is killed between two steps leaves nothing half done`(_ store: StoreKind)
            async throws
        {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka, store) }
        }

        private static let plugin = "notifications"
        private static let count = 250

        private static func story(_ kafka: RealKafka, _ store: StoreKind) throws {
            var options = TestDeployment.Options()
            options.plugins = [plugin]
            options.store = try store.store()
            let deployment = try TestDeployment("caller", bootstrapServers: kafka.bootstrapServers, options: options)
            try deployment.send(
                try History.synthetic() + [History.impossibleMeeting(1)] + (1..<count).map { History.moved(1, $0) })
            let worker = try deployment.startWorker()
            try deployment.waitUntilCaughtUp(while: worker)
            #expect(try redriven(deployment) == 0)
            let edited = deployment.folder.appendingPathComponent("edited.json")
            try History.meeting(1).write(to: edited, atomically: true, encoding: .utf8)
            let words = [
                "dead-letters", "edit", "1", "--plugin", plugin, "--file", edited.path, "--why", "a day that exists",
            ]

            let caller = try ChildProcess(
                program: Diwan.path, arguments: words + ["--config", deployment.configurationFile],
                folder: deployment.folder, name: "caller")
            try deployment.wait("the first step is done") { try caller.end != nil || redriven(deployment) > 0 }
            #expect(caller.kill() == .signal(SIGKILL), "\(caller.output)\(caller.errors)")
            let then = try redriven(deployment)
            print("\(store): the caller was killed when \(then) of \(count) were redriven")
            #expect(then > 0 && then < count)

            try deployment.wait("the rest is done by the worker", within: .seconds(120)) {
                try redriven(deployment) == count
            }
            #expect(worker.isRunning)
            #expect(worker.errors.contains("going on with the interrupted replay") || store == .postgres)
            let again = try deployment.run(["dead-letters", "redrive", "1", "--plugin", plugin, "--why", "once more"])
            #expect(again.contains("is settled already, nothing is done twice"), "\(again)")
            try worker.leaves()
            let order = try deployment.sql(
                plugin, "SELECT letter FROM _audit WHERE action = 'redrive' AND letter > 1 ORDER BY number")
            #expect(order == (2...count).map { String($0) }.joined(separator: "\n"))
            let changes = try deployment.sql(
                plugin, "SELECT count(*) FROM meeting_change__facts WHERE event_id LIKE 'synthetic/moved/1/%'")
            #expect(changes == String(count - 1))
            #expect(
                try deployment.withStore(of: plugin) { try $0.deadLetterCounts()[.redriven] } == count)
        }

        private static func redriven(_ deployment: TestDeployment) throws -> Int {
            try deployment.withStore(of: plugin) { try $0.deadLetterCounts()[.redriven] ?? 0 }
        }
    }
}
