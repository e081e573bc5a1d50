import Foundation
import Testing
import Threads
import WorkerTesting

/// The broker is down when the worker starts, comes, goes away while the worker is in the middle of its work, and is
/// down when the supervisor asks the worker to leave. None of this is the worker's failure: it waits, says so, is not
/// ready meanwhile, goes on by itself, and leaves in time. A broker of its own, because this one is killed.
@Suite(.serialized, .enabled(if: RealKafka.isAvailable), .timeLimit(.minutes(5)))
struct BrokerAway {
    @Test func `a worker waits for its broker, goes on when it comes, and leaves without it`() async throws {
        try await onOwnThread {
            let kafka = try RealKafka.start()
            defer { try? kafka.stop() }
            let deployment = try TestDeployment("away", bootstrapServers: kafka.bootstrapServers)
            let history = try History.events()
            try deployment.send(Array(history.prefix(140)))

            try kafka.kill()
            let supervisor = try Supervisor()
            let worker = try deployment.startWorker(environment: ["NOTIFY_SOCKET": supervisor.path])
            try worker.mustSay("waiting for Kafka")
            sleep(2)
            #expect(worker.isRunning)
            #expect(!supervisor.hasHeard("READY=1"))

            try kafka.restart()
            try worker.mustSay("worker: ready")
            #expect(supervisor.hears("READY=1"))
            try deployment.waitUntilCaughtUp(while: worker)

            try kafka.kill()
            try worker.mustSay("worker: not ready")
            try worker.mustSay("waiting for Kafka, no broker answers")
            #expect(worker.isRunning)
            try kafka.restart()
            try worker.mustSay("Kafka answers again")
            try deployment.send(Array(history.dropFirst(140)))
            try deployment.waitUntilCaughtUp(while: worker)
            let table = try deployment.run(["projection", "show", "distinct-states", "--format", "csv"])
            #expect(table.contains("124"), "\(table)")

            try kafka.kill()
            let asked = MonotonicClock.now
            worker.terminate()
            #expect(worker.wait(.seconds(27)) == .exit(0), "\(worker.errors.suffix(2000))")
            #expect(MonotonicClock.now - asked < 25_000_000_000)
            #expect(supervisor.hears("STOPPING=1"))
        }
    }
}
