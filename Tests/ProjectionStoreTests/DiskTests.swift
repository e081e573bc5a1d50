import Foundation
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Testing

@testable import ProjectionStoreSQLite

@Suite("A disk that is full, read-only or holds something else")
struct DiskTests {
    @Test(
        "A full disk makes the store unavailable, keeps what was committed, and lets it go on when there is room",
        .enabled(if: TemporaryFolder.canMount, "mounting a small file system needs root"))
    func fullDisk() throws {
        let folder = try TemporaryFolder(megabytes: 8)
        let provider = SQLiteStoreProvider(folder: folder.path + "/store", cacheBytes: 1 << 20)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try provider.openWriter(SmallStore.manifest, data: [:])
        defer { writer.close() }
        try SmallStore.commit([("kept", "whole")], to: writer)
        let filler = folder.path + "/filler"
        #expect(try run("dd", "if=/dev/zero", "of=\(filler)", "bs=16k") != 0, "the disk did not fill up")
        let page = String(repeating: "x", count: 15_000)
        for attempt in 0..<3 {
            let error = #expect(throws: StoreError.self, "attempt \(attempt)") {
                try SmallStore.commit((0..<200).map { ("row\($0)", page) }, to: writer)
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("free space") == true)
        }
        #expect(throws: StoreError.self) { try provider.check([SmallStore.manifest]) }
        let reader = try provider.openReader(SmallStore.manifest)
        defer { reader.close() }
        #expect(try SmallStore.titles(reader) == ["kept": "whole"])
        try FileManager.default.removeItem(atPath: filler)
        try SmallStore.commit([("later", "written")], to: writer)
        #expect(try SmallStore.titles(reader) == ["kept": "whole", "later": "written"])
        let database = try SQLiteDatabase(path: folder.path + "/store/small.sqlite", mode: .read)
        #expect(try database.text("PRAGMA integrity_check") == "ok")
    }

    @Test(
        "On a read-only file system nothing can be owned, and what lies there can be read",
        .enabled(if: TemporaryFolder.canMount, "mounting a file system needs root"))
    func readOnly() throws {
        let folder = try TemporaryFolder(megabytes: 40)
        let provider = SQLiteStoreProvider(folder: folder.path + "/store")
        let ownership = try provider.takeOwnership(waiting: nil)
        let writer = try provider.openWriter(SmallStore.manifest, data: [:])
        try SmallStore.commit([("a", "readable")], to: writer)
        writer.close()
        ownership.release()
        try provider.check([SmallStore.manifest])
        try folder.makeReadOnly()
        for attempt in [
            { () throws in _ = try provider.takeOwnership(waiting: nil) },
            { () throws in try provider.check([SmallStore.manifest]) },
            { () throws in _ = try SQLiteStoreProvider(folder: folder.path + "/new").takeOwnership(waiting: nil) },
        ] {
            let error = #expect(throws: StoreError.self) { try attempt() }
            #expect(error?.code == .notWritable)
        }
        let reader = try provider.openReader(SmallStore.manifest)
        defer { reader.close() }
        #expect(try SmallStore.titles(reader) == ["a": "readable"])
    }

    @Test("A folder that is a file, or lies under one, is not writable")
    func notAFolder() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/file"
        try Data("x".utf8).write(to: URL(fileURLWithPath: file))
        for path in [file, file + "/store"] {
            let provider = SQLiteStoreProvider(folder: path)
            let taken = #expect(throws: StoreError.self) { try provider.takeOwnership(waiting: nil) }
            #expect(taken?.code == .notWritable)
            let checked = #expect(throws: StoreError.self) { try provider.check([SmallStore.manifest]) }
            #expect(checked?.code == .notWritable)
        }
    }

    @Test("A check changes nothing, also where there is nothing yet")
    func checkChangesNothing() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/not/yet"
        if case .some(let error) = Result(catching: { try SQLiteStoreProvider(folder: path).check([]) }).failure {
            // A machine that is nearly full says so; it makes nothing either.
            #expect((error as? StoreError)?.code == .unavailable)
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/not"))
    }

    @Test("A file that is no store of ours is refused with advice, for reading and for writing")
    func foreignFiles() throws {
        let folder = try TemporaryFolder()
        let provider = SQLiteStoreProvider(folder: folder.path)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let path = folder.path + "/small.sqlite"
        func refuse(_ what: String, _ make: () throws -> Void) throws {
            for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
            try make()
            let written = #expect(throws: StoreError.self, "\(what)") {
                try provider.openWriter(SmallStore.manifest, data: [:])
            }
            #expect(written?.code == .corrupt, "\(what): \(written?.message ?? "")")
            #expect(written?.message.contains("move") == true || written?.message.contains("name back") == true)
            let read = #expect(throws: StoreError.self, "\(what)") { try provider.openReader(SmallStore.manifest) }
            #expect(read?.code == .corrupt, "\(what): \(read?.message ?? "")")
        }
        try refuse("text") {
            try Data(String(repeating: "not a database ", count: 500).utf8).write(to: URL(fileURLWithPath: path))
        }
        try refuse("another program's database") {
            try Data().write(to: URL(fileURLWithPath: path))
            let database = try SQLiteDatabase(path: path, mode: .write)
            try database.execute("CREATE TABLE theirs (x)")
        }
        try refuse("another plugin's store") {
            let other = Manifest(
                name: "other", version: 1, summary: SmallStore.manifest.summary, events: [], tables: [])
            try provider.openWriter(other, data: [:]).close()
            try FileManager.default.copyItem(atPath: folder.path + "/other.sqlite", toPath: path)
        }
    }

    @Test("A store whose making was cut short is made anew")
    func cutShort() throws {
        let folder = try TemporaryFolder()
        let provider = SQLiteStoreProvider(folder: folder.path)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let path = folder.path + "/small.sqlite"
        try Data().write(to: URL(fileURLWithPath: path))
        let database = try SQLiteDatabase(path: path, mode: .write)
        try database.execute("PRAGMA journal_mode = WAL")
        database.close()
        let absent = #expect(throws: StoreError.self) { try provider.openReader(SmallStore.manifest) }
        #expect(absent?.code == .absent)
        let writer = try provider.openWriter(SmallStore.manifest, data: [:])
        try SmallStore.commit([("a", "t")], to: writer)
        writer.close()
    }

    @Test("Another program that writes makes the store unavailable until it ends")
    func foreignWriter() throws {
        let folder = try TemporaryFolder()
        let provider = SQLiteStoreProvider(folder: folder.path)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try provider.openWriter(SmallStore.manifest, data: [:])
        defer { writer.close() }
        let intruder = try SQLiteDatabase(path: folder.path + "/small.sqlite", mode: .write)
        try intruder.begin()
        let error = #expect(throws: StoreError.self) { try writer.begin() }
        #expect(error?.code == .unavailable)
        intruder.rollback()
        try SmallStore.commit([("a", "t")], to: writer)
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { return error }
        return nil
    }
}
