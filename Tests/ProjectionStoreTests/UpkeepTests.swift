import Foundation
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Testing

@testable import ProjectionStoreSQLite

@Suite("Upkeep of a SQLite store")
struct UpkeepTests {
    private func size(_ file: String) -> Int64 { StoreFolder.size(of: file) ?? -1 }

    @Test("Only the worker moves its log: soon when live, later when behind")
    func checkpoints() throws {
        let folder = try TemporaryFolder()
        let provider = SQLiteStoreProvider(folder: folder.path)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try provider.openWriter(SmallStore.manifest, data: [:])
        defer { writer.close() }
        let file = folder.path + "/small.sqlite"
        let empty = size(file)
        let page = String(repeating: "x", count: 15_000)
        try SmallStore.commit((0..<700).map { ("row\($0)", page) }, to: writer)
        let reader = try provider.openReader(SmallStore.manifest)
        #expect(try SmallStore.titles(reader).count == 700)
        reader.close()
        try writer.checkpoint(behind: true)
        #expect(size(file) == empty, "8 MB are nothing to a worker that is behind")
        try writer.checkpoint(behind: false)
        #expect(size(file) > empty + 8_000_000)
        let log = size(file + "-wal")
        try SmallStore.commit([("row", page)], to: writer)
        #expect(size(file + "-wal") == log, "the log begins anew")
        try writer.checkpoint(behind: false)
        #expect(try SmallStore.titles(provider.openReader(SmallStore.manifest)).count == 701)
    }

    @Test("What was erased is in no file any more: not the row, not its older versions, not the log")
    func erasedBytes() throws {
        let folder = try TemporaryFolder()
        let provider = SQLiteStoreProvider(folder: folder.path)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try provider.openWriter(SmallStore.ofPeople, data: [:])
        defer { writer.close() }
        let secret = "secret-of-a-person"
        try SmallStore.commit((0..<50).map { ("other\($0)", "title") }, to: writer)
        // Each version is shorter than the one before, so that its place does not cover the older one's.
        for round in 1...4 {
            try SmallStore.commit([("person-1", String(repeating: secret, count: 160 / round))], to: writer)
            try writer.checkpoint(behind: false)
        }
        func holds(_ text: String) throws -> Bool {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).contains { name in
                let url = URL(fileURLWithPath: "\(folder.path)/\(name)")
                return try Data(contentsOf: url).range(of: Data(text.utf8)) != nil
            }
        }
        #expect(try holds(secret))
        try writer.begin()
        try writer.erase(owner: "person-1", at: 1)
        try writer.commit()
        #expect(try !holds(secret))
        #expect(try holds("title"))
    }

    @Test("An erasure while somebody reads leaves the log at the next checkpoint after")
    func erasedBesideReader() throws {
        let folder = try TemporaryFolder()
        let provider = SQLiteStoreProvider(folder: folder.path)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try provider.openWriter(SmallStore.ofPeople, data: [:])
        defer { writer.close() }
        try SmallStore.commit([("person-1", "secret")], to: writer)
        let log = folder.path + "/small.sqlite-wal"
        let reader = try provider.openReader(SmallStore.ofPeople)
        try reader.snapshot {
            try writer.begin()
            try writer.erase(owner: "person-1", at: 1)
            try writer.commit()
            #expect(try SmallStore.titles(reader) == ["person-1": "secret"])
            #expect(size(log) > 0)
        }
        reader.close()
        try writer.checkpoint(behind: true)
        #expect(size(log) == 0)
    }

    @Test("A query that does not end is stopped, and the reader goes on", .timeLimit(.minutes(1)))
    func runawayQuery() throws {
        let folder = try TemporaryFolder()
        let provider = SQLiteStoreProvider(folder: folder.path, queryTimeLimit: .milliseconds(200))
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try provider.openWriter(SmallStore.manifest, data: [:])
        defer { writer.close() }
        let reader = try provider.openReader(SmallStore.manifest)
        defer { reader.close() }
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        let error = #expect(throws: StoreError.self) {
            try reader.query(SmallStore.query(endless), asOf: nil, parameters: [:])
        }
        #expect(error?.code == .query)
        #expect(error?.message.contains("too long") == true)
        #expect(try SmallStore.titles(reader).isEmpty)
    }

    @Test("What is still to be sent is found without looking at what was")
    func outboxIndex() throws {
        let folder = try TemporaryFolder()
        let provider = SQLiteStoreProvider(folder: folder.path)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        try provider.openWriter(SmallStore.manifest, data: [:]).close()
        let database = try SQLiteDatabase(path: folder.path + "/small.sqlite", mode: .read)
        let plan = try SQLiteStatement(
            database,
            "EXPLAIN QUERY PLAN \(SystemRows.outbox) WHERE \(SystemSchema.openOutbox) AND number > ? ORDER BY number",
            isPersistent: false)
        defer { plan.finalize() }
        #expect(try plan.step())
        #expect(plan.text(3).contains("_outbox_open"), "\(plan.text(3))")
    }
}
