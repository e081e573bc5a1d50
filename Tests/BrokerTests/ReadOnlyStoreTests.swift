import Foundation
import KafkaClient
import Testing
import WorkerRuntime
import WorkerTesting

/// Somebody protects the store's files while the worker runs (`chattr +i`; for an ordinary user it would be the rights
/// of a new owner). Waiting cannot mend that: the worker rolls back and ends, saying which file and what to do, and so
/// does every start until the files may be written again. Then everything is there, once and in order.
@Suite(.enabled(if: Immutable.isPossible), .timeLimit(.minutes(2)))
struct StoreMadeReadOnly {
    @Test func `a store made read-only under a running worker ends it, and the next one finds everything`() async throws
    {
        try await onOwnThread {
            let cluster = try MockCluster(topics: [("events", 2)])
            let deployment = try SmallDeployment(servers: cluster.bootstrapServers)
            try deployment.send(5)
            let worker = try deployment.start()
            try deployment.expectWhole(worker)
            let files = ["", "-wal"].map { "\(deployment.storeFolder)/ledger.sqlite\($0)" }
            #expect(Immutable.set(files, true))
            defer { _ = Immutable.set(files, false) }
            try deployment.send(5)
            let failure = worker.fails()
            #expect(failure?.kind == .storeNotWritable, "\(failure?.message ?? "it went on"); \(worker.log)")
            #expect(failure?.message.contains("ledger.sqlite") == true)
            #expect(failure?.message.contains("the right to write") == true)
            let next = try deployment.start().fails()
            #expect(next?.kind == .storeNotWritable, "\(next?.message ?? "it went on")")

            #expect(Immutable.set(files, false))
            let last = try deployment.start()
            try deployment.expectWhole(last)
            last.leaves()
            #expect(try deployment.integrity() == "ok")
        }
    }
}

/// Protects files even against root.
enum Immutable {
    static func set(_ files: [String], _ isProtected: Bool) -> Bool {
        let folder = FileManager.default.temporaryDirectory
        let process = try? ChildProcess(
            program: "/usr/bin/env", arguments: ["chattr", isProtected ? "+i" : "-i"] + files, folder: folder,
            name: "chattr-\(UUID().uuidString)")
        return process?.wait(.seconds(10)) == .exit(0)
    }

    /// Root is above the rights of files, so only this stops it; it takes a file system that knows it.
    static let isPossible: Bool = {
        let file = FileManager.default.temporaryDirectory.appending(path: "diwan-chattr-\(UUID().uuidString)").path
        _ = FileManager.default.createFile(atPath: file, contents: nil)
        defer { try? FileManager.default.removeItem(atPath: file) }
        if set([file], true), set([file], false) { return true }
        print("SKIPPED: the test of a store made read-only, because chattr +i needs root and a file system that has it")
        return false
    }()
}
