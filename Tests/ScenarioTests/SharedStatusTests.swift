import Foundation
import Testing
import Threads
import WorkerTesting

extension SharedScenarios {
    /// Two workers share the partitions of a store in PostgreSQL, and the operator wants to know what they do: who reads
    /// what, how far behind. The broker hangs, and they say that they wait for it. One of them loses its power: it is
    /// shown as stale, with its age, and the other has its partitions. That one leaves, and says nothing any more.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct SharedStatus {
        @Test func `status and doctor tell of every worker that shares the store`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka) }
        }

        private static let plugin = "mechanism-directory"

        private static func story(_ kafka: RealKafka) throws {
            let cluster = try PostgresCluster.shared.get()
            let deployment = try TestDeployment.shared("status", plugins: [plugin])
            let first = try deployment.startWorker(environment: ["DIWAN_WORKER_ID": "first"])
            try first.mustSay("worker: ready")
            let second = try deployment.startWorker(environment: ["DIWAN_WORKER_ID": "second"])
            for worker in [first, second] { try worker.mustSay("worker: ready") }
            try deployment.send(try History.events())
            try deployment.waitUntilCaughtUp(while: first)
            try deployment.wait("each is shown with its partitions") {
                let status = try deployment.status()
                return status.state == "running" && status.lanes.count == 2
                    && status.lanes.allSatisfy { $0.state == "running" && !$0.stale && $0.partitions.count == 2 }
                    && status.partitions.count == 4
                    && status.partitions.allSatisfy { $0.lag == 0 && $0.state == "running" }
                    && Set(status.partitions.map(\.worker)) == ["first", "second"]
            }
            let text = try deployment.run(["status"])
            #expect(text.contains("state: running, 2 workers"), "\(text)")
            #expect(text.contains("first, process \(first.processID)"), "\(text)")

            try kafka.pause()
            defer { try? kafka.resume() }
            try deployment.wait("they say what they wait for", within: .seconds(20)) {
                let status = try deployment.status()
                return status.state == "waiting" && status.lanes.allSatisfy { $0.state == "waiting" }
                    && status.detail?.contains("no broker answers") == true
            }
            try kafka.resume()

            first.kill()
            // As if it had been longer ago.
            try cluster.sql(
                """
                UPDATE "diwan_\(deployment.name)_\(plugin)"._worker SET seen = seen - interval '1 minute'
                WHERE worker = 'first'
                """)
            let stale = try deployment.status().lanes.filter(\.stale)
            #expect(stale.map(\.worker) == ["first"] && stale.allSatisfy { $0.age >= 60_000 })
            let doctor = try deployment.answer(["doctor"]).output
            #expect(doctor.contains("nobody has heard of first, process \(first.processID) for "), "\(doctor)")
            try deployment.wait("the other one has all of it") {
                let status = try deployment.status()
                return status.partitions.allSatisfy { $0.worker == "second" && $0.state == "running" }
            }
            #expect(try deployment.run(["status"]).contains("stale ("))

            // Its next run takes the place of what the one before left.
            let again = try deployment.startWorker(environment: ["DIWAN_WORKER_ID": "first"])
            try again.mustSay("worker: ready")
            try deployment.wait("what was stale is gone") {
                let lanes = try deployment.status().lanes
                return lanes.count == 2 && !lanes.contains(where: \.stale)
            }
            try again.leaves()
            try second.leaves()
            let after = try deployment.status()
            #expect(after.lanes.isEmpty && after.state == nil)
            #expect(try deployment.run(["status"]).contains("no worker says anything"))
        }
    }
}

private struct Status: Decodable {
    struct Lane: Decodable {
        let worker: String?
        let state: String
        let stale: Bool
        let age: Int64
        let partitions: [String]
    }
    struct Partition: Decodable {
        let topic: String
        let state: String
        let lag: Int64?
        let worker: String?
    }
    let state: String?
    let detail: String?
    let lanes: [Lane]
    let partitions: [Partition]
}

extension TestDeployment {
    /// What `diwan status` says of the only plugin; of the topic of events alone.
    fileprivate func status() throws -> Status {
        let text = try run(["status", "--format", "json"])
        guard let status = try JSONDecoder().decode([Status].self, from: Data(text.utf8)).first else {
            throw Diwan.Unexpected("status tells of no plugin: \(text)")
        }
        return status
    }
}
