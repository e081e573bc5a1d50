import Foundation
import Testing
import WorkerTesting

extension SharedScenarios {
    /// An operator restarts workers one after the other and does not want every restart to move partitions twice: with
    /// `static-membership` the group keeps a worker's partitions for it until the session's timeout.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct StaticMember {
        @Test func `a restart within the session's timeout moves nothing`() async throws {
            try await onOwnThread {
                let deployment = try TestDeployment.shared(
                    "static", plugins: ["mechanism-directory"], workerExtra: ", static-membership: true, id: none")
                let history = try History.events()
                func start(_ id: String) throws -> ChildProcess {
                    try deployment.startWorker(environment: ["DIWAN_WORKER_ID": id])
                }
                let steady = try start("steady")
                let first = try start("moving")
                for worker in [steady, first] { try worker.mustSay("worker: ready") }
                try deployment.send(Array(history.prefix(100)))
                try deployment.waitUntilCaughtUp(while: steady)
                let before = steady.assignments
                try first.leaves()
                let second = try start("moving")
                try second.mustSay("worker: ready", within: .seconds(20))
                try deployment.send(Array(history.dropFirst(100)))
                try deployment.waitUntilCaughtUp(while: steady)
                #expect(steady.assignments == before, "\(steady.errors)")
                #expect(second.assignments == 1, "\(second.errors)")
                try steady.leaves()
                try second.leaves()
            }
        }
    }
}
