import Foundation
import KafkaClient
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// A worker is started by a service that allows it fewer open files than it needs. It would come up half-way and wait for
/// a broker and a store that are both there, so it ends at once and says what is missing. With just enough it works; a
/// soft limit that it may raise itself is no matter.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct TooFewDescriptors {
    @Test func `a worker that may open too few files ends at once and says how many it needs`() async throws {
        let place = try Place()
        for count in [8, 20, 44] {
            let worker = try place.worker(soft: count, hard: count)
            #expect(worker.wait(.seconds(20)) == .exit(71), "\(count): \(worker.errors)")
            #expect(worker.errors.contains("may open \(count) files"), "\(count): \(worker.errors)")
            #expect(worker.errors.contains("ulimit -n"))
            #expect(!FileManager.default.fileExists(atPath: place.folder.appendingPathComponent("store").path))
        }
    }

    @Test func `with just enough it works, and a soft limit it raises itself`() async throws {
        let least = Int(DescriptorLimit(lanes: 3, brokers: 1, soft: 0, hard: 0).least)
        let place = try Place()
        for (soft, hard) in [(least, least), (20, 1000)] {
            let worker = try place.worker(soft: soft, hard: hard)
            #expect(worker.says("worker: ready", within: .seconds(30)), "\(worker.errors)")
            #expect(worker.errors.contains("with several brokers it needs") == (hard == least), "\(worker.errors)")
            #expect(!worker.errors.contains("Too many open files"), "\(worker.errors)")
            worker.terminate()
            #expect(worker.wait(.seconds(25)) == .exit(0))
        }
    }

    @Test func `what a worker needs grows with its lanes and its brokers`() throws {
        func limit(_ lanes: Int, _ brokers: Int, _ soft: UInt64, _ hard: UInt64) -> DescriptorLimit {
            DescriptorLimit(lanes: lanes, brokers: brokers, soft: soft, hard: hard)
        }
        #expect(limit(3, 1, 0, 0).least < limit(6, 1, 0, 0).least)
        #expect(limit(3, 1, 0, 0).ample == limit(3, 3, 0, 0).ample)
        #expect(limit(3, 3, 0, 0).ample < limit(3, 9, 0, 0).ample)
        #expect(limit(3, 1, 1024, 4096).raised == nil)
        #expect(limit(3, 1, 20, 4096).raised == limit(3, 1, 0, 0).ample)
        #expect(limit(3, 1, 20, 30).raised == 30)
        #expect(limit(3, 1, 30, 30).raised == nil)
    }
}

/// A deployment of three plugins on a mock cluster.
private final class Place {
    let folder: URL
    private let cluster: MockCluster

    init() throws {
        cluster = try MockCluster(topics: [("iscm.events", 2), ("iscm.people", 1), ("iscm.notices", 1)])
        folder = FileManager.default.temporaryDirectory.appending(path: "diwan-few-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try """
        deployment: few
        kafka:
          bootstrap-servers: [\(cluster.bootstrapServers)]
        topics:
          - {name: iscm.events, role: events}
          - {name: iscm.people, role: people}
          - {name: iscm.notices, role: notices}
        store:
          sqlite: {folder: store}
        plugins:
          mechanism-directory: {}
          notifications: {}
          imrf-digest: {}
        delivery:
          kafka: {}
          maildir: {folder: mail, sender: diwan@example.invalid}

        """.write(to: folder.appending(path: "diwan.yaml"), atomically: true, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func worker(soft: Int, hard: Int) throws -> ChildProcess {
        try ChildProcess(
            program: "/usr/bin/prlimit",
            arguments: [
                "--nofile=\(soft):\(hard)", Diwan.path, "worker", "run", "--config",
                folder.appending(path: "diwan.yaml").path,
            ], folder: folder, name: "worker-\(soft)-\(hard)")
    }
}
