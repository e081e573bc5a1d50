import Foundation
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Testing

@testable import ProjectionStoreSQLite

@Suite("Stores are taken from version to version")
struct UpgradeTests {
    /// The step after those that ship.
    private static let number = SystemSchema.steps.count + 1
    private let next = MigrationStep(
        version: number, minWriter: 1, statements: ["CREATE TABLE _more (x INTEGER) STRICT"])

    private func database(_ folder: TemporaryFolder, _ steps: [MigrationStep]) throws -> SQLiteDatabase {
        let path = folder.path + "/small.sqlite"
        if !FileManager.default.fileExists(atPath: path) {
            try Data().write(to: URL(fileURLWithPath: path))
        }
        let database = try SQLiteDatabase(path: path, mode: .write)
        try migrate(database, steps)
        return database
    }

    private func migrate(_ database: SQLiteDatabase, _ steps: [MigrationStep]) throws {
        let opening = StoreOpening(database: database, plugin: SmallStore.manifest, steps: steps)
        let found = try opening.identity()
        if let found { try opening.checkWritable(found) }
        try database.transaction { () throws(StoreError) in _ = try opening.migrate(found) }
    }

    @Test("A step that expands keeps the identity, and the program before it still writes")
    func expands() throws {
        let folder = try TemporaryFolder()
        let database = try database(folder, SystemSchema.steps)
        let before = try StoreOpening(database: database, plugin: SmallStore.manifest).identity()
        try migrate(database, SystemSchema.steps + [next])
        let after = try StoreOpening(database: database, plugin: SmallStore.manifest).identity()
        #expect(after?.id == before?.id)
        #expect(after?.schemaVersion == Self.number)
        #expect(try database.integer("PRAGMA user_version") == Int64(Self.number))
        #expect(try database.integer("SELECT count(*) FROM _more") == 0)
        try migrate(database, SystemSchema.steps)
        #expect(try StoreOpening(database: database, plugin: SmallStore.manifest).identity() == after)
    }

    @Test("A step that fails leaves the store as it was")
    func fails() throws {
        let folder = try TemporaryFolder()
        let database = try database(folder, SystemSchema.steps)
        let before = try StoreOpening(database: database, plugin: SmallStore.manifest).identity()
        let broken = MigrationStep(
            version: Self.number, minWriter: Self.number, statements: next.statements + ["nonsense"])
        #expect(throws: StoreError.self) { try migrate(database, SystemSchema.steps + [broken]) }
        #expect(try StoreOpening(database: database, plugin: SmallStore.manifest).identity() == before)
        #expect(try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = '_more'") == 0)
    }

    @Test("A store that only a newer program may write is refused, also by a check, and can still be read")
    func newer() throws {
        let folder = try TemporaryFolder()
        let provider = SQLiteStoreProvider(folder: folder.path)
        let ownership = try provider.takeOwnership(waiting: nil)
        defer { ownership.release() }
        try provider.openWriter(SmallStore.manifest, data: [:]).close()
        let database = try SQLiteDatabase(path: folder.path + "/small.sqlite", mode: .write)
        try migrate(
            database, SystemSchema.steps + [MigrationStep(version: Self.number, minWriter: Self.number, statements: [])]
        )
        database.close()
        let opened = #expect(throws: StoreError.self) { try provider.openWriter(SmallStore.manifest, data: [:]) }
        #expect(opened?.code == .newer)
        #expect(opened?.message.contains("upgrade") == true)
        let checked = #expect(throws: StoreError.self) { try provider.check([SmallStore.manifest]) }
        #expect(checked?.code == .newer)
        let reader = try provider.openReader(SmallStore.manifest)
        #expect(try SmallStore.titles(reader).isEmpty)
        reader.close()
    }

    @Test("The steps that ship number themselves without a gap, and demand no writer above themselves")
    func steps() {
        #expect(SystemSchema.steps.map(\.version) == Array(1...SystemSchema.steps.count))
        #expect(SystemSchema.steps.allSatisfy { $0.minWriter <= $0.version })
    }
}
