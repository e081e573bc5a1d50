import Foundation
import ProjectionStore
import ProjectionStoreSQLite
import Testing

@testable import ProjectionStoreSQLite

@Suite("A worker that dies leaves a whole store")
struct CrashTests {
    /// A worker in a process of its own that commits one row and dies within the next transaction, after pages of it
    /// have gone to the log.
    private func killWithinTransaction(_ folder: String) async {
        await #expect(processExitsWith: .signal(SIGKILL)) { [folder] in
            let provider = SQLiteStoreProvider(folder: folder, cacheBytes: 1 << 20)
            let ownership = try provider.takeOwnership(waiting: nil)
            let writer = try provider.openWriter(SmallStore.manifest, data: [:])
            try SmallStore.commit([("kept", "whole")], to: writer)
            try writer.begin()
            try SmallStore.put((0..<400).map { ("lost\($0)", String(repeating: "x", count: 10_000)) }, into: writer)
            withExtendedLifetime(ownership) { _ = kill(getpid(), SIGKILL) }
        }
    }

    @Test("kill -9 within a transaction: the next worker takes over, nothing of it is there, nothing is damaged")
    func killed() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await killWithinTransaction(path)
        let provider = SQLiteStoreProvider(folder: path)
        let log = try Data(contentsOf: URL(fileURLWithPath: path + "/small.sqlite-wal"))
        #expect(log.count > 1 << 20, "the transaction was too small to reach the log")
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try provider.openWriter(SmallStore.manifest, data: [:])
        defer { writer.close() }
        let reader = try provider.openReader(SmallStore.manifest)
        defer { reader.close() }
        #expect(try SmallStore.titles(reader) == ["kept": "whole"])
        try SmallStore.commit([("next", "goes on")], to: writer)
        #expect(try SmallStore.titles(reader).count == 2)
        let database = try SQLiteDatabase(path: path + "/small.sqlite", mode: .read)
        #expect(try database.text("PRAGMA integrity_check") == "ok")
    }

    @Test("A reader of a store whose worker died moves nothing of the log, not even when it closes last")
    func readerMovesNothing() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        await killWithinTransaction(path)
        func files() throws -> [Data] {
            try ["small.sqlite", "small.sqlite-wal"].map { try Data(contentsOf: URL(fileURLWithPath: "\(path)/\($0)")) }
        }
        let before = try files()
        let reader = try SQLiteStoreProvider(folder: path).openReader(SmallStore.manifest)
        #expect(try SmallStore.titles(reader) == ["kept": "whole"])
        reader.close()
        #expect(try files() == before)
    }

    @Test("Readers see only whole transactions while the worker writes and checkpoints")
    func readersBesideWriter() throws {
        let folder = try TemporaryFolder()
        let provider = SQLiteStoreProvider(folder: folder.path, cacheBytes: 1 << 20)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let rounds = 300
        let first = try provider.openWriter(SmallStore.manifest, data: [:])
        try SmallStore.commit([("a", "0"), ("b", "0")], to: first)
        first.close()
        DispatchQueue.concurrentPerform(iterations: 3) { worker in
            do {
                if worker == 0 {
                    let writer = try provider.openWriter(SmallStore.manifest, data: [:])
                    let padding = String(repeating: "x", count: 50_000)
                    for round in 1...rounds {
                        let filler = (0..<5).map { ("filler\($0)", padding) }
                        try SmallStore.commit([("a", "\(round)"), ("b", "\(round)")] + filler, to: writer)
                        try writer.checkpoint(behind: false)
                    }
                    writer.close()
                    return
                }
                var seen = 0
                while seen < rounds {
                    // Opened anew each time, also in the moments in which the writer opens and closes.
                    let reader = try provider.openReader(SmallStore.manifest)
                    defer { reader.close() }
                    let titles = try SmallStore.titles(reader)
                    #expect(titles["a"] == titles["b"])
                    let now = titles["a"].flatMap { Int($0) } ?? -1
                    #expect(now >= seen)
                    seen = max(now, seen)
                    if now < 0 { break }
                }
            } catch {
                Issue.record(error)
            }
        }
        let database = try SQLiteDatabase(path: folder.path + "/small.sqlite", mode: .read)
        #expect(try database.text("PRAGMA integrity_check") == "ok")
    }
}
