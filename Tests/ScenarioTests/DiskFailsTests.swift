import Foundation
import KafkaClient
import ProjectionStore
import Testing
import WorkerTesting

/// The disk with the store answers a write or a flush with an input/output error, once. What it kept of that nobody can
/// know, so the worker writes nothing more: it ends with 74 and says that the disk fails. Whoever starts it again finds
/// a whole database with every transaction that was committed, and goes on from there.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct DiskFails {
    private static let plugin = "mechanism-directory"

    @Test func `a write or flush that fails ends the worker, and the next start is clean`() async throws {
        try await onOwnThread { try Self.story() }
    }

    private static func story() throws {
        let cluster = try MockCluster()
        let deployment = try TestDeployment.onMock("ill", cluster) { options in
            options.plugins = [plugin]
            options.durability = "full"
            options.extra = "limits: {batch-events: 10}\n"
        }
        guard let disk = try FailingDisk.make(in: deployment.folder) else { return }
        let history = try History.events()
        let failures: [(FailingDisk.Call, Int)] = [
            // While the database is made; in the middle of a transaction; where a transaction is made to last.
            (.write, 5), (.write, 30), (.flush, 4),
        ]
        var sent = 0
        for (call, number) in failures {
            let worker = try deployment.startWorker(environment: disk.environment(call, at: number))
            // One after the other, so that there are many transactions.
            while worker.wait(.milliseconds(400)) == nil, sent + 12 < history.count {
                try deployment.send(Array(history[sent..<sent + 12]))
                sent += 12
            }
            let end = worker.wait(.seconds(20))
            #expect(end == .exit(74), "\(call) \(number): \(String(describing: end)) \(worker.errors.suffix(2000))")
            #expect(worker.errors.contains("the disk fails"), "\(call) \(number): \(worker.errors.suffix(2000))")
            #expect(worker.errors.contains("\(plugin).sqlite"))
            if FileManager.default.fileExists(atPath: deployment.databaseFile(plugin).path) {
                #expect(try deployment.sql(plugin, "PRAGMA integrity_check") == "ok", "\(call) \(number)")
            }
        }
        try deployment.send(Array(history[sent...]))
        try deployment.workThrough()
        #expect(try deployment.sql(plugin, "PRAGMA integrity_check") == "ok")
        #expect(try deployment.sql(plugin, "SELECT count(*) FROM member__facts") == "159")
        #expect(try deployment.withStore(of: plugin) { try $0.counters()["duplicates"] ?? 0 } == 0)
    }
}
