import ProjectionStore
import ProjectionStorePostgres
import Testing
import WorkerTesting

@Suite("PostgreSQL keeps every promise of a store", .enabled(if: PostgresCluster.isAvailable))
struct PostgresConformanceTests {
    @Test(arguments: StoreConformance.cases)
    func conforms(_ promise: StoreConformance.Case) async throws {
        try await onOwnThread { try promise.run(TestStore().provider()) }
    }
}
