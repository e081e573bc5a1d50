import PluginKit
import ProjectionStore

extension PostgresStoreReader {
    // MARK: Rows

    func storedTables() throws(StoreError) -> [StoredTable] {
        let label = "reading which tables the store has"
        var columns: [String: [String]] = [:]
        for row in try database.run("SELECT \"table\", name FROM _column ORDER BY \"table\", position", label).rows {
            columns[row.text(0), default: []].append(row.text(1))
        }
        let rows = try database.run("SELECT name, kind, key_count FROM _table ORDER BY name", label).rows
        let tables = rows.map { row in
            let name = row.text(0)
            let isFacts = row.text(1) == TableDefinition.Kind.facts.rawValue
            return StoredTable(
                name: name, storedName: isFacts ? QueryExpansion.storedName(name) : name,
                keyCount: Int(row.integer(2)), columns: columns[name] ?? [])
        }
        return tables + [.retractions]
    }

    func scan(_ table: StoredTable, columns: [String], _ row: ([Cell]) -> Void) throws(StoreError) {
        guard isInSnapshot else { throw StoreError(.retry, "\(database.place): rows are scanned within a snapshot") }
        let label = "reading table \(table.name)"
        let names = columns.map { SQLText.quoted($0) }
        let key = table.columns.prefix(table.keyCount).map { SQLText.quoted($0) }
        // A large table takes longer than a query may.
        try database.execute("SET LOCAL statement_timeout = 0", label)
        try database.execute(
            "DECLARE scanned NO SCROLL CURSOR FOR SELECT \(names.joined(separator: ", ")) "
                + "FROM \(SQLText.quoted(table.storedName)) ORDER BY \(key.joined(separator: ", "))", label)
        while true {
            let page = try database.converse { (connection) throws(StoreError) in
                try connection.enqueue(query: "FETCH 2000 FROM scanned", [], label: label)
            }
            for found in page.rows { row(names.indices.map { found.cell($0) }) }
            if page.count < 2000 { break }
        }
        try database.execute("CLOSE scanned", label)
    }

    // MARK: Messages and ids

    func outbox(above id: String, limit: Int) throws(StoreError) -> [OutboxMessage] {
        try database.run("\(SystemRows.outbox) WHERE id > $1 ORDER BY id LIMIT $2", "reading the outbox") {
            $0.add(id)
            $0.add(Int64(max(0, limit)))
        }.rows.map(SystemRows.message)
    }

    func erased(above owner: String, limit: Int) throws(StoreError) -> [ErasedID] {
        try database.run(
            "SELECT owner, at FROM _erased WHERE owner > $1 ORDER BY owner LIMIT $2", "reading erased ids"
        ) {
            $0.add(owner)
            $0.add(Int64(max(0, limit)))
        }.rows.map { ErasedID(owner: $0.text(0), at: $0.integer(1)) }
    }

    func heldBelow() throws(StoreError) -> [PartitionKey: Int64] {
        // A store that no newer program has opened yet.
        try knowsGenerations() ? try GenerationRows.heldBelow(database) : [:]
    }

    func setting(_ name: String) throws(StoreError) -> String? {
        try database.run("SELECT value FROM _setting WHERE name = $1", "reading a setting") { $0.add(name) }
            .first?.text(0)
    }

    // MARK: Journal

    func journalSpans() throws(StoreError) -> [PartitionKey: JournalSpan] {
        try knowsGenerations() ? try GenerationRows.spans(database) : [:]
    }

    func journal(of partition: PartitionKey, from offset: Int64, limit: Int) throws(StoreError) -> [JournalRecord] {
        guard try knowsGenerations() else { return [] }
        return try database.run(
            """
            SELECT "offset", timestamp, key, headers, value FROM _journal
            WHERE topic = $1 AND partition = $2 AND "offset" >= $3 ORDER BY "offset" LIMIT $4
            """, "reading the journal"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(offset)
            $0.add(Int64(max(0, limit)))
        }.rows.map { row in
            JournalRecord(
                offset: row.integer(0), timestamp: row.integer(1), key: row.blob(2),
                headers: HeaderCodec.decode(row.blob(3) ?? []), value: row.blob(4))
        }
    }

    private func knowsGenerations() throws(StoreError) -> Bool {
        try database.run("SELECT (to_regclass('_journal_span') IS NOT NULL)::int", "recognising the store").first?
            .integer(0) == 1
    }
}

/// What writer and reader read alike.
enum GenerationRows {
    static func heldBelow(_ database: PostgresDatabase) throws(StoreError) -> [PartitionKey: Int64] {
        let rows = try database.run("SELECT topic, partition, held_below FROM _restored", "reading what is held").rows
        return Dictionary(rows.map { (key($0), $0.integer(2)) }) { first, _ in first }
    }

    static func spans(_ database: PostgresDatabase) throws(StoreError) -> [PartitionKey: JournalSpan] {
        let rows = try database.run(
            "SELECT topic, partition, first, next FROM _journal_span", "reading how far the journal goes"
        ).rows
        return Dictionary(
            rows.map { (key($0), JournalSpan(first: $0.integer(2), next: $0.integer(3))) }
        ) { first, _ in first }
    }

    private static func key(_ row: PostgresResult.Row) -> PartitionKey {
        PartitionKey(topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1)))
    }
}
