import PluginKit
import ProjectionStore
import ProjectionStorePostgres
import Testing
import WorkerTesting

@Suite("A manifest's query means the same on PostgreSQL as on SQLite", .enabled(if: PostgresCluster.isAvailable))
struct QueryTests {
    /// A store with three rows, and what a query of it gives: columns between bars.
    private func rows(_ select: String, _ parameters: [String: String] = [:]) async throws -> [String] {
        try await onOwnThread {
            let store = try TestStore()
            let provider = store.provider(.milliseconds(500))
            let ownership = try provider.takeOwnership(waiting: nil)
            defer { ownership.release() }
            let writer = try provider.openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            try writer.transaction {
                try TestStore.put([("a", "Beta", 7), ("b", nil, 2), ("c", "alpha", nil)], writer)
            }
            let other = try provider.openWriter(TestStore.manifest("other"), data: [:])
            defer { other.close() }
            let reader = try provider.openReader(TestStore.manifest())
            defer { reader.close() }
            let text = select.split(separator: "OTHER", omittingEmptySubsequences: false).joined(
                separator: "\"diwan_\(store.deployment)_other\"")
            let query = TestStore.query(text, parameters: parameters.keys.sorted())
            return try reader.snapshot {
                do {
                    let table = try reader.query(query, asOf: nil, parameters: parameters)
                    return table.rows.map { $0.map(\.plain).joined(separator: "|") }
                } catch {
                    // What failed must not have ended the snapshot.
                    _ = try reader.query(TestStore.query("SELECT title FROM thing"), asOf: nil, parameters: [:])
                    throw error
                }
            }
        }
    }

    @Test("nulls sort first, and last downwards, also within windows and aggregates' subqueries")
    func nulls() async throws {
        #expect(try await rows("SELECT title FROM thing ORDER BY title") == ["", "Beta", "alpha"])
        #expect(try await rows("SELECT title FROM thing ORDER BY title DESC, amount LIMIT 2") == ["alpha", "Beta"])
        #expect(
            try await rows(
                """
                SELECT t.mechanism, t.place FROM (SELECT mechanism, ROW_NUMBER() OVER (ORDER BY amount DESC
                ROWS UNBOUNDED PRECEDING) AS place FROM thing) AS t ORDER BY (SELECT t.place), t.mechanism
                """) == ["a|1", "b|2", "c|3"])
    }

    @Test("numbers come as SQLite gives them")
    func numbers() async throws {
        #expect(
            try await rows("SELECT SUM(amount), SUM(amount) / 2, AVG(amount), COUNT(amount), MAX(title) FROM thing")
                == ["9|4|4.5|2|alpha"])
        #expect(
            try await rows("SELECT CAST('9000000000' AS INTEGER) + 1, CAST(0.1 AS REAL), amount = 7 FROM thing LIMIT 1")
                == ["9000000001|0.1|1"])
        #expect(try await rows("SELECT title FROM thing WHERE title LIKE 'A%' AND open = 1") == ["alpha"])
    }

    @Test("a parameter may be compared with a number here and joined to text there")
    func parameters() async throws {
        #expect(
            try await rows("SELECT mechanism || :n || '-x' FROM thing WHERE amount = :n", ["n": "7"]) == ["a7-x"])
    }

    /// One after the other: a few at once, one of them endless, kept a busy server from answering in time.
    @Test(
        "what reaches beyond the plugin's tables, or is not the same on every run, is refused", .serialized,
        arguments: [
            "SELECT pg_sleep(1)", "SELECT \"pg_sleep\"(1)", "SELECT relname FROM pg_class", "SELECT now()",
            "SELECT CURRENT_USER", "SELECT id FROM _store", "SELECT id FROM \"_store\"", "SELECT U&'\\0061'",
            "SELECT E'a\\'b'", "SELECT $$a$$", "SELECT query_to_xml('SELECT 1', true, true, '')",
            "SELECT 1; SELECT 2", "WITH gone AS (DELETE FROM thing RETURNING 1) SELECT 1",
            "SELECT title INTO x FROM thing",
            "SELECT x FROM thing, dblink('a') AS (x text)", "SELECT mechanism FROM OTHER.thing",
            "SELECT mechanism FROM thing WHERE EXISTS (SELECT 1 FROM OTHER.thing)",
            "SELECT mechanism FROM thing FOR UPDATE", "SELECT set_config('statement_timeout', '0', false)",
            """
            WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 100000000)
            SELECT COUNT(*) FROM many
            """,
        ])
    func refused(_ select: String) async throws {
        await #expect(throws: StoreError.self) { try await rows(select) }
        do { _ = try await rows(select) } catch let error as StoreError { #expect(error.code == .query, "\(error)") }
    }
}
