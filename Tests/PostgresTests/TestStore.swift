import PluginKit
import ProjectionStore
import ProjectionStorePostgres
import Synchronization
import Testing
import WorkerTesting

/// A deployment of its own on the shared test cluster, and a small plugin to write with.
struct TestStore {
    let cluster: PostgresCluster
    let deployment: String

    private static let made = Mutex(0)

    init(_ cluster: PostgresCluster? = nil) throws {
        self.cluster = try cluster ?? PostgresCluster.shared.get()
        let number = Self.made.withLock { count in
            count += 1
            return count
        }
        // No name begins another one.
        deployment = "test-\(number)-end"
    }

    func provider(_ queryTimeLimit: Duration = .seconds(5)) -> PostgresStoreProvider {
        PostgresStoreProvider(uri: cluster.uri(), deployment: deployment, queryTimeLimit: queryTimeLimit)
    }

    static let partition = PartitionKey(topic: "iscm.events", partition: 0)

    static func state(next: Int64 = 0, epoch: Int64 = 1) -> PartitionState {
        PartitionState(
            key: partition, nextOffset: next, epoch: epoch, activationOffset: 0, clusterID: "cluster",
            partitionCount: 1, last: nil)
    }

    static func manifest(_ name: String = "small", queries: [QueryDefinition] = []) -> Manifest {
        Manifest(
            name: name, version: 1, summary: LocalizedText(ar: "صغير", en: "Small"), events: [],
            tables: [
                TableDefinition(
                    name: "thing", kind: .rows, owner: "mechanism",
                    columns: [
                        ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
                        ColumnDefinition(name: "title", type: .text), ColumnDefinition(name: "amount", type: .integer),
                        ColumnDefinition(name: "open", type: .boolean),
                    ], keyCount: 1, isReference: false, identity: [])
            ], queries: queries)
    }

    /// Puts rows of the table `thing`; a title of nil is null.
    static func put(
        _ rows: [(mechanism: String, title: String?, amount: Int64?)], _ writer: any StoreWriter
    ) throws {
        let bytes = ByteBuffer()
        let changes = try rows.sorted { $0.mechanism.utf8.lexicographicallyPrecedes($1.mechanism.utf8) }.map { row in
            let start = bytes.count
            try RowCodec.appendKey(.string(row.mechanism), to: bytes)
            let middle = bytes.count
            for cell in [Cell(row.title), Cell(row.amount), 1] { try RowCodec.appendValue(cell, to: bytes) }
            return RowChange(kind: .put, key: start..<middle, values: middle..<bytes.count)
        }
        try writer.apply(table: 0, changes: changes, bytes: bytes)
    }

    static func count(_ writer: any StoreWriter) throws -> Int {
        try writer.rows(table: 0, prefix: UnsafeBufferPointer(start: nil, count: 0)).count
    }

    static func query(_ select: String, parameters: [String] = []) -> QueryDefinition {
        QueryDefinition(
            name: "test", title: LocalizedText(ar: "تجربة", en: "Test"), visibility: .public, columns: [],
            parameters: parameters, select: select)
    }
}

extension StoreWriter {
    func transaction(_ body: () throws -> Void) throws {
        try begin()
        do {
            try body()
        } catch {
            rollback()
            throw error
        }
        try commit()
    }
}

/// The code with which `body` failed; nil when it did not.
func code(_ body: () throws -> Void) -> StoreError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? StoreError)?.code
    }
}

/// Expects `body` to fail with the code.
func fails(
    _ wanted: StoreError.Code, at location: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let found = code(body)
    #expect(found == wanted, sourceLocation: location)
}
