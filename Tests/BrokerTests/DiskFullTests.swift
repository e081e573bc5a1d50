import Foundation
import KafkaClient
import Testing
import WorkerRuntime
import WorkerTesting

/// The disk with the store is full: another program filled it while the worker was at work, or before it started. The
/// transaction in hand is rolled back, the worker pauses, says that the disk is full, and is not ready. When somebody
/// has made room it goes on by itself, and nothing is missing or there twice.
@Suite(.serialized, .enabled(if: SmallDisk.isPossible), .timeLimit(.minutes(2)))
struct DiskFull {
    @Test func `a full disk pauses the worker until there is room`() async throws {
        try await onOwnThread {
            let disk = try SmallDisk(megabytes: 48)
            let cluster = try MockCluster(topics: [("events", 2)])
            let deployment = try SmallDeployment(
                servers: cluster.bootstrapServers, store: "\(disk.path)/store")
            try deployment.send(5)
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            try disk.fill()
            // Rows enough that the tables themselves must grow: what only passes through the log may find room in pages
            // that are there already.
            try deployment.send(1, of: (0..<8000).map { "synthetic-\($0)" })
            #expect(worker.says("waiting for the store"))
            #expect(worker.says("the disk is full"))
            #expect(worker.becomes { !$0.isReady })
            #expect(worker.failure == nil)
            disk.makeRoom()
            try deployment.expectWhole(worker)
            #expect(worker.becomes { $0.isReady })
            worker.leaves()
            #expect(try deployment.integrity() == "ok")
        }
    }

    @Test func `a worker that starts on a full disk waits for room`() async throws {
        try await onOwnThread {
            let disk = try SmallDisk(megabytes: 48)
            let cluster = try MockCluster(topics: [("events", 2)])
            let deployment = try SmallDeployment(
                servers: cluster.bootstrapServers, store: "\(disk.path)/store")
            try FileManager.default.createDirectory(atPath: "\(disk.path)/store", withIntermediateDirectories: true)
            try deployment.send(5)
            try disk.fill()
            let worker = try deployment.start()
            #expect(worker.says("the disk is full"))
            #expect(!worker.isReady)
            disk.makeRoom()
            try deployment.expectWhole(worker)
            worker.leaves()
            #expect(try deployment.integrity() == "ok")
        }
    }

    /// The tables go on; only deliveries wait.
    @Test func `a full disk under the mail folder pauses mail alone`() async throws {
        try await onOwnThread {
            let disk = try SmallDisk(megabytes: 1)
            let cluster = try MockCluster(topics: [("events", 2), ("people", 1), ("notices", 1)])
            let deployment = try SmallDeployment(
                servers: cluster.bootstrapServers, ledger: Ledger(notifies: true), people: true, notices: "notices",
                maildir: "\(disk.path)/mail")
            try deployment.sendRaw(Ledger.described, key: Ledger.person, topic: "people")
            try disk.fill()
            try deployment.send(5)
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            #expect(try deployment.settles("kafka"))
            #expect(worker.says("delivery to maildir pauses"))
            #expect(worker.isReady)
            disk.makeRoom()
            #expect(try deployment.settles(within: .seconds(30)), "\(deployment.pending) \(worker.log)")
            #expect(deployment.mails().count == 5 * SmallDeployment.keys.count)
            #expect(try deployment.deadLetters().isEmpty)
            worker.leaves()
        }
    }
}
