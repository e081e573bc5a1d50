import Foundation
import KafkaClient
import ProjectionStore
import Testing
import Threads
import WorkerTesting

extension TestDeployment {
    /// Runs a worker until there is nothing left to do and asks it to leave; returns its log.
    @discardableResult
    func workThrough() throws -> String {
        let worker = try startWorker()
        try waitUntilCaughtUp(while: worker)
        // One that has nothing to do is through before it has begun to listen to signals.
        _ = worker.says("worker: ready", within: .seconds(10))
        try worker.leaves()
        return worker.errors
    }

    /// Takes files of the store away and puts others there; no worker may run.
    func replaceStore(by folder: URL?) throws {
        try FileManager.default.removeItem(at: storeFolder)
        if let folder { try FileManager.default.copyItem(at: folder, to: storeFolder) }
    }

    /// A copy of the store as it is now, as a backup would make it while no worker runs.
    func copyStore(_ name: String) throws -> URL {
        let copy = folder.appendingPathComponent(name)
        try FileManager.default.copyItem(at: storeFolder, to: copy)
        return copy
    }

    /// The ids of messages that wait for the operator.
    func held(_ plugin: String) throws -> [String] {
        try withStore(of: plugin) { store in
            try store.outbox(limit: 10_000, after: 0).filter { $0.state == .held }.map(\.content.id)
        }
    }

    func group(_ plugin: String) -> String { "diwan.\(name).\(plugin).1" }

    /// Where a plugin stands in each partition of a topic.
    func offsets(_ plugin: String, topic: String) throws -> [Int32: Int64] {
        try withStore(of: plugin) { store in
            Dictionary(
                uniqueKeysWithValues: try store.partitions().filter { $0.key.topic == topic }.map {
                    ($0.key.partition, $0.nextOffset)
                })
        }
    }

    /// Runs statements on a plugin's database, as somebody with a tool would; with SQLite no worker may run.
    @discardableResult
    func sql(_ plugin: String, _ statement: String) throws -> String {
        if case .postgres = options.store {
            return try PostgresCluster.shared.get().sql(
                "SET search_path = \"diwan_\(name)_\(plugin)\"; \(statement)")
        }
        let script = """
            import sqlite3, sys
            database = sqlite3.connect(sys.argv[1], timeout=10)
            for row in database.execute(sys.argv[2]): print(*row)
            database.commit()
            """
        let name = "sql-\(UUID().uuidString.prefix(8))"
        let process = try ChildProcess(
            program: "/usr/bin/env",
            arguments: ["python3", "-c", script, databaseFile(plugin).path, statement], folder: folder, name: name)
        guard process.wait() == .exit(0) else { throw Diwan.Unexpected("\(statement): \(process.errors)") }
        return process.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Waits until a worker has taken the store, or has died.
    func waitUntilHeld(by worker: ChildProcess) throws {
        let deadline = MonotonicClock.deadline(after: .seconds(20))
        let lock = storeFolder.appendingPathComponent("diwan.lock")
        while worker.isRunning {
            let holder = (try? String(contentsOf: lock, encoding: .utf8)) ?? ""
            if holder.contains("process \(worker.processID) ") { return }
            if MonotonicClock.remaining(until: deadline) == .zero {
                throw Diwan.Unexpected("the worker did not take the store: held by \(holder); \(worker.errors)")
            }
            usleep(5_000)
        }
    }

    func databaseFile(_ plugin: String) -> URL { storeFolder.appendingPathComponent("\(plugin).sqlite") }
}

extension ChildProcess {
    /// Asks it to leave, and expects that it does so in order and in time.
    func leaves(sourceLocation: SourceLocation = #_sourceLocation) throws {
        terminate()
        let end = wait(.seconds(25))
        #expect(end == .exit(0), "\(errors.suffix(3000))", sourceLocation: sourceLocation)
    }

    /// Expects that it says a text.
    func mustSay(
        _ text: String, within timeout: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try #require(says(text, within: timeout), "\(text) in: \(errors.suffix(3000))", sourceLocation: sourceLocation)
    }
}
