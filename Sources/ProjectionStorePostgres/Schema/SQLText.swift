import PluginKit
import ProjectionStore

/// SQL of a plugin's tables. Every name that comes here passed `SchemaRules`, and is quoted all the same.
enum SQLText {
    static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    static func literal(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    /// The quoted name under which the table lies in the schema.
    static func name(of table: TableDefinition) -> String {
        quoted(table.kind == .facts ? QueryExpansion.storedName(table.name) : table.name)
    }

    /// The type whose values are sent for a column.
    static func type(of column: ColumnDefinition.ColumnType) -> UInt32 {
        switch column {
        case .text, .json: PostgresType.text
        case .integer: PostgresType.big
        case .real: PostgresType.double
        case .boolean: PostgresType.small
        }
    }

    static func definition(of column: ColumnDefinition, isKey: Bool) -> String {
        let name = quoted(column.name)
        let type =
            switch column.type {
            case .text: text
            case .integer: "bigint"
            case .real: "double precision"
            // Queries of both stores compare booleans with 0 and 1.
            case .boolean: "smallint CHECK (\(name) IN (0, 1))"
            // Kept as text, to the byte: jsonb would write it anew, and json cannot be compared.
            case .json: "\(text) CHECK (\(name) IS NULL OR \(name)::json IS NOT NULL)"
            }
        return "\(name) \(type)\(column.isRequired || isKey ? " NOT NULL" : "")"
    }

    /// Sorts by bytes, whatever the database's own collation is.
    static let text = "text COLLATE \"C\""

    /// The condition that leaves out retracted facts; nil for other tables.
    static func live(_ table: TableDefinition) -> String? {
        guard table.kind == .facts else { return nil }
        return """
            NOT EXISTS (SELECT 1 FROM \(QueryExpansion.retractions) AS gone WHERE gone.owner = fact.\(quoted(table.owner)) \
            AND gone.source = fact.event_source AND gone.id = fact.event_id)
            """
    }

    /// All rows whose first `prefix` key columns are given, every column in the manifest's order, in key order.
    static func select(_ table: TableDefinition, prefix: Int) -> String {
        let columns = table.columns.map { "fact." + quoted($0.name) }
        let key = columns.prefix(table.keyCount)
        let conditions =
            key.prefix(prefix).enumerated().map { "\($1) = $\($0 + 1)" } + [live(table)].compactMap { $0 }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(name(of: table)) AS fact"
            + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
            + " ORDER BY " + key.joined(separator: ", ")
    }

    /// The next $n keys in their order, n behind the key columns; `after` a key that is given.
    static func keys(_ table: TableDefinition, after: Bool) -> String {
        let key = keyList(table)
        let places = (1...table.keyCount).map { "$\($0)" }.joined(separator: ", ")
        let condition = after ? "WHERE (\(key)) > (\(places)) " : ""
        let limit = after ? table.keyCount + 1 : 1
        return "SELECT \(key) FROM \(name(of: table)) \(condition)ORDER BY \(key) LIMIT $\(limit)"
    }

    // MARK: Changes of many rows, an array a column

    /// For rows that are not there: all columns in the manifest's order.
    static func copy(_ table: TableDefinition) -> String {
        let columns = table.columns.map { quoted($0.name) }.joined(separator: ", ")
        return "COPY \(name(of: table)) (\(columns)) FROM STDIN (FORMAT binary)"
    }

    /// The whole rows, in place of those under the same keys.
    static func put(_ table: TableDefinition) -> String {
        let changes = table.columns.dropFirst(table.keyCount).map { "\(quoted($0.name)) = excluded.\(quoted($0.name))" }
        return "INSERT \(into(table)) ON CONFLICT (\(keyList(table))) \(update(changes))"
    }

    /// Only a row under the same key is ignored, no other constraint.
    static func insertOnce(_ table: TableDefinition) -> String {
        "INSERT \(into(table)) ON CONFLICT (\(keyList(table))) DO NOTHING"
    }

    static func merge(_ table: TableDefinition) -> String {
        let changes = table.columns.dropFirst(table.keyCount).map { column in
            let name = quoted(column.name)
            let old = "stored.\(name)"
            let new = "excluded.\(name)"
            let merged =
                switch column.merge ?? .sum {
                case .sum: "coalesce(\(old), 0) + \(new)"
                case .max: "CASE WHEN \(old) IS NULL OR \(new) > \(old) THEN \(new) ELSE \(old) END"
                case .min: "CASE WHEN \(old) IS NULL OR \(new) < \(old) THEN \(new) ELSE \(old) END"
                }
            return "\(name) = CASE WHEN \(new) IS NULL THEN \(old) ELSE \(merged) END"
        }
        return "INSERT \(into(table)) ON CONFLICT (\(keyList(table))) \(update(changes))"
    }

    static func delete(_ table: TableDefinition) -> String {
        let key = table.columns.prefix(table.keyCount).map { quoted($0.name) }
        let arrays = (1...key.count).map { "$\($0)" }.joined(separator: ", ")
        return
            "DELETE FROM \(name(of: table)) AS stored USING unnest(\(arrays)) AS gone (\(key.joined(separator: ", ")))"
            + " WHERE " + key.map { "stored.\($0) = gone.\($0)" }.joined(separator: " AND ")
    }

    private static func update(_ changes: [String]) -> String {
        changes.isEmpty ? "DO NOTHING" : "DO UPDATE SET " + changes.joined(separator: ", ")
    }

    private static func into(_ table: TableDefinition) -> String {
        let columns = table.columns.map { quoted($0.name) }.joined(separator: ", ")
        let arrays = table.columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return "INTO \(name(of: table)) AS stored (\(columns)) SELECT * FROM unnest(\(arrays))"
    }

    private static func keyList(_ table: TableDefinition) -> String {
        table.columns.prefix(table.keyCount).map { quoted($0.name) }.joined(separator: ", ")
    }
}
