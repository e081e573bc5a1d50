import PluginKit
import ProjectionStore

extension SQLiteStoreReader {
    // MARK: Rows

    func storedTables() throws(StoreError) -> [StoredTable] {
        var columns: [String: [String]] = [:]
        let pairs = try SystemRows.all(
            try database.statement("SELECT \"table\", name FROM _column ORDER BY \"table\", position")
        ) { ($0.text(0), $0.text(1)) }
        for (table, column) in pairs { columns[table, default: []].append(column) }
        let tables = try SystemRows.all(
            try database.statement("SELECT name, kind, key_count FROM _table ORDER BY name")
        ) { row in
            let name = row.text(0)
            let isFacts = row.text(1) == TableDefinition.Kind.facts.rawValue
            return StoredTable(
                name: name, storedName: isFacts ? QueryExpansion.storedName(name) : name,
                keyCount: Int(row.integer(2)), columns: columns[name] ?? [])
        }
        return tables + [.retractions]
    }

    func scan(_ table: StoredTable, columns: [String], _ row: ([Cell]) -> Void) throws(StoreError) {
        let names = columns.map { SQLText.quoted($0) }
        let key = table.columns.prefix(table.keyCount).map { SQLText.quoted($0) }
        let statement = try SQLiteStatement(
            database,
            "SELECT \(names.joined(separator: ", ")) FROM \(SQLText.quoted(table.storedName)) "
                + "ORDER BY \(key.joined(separator: ", "))", isPersistent: false)
        defer { statement.finalize() }
        while try statement.step() { row(names.indices.map { statement.cell($0) }) }
    }

    // MARK: Messages and ids

    func outbox(above id: String, limit: Int) throws(StoreError) -> [OutboxMessage] {
        let statement = try database.statement("\(SystemRows.outbox) WHERE id > ? ORDER BY id LIMIT ?")
        statement.bind(1, id)
        statement.bind(2, Int64(max(0, limit)))
        return try SystemRows.all(statement, SystemRows.message)
    }

    func erased(above owner: String, limit: Int) throws(StoreError) -> [ErasedID] {
        let statement = try database.statement("SELECT owner, at FROM _erased WHERE owner > ? ORDER BY owner LIMIT ?")
        statement.bind(1, owner)
        statement.bind(2, Int64(max(0, limit)))
        return try SystemRows.all(statement) { ErasedID(owner: $0.text(0), at: $0.integer(1)) }
    }

    func heldBelow() throws(StoreError) -> [PartitionKey: Int64] {
        // A store that no newer program has opened yet.
        try knowsGenerations() ? try GenerationRows.heldBelow(database) : [:]
    }

    func setting(_ name: String) throws(StoreError) -> String? {
        let statement = try database.statement("SELECT value FROM _setting WHERE name = ?")
        statement.bind(1, name)
        return try SystemRows.all(statement) { $0.text(0) }.first
    }

    // MARK: Journal

    func journalSpans() throws(StoreError) -> [PartitionKey: JournalSpan] {
        try knowsGenerations() ? try GenerationRows.spans(database) : [:]
    }

    func journal(of partition: PartitionKey, from offset: Int64, limit: Int) throws(StoreError) -> [JournalRecord] {
        guard try knowsGenerations() else { return [] }
        let statement = try database.statement(
            """
            SELECT "offset", timestamp, key, headers, value FROM _journal
            WHERE topic = ? AND partition = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?
            """)
        statement.bind(1, partition.topic)
        statement.bind(2, Int64(partition.partition))
        statement.bind(3, offset)
        statement.bind(4, Int64(max(0, limit)))
        return try SystemRows.all(statement) { row in
            JournalRecord(
                offset: row.integer(0), timestamp: row.integer(1), key: row.blob(2),
                headers: HeaderCodec.decode(row.blob(3) ?? []), value: row.blob(4))
        }
    }

    private func knowsGenerations() throws(StoreError) -> Bool {
        try database.integer("SELECT count(*) FROM sqlite_schema WHERE name = '_journal_span'") == 1
    }
}

/// What writer and reader read alike.
enum GenerationRows {
    static func heldBelow(_ database: SQLiteDatabase) throws(StoreError) -> [PartitionKey: Int64] {
        let statement = try database.statement("SELECT topic, partition, held_below FROM _restored")
        return Dictionary(
            try SystemRows.all(statement) { (key($0), $0.integer(2)) }
        ) { first, _ in first }
    }

    static func spans(_ database: SQLiteDatabase) throws(StoreError) -> [PartitionKey: JournalSpan] {
        let statement = try database.statement("SELECT topic, partition, first, next FROM _journal_span")
        return Dictionary(
            try SystemRows.all(statement) { (key($0), JournalSpan(first: $0.integer(2), next: $0.integer(3))) }
        ) { first, _ in first }
    }

    private static func key(_ row: SQLiteStatement) -> PartitionKey {
        PartitionKey(topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1)))
    }
}
