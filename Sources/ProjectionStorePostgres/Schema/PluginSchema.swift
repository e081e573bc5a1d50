import PluginKit
import ProjectionStore

/// Brings a plugin's tables into its store: makes those that are missing, adds columns that may be null, and refuses
/// every other difference, because the rows that are there could not be trusted any more.
struct PluginSchema {
    let database: PostgresDatabase
    let schema: SchemaName
    let plugin: Manifest

    /// Within a transaction.
    func apply() throws(StoreError) {
        let stored = try storedTables()
        for table in plugin.tables {
            guard let known = stored[table.name] else {
                try create(table)
                continue
            }
            try expand(known, to: table)
        }
        for name in stored.keys.sorted() where plugin.table(name) == nil {
            throw changed("table \(name) is no longer declared")
        }
    }

    // MARK: What is there

    private struct StoredTable {
        let kind: String
        let owner: String
        let keyCount: Int
        var columns: [ColumnDefinition] = []
    }

    private func storedTables() throws(StoreError) -> [String: StoredTable] {
        var tables: [String: StoredTable] = [:]
        let label = "reading which tables the store has"
        for row in try database.run("SELECT name, kind, owner, key_count FROM _table", label).rows {
            tables[row.text(0)] = StoredTable(kind: row.text(1), owner: row.text(2), keyCount: Int(row.integer(3)))
        }
        let columns = try database.run(
            "SELECT \"table\", name, type, required, merge FROM _column ORDER BY \"table\", position", label)
        for row in columns.rows {
            let type = ColumnDefinition.ColumnType(rawValue: row.text(2))
            let merge = row.optionalText(4).map { ColumnDefinition.Merge(rawValue: $0) }
            guard let type, merge != .some(nil) else {
                throw StoreError(
                    .newer,
                    "\(database.place): schema \(schema.plain) has a column of an unknown kind, made by a newer "
                        + "program: upgrade")
            }
            tables[row.text(0)]?.columns.append(
                ColumnDefinition(name: row.text(1), type: type, isRequired: row.integer(3) == 1, merge: merge ?? nil))
        }
        return tables
    }

    // MARK: Making and expanding

    private func create(_ table: TableDefinition) throws(StoreError) {
        let columns = table.columns.enumerated().map { index, column in
            SQLText.definition(of: column, isKey: index < table.keyCount)
        }
        let key = table.columns.prefix(table.keyCount).map { SQLText.quoted($0.name) }
        try database.execute(
            """
            CREATE TABLE \(SQLText.name(of: table)) (\(columns.joined(separator: ", ")), \
            PRIMARY KEY (\(key.joined(separator: ", "))))
            """, "making table \(table.name)")
        try database.change(
            "INSERT INTO _table (name, kind, owner, key_count) VALUES ($1, $2, $3, $4)", "noting table \(table.name)"
        ) {
            $0.add(table.name)
            $0.add(table.kind.rawValue)
            $0.add(table.owner)
            $0.add(Int64(table.keyCount))
        }
        for (position, column) in table.columns.enumerated() {
            try note(column, of: table, at: position)
        }
    }

    private func expand(_ stored: StoredTable, to table: TableDefinition) throws(StoreError) {
        guard stored.kind == table.kind.rawValue, stored.owner == table.owner, stored.keyCount == table.keyCount,
            stored.columns.prefix(stored.keyCount).elementsEqual(table.columns.prefix(table.keyCount))
        else { throw changed("table \(table.name) has another kind or key") }
        for old in stored.columns.dropFirst(stored.keyCount) {
            guard let new = table.columns.first(where: { $0.name == old.name }) else {
                throw changed("table \(table.name) has no column \(old.name) any more")
            }
            guard new == old else { throw changed("column \(table.name).\(old.name) is declared otherwise") }
        }
        var position = stored.columns.count
        for column in table.columns where !stored.columns.contains(where: { $0.name == column.name }) {
            guard !column.isRequired else {
                throw changed("column \(table.name).\(column.name) is new and required, and the rows there have none")
            }
            try database.execute(
                "ALTER TABLE \(SQLText.name(of: table)) ADD COLUMN \(SQLText.definition(of: column, isKey: false))",
                "adding column \(table.name).\(column.name)")
            try note(column, of: table, at: position)
            position += 1
        }
    }

    private func note(_ column: ColumnDefinition, of table: TableDefinition, at position: Int) throws(StoreError) {
        try database.change(
            "INSERT INTO _column (\"table\", position, name, type, required, merge) VALUES ($1, $2, $3, $4, $5, $6)",
            "noting column \(table.name).\(column.name)"
        ) {
            $0.add(table.name)
            $0.add(Int64(position))
            $0.add(column.name)
            $0.add(column.type.rawValue)
            $0.add(Int64(column.isRequired ? 1 : 0))
            $0.add(column.merge?.rawValue)
        }
    }

    private func changed(_ what: String) -> StoreError {
        StoreError(
            .schema,
            "plugin \(plugin.name): \(what), and schema \(schema.plain) holds rows of the old form: raise the plugin's "
                + "version and build its tables anew (`diwan plugin rebuild \(plugin.name)`, then `diwan plugin promote "
                + "\(plugin.name)`); only new tables and new columns that may be null come without")
    }
}
