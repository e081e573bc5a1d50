import PluginKit
import ProjectionStore
import ProjectionStorePostgres
import Testing
import WorkerTesting

@Suite("What a writer takes for new and is not", .enabled(if: PostgresCluster.isAvailable))
struct KnownKeysTests {
    private static func rows(_ count: Int, _ title: String) -> [(mechanism: String, title: String?, amount: Int64?)] {
        (0..<count).map { ("m\($0)", title, Int64($0)) }
    }

    @Test("rows that somebody put there behind its back cost one more attempt, and nothing else")
    func foreignRows() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let writer = try store.provider().openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            try writer.transaction { try TestStore.put(Self.rows(600, "first"), writer) }
            let schema = "diwan_\(store.deployment)_small"
            try store.cluster.sql("INSERT INTO \"\(schema)\".thing (mechanism, title) VALUES ('m700', 'foreign')")
            fails(.retry) { try writer.transaction { try TestStore.put(Self.rows(1_000, "second"), writer) } }
            #expect(try TestStore.count(writer) == 601)
            try writer.transaction { try TestStore.put(Self.rows(1_000, "second"), writer) }
            let titles = try store.cluster.sql("SELECT count(*) FROM \"\(schema)\".thing WHERE title = 'second'")
            #expect(titles == "1000")
        }
    }

    @Test("events that somebody noted behind its back cost one more attempt, and nothing else")
    func foreignEvents() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let writer = try store.provider().openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            let events = (0..<1_000).map { number in
                AppliedEvent(
                    fingerprint: Fingerprint(high: UInt64(number) << 50, low: UInt64(number)),
                    content: Fingerprint(high: 1, low: 2), recordTime: 3)
            }
            let schema = "diwan_\(store.deployment)_small"
            try store.cluster.sql(
                "INSERT INTO \"\(schema)\"._applied VALUES ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), 1)"
            )
            fails(.retry) { try writer.transaction { try writer.recordApplied(events) } }
            try writer.transaction { try writer.recordApplied(events) }
            #expect(try writer.applied(events[0].fingerprint) == events[0].content)
            #expect(try store.cluster.sql("SELECT count(*) FROM \"\(schema)\"._applied") == "1000")
        }
    }

    @Test("a connection that is cut while rows are copied undoes them, and the next transaction goes on")
    func cutWhileCopying() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let writer = try store.provider().openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            let rows = Self.rows(20_000, String(repeating: "long ", count: 20))
            try writer.begin()
            try TestStore.put(rows, writer)
            #expect(try store.cluster.cutConnections(named: "for \(store.deployment)") == 1)
            fails(.unavailable) {
                try TestStore.put(Self.rows(20_000, "more"), writer)
                try writer.commit()
            }
            writer.rollback()
            #expect(try TestStore.count(writer) == 0)
            try writer.transaction { try TestStore.put(rows, writer) }
            #expect(try TestStore.count(writer) == 20_000)
        }
    }

    @Test("a worker that is frozen while it copies rows is ended by whoever needs those rows")
    func frozenWhileCopying() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let rows = Self.rows(5_000, String(repeating: "long ", count: 20))
            let frozen = try store.provider().openWriter(TestStore.manifest(), data: [:])
            defer { frozen.close() }
            let other = try store.provider().openWriter(TestStore.manifest(), data: [:])
            defer { other.close() }
            try frozen.begin()
            // More than what is kept back, less than all.
            try TestStore.put(rows, frozen)
            let copying = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY %'"
            #expect(try store.cluster.sql(copying) != "0")
            // After ten seconds.
            fails(.retry) { try other.transaction { try TestStore.put(rows, other) } }
            try other.transaction { try TestStore.put(rows, other) }
            fails(.unavailable) { try frozen.commit() }
            frozen.rollback()
            #expect(try TestStore.count(frozen) == 5_000)
        }
    }
}
