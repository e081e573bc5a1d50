import ProjectionStore
import ProjectionStoreSQLite
import Testing
import WorkerTesting

@Suite("SQLite keeps every promise of a store")
struct SQLiteConformanceTests {
    @Test(arguments: StoreConformance.cases)
    func conforms(_ promise: StoreConformance.Case) throws {
        let folder = try TemporaryFolder()
        try promise.run(SQLiteStoreProvider(folder: folder.path + "/store", cacheBytes: 4 << 20))
    }
}
