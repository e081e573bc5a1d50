import PluginKit
import ProjectionStore

/// SQL of a plugin's tables. Every name that comes here passed `SchemaRules`, and is quoted all the same.
enum SQLText {
    static func quoted(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// The quoted name under which the table lies in the database.
    static func name(of table: TableDefinition) -> String {
        quoted(table.kind == .facts ? QueryExpansion.storedName(table.name) : table.name)
    }

    static func definition(of column: ColumnDefinition, isKey: Bool) -> String {
        let name = quoted(column.name)
        let type =
            switch column.type {
            case .text: "TEXT"
            case .integer: "INTEGER"
            case .real: "REAL"
            case .boolean: "INTEGER CHECK (\(name) IN (0, 1))"
            // json_valid(NULL) is 0 before SQLite 3.42.
            case .json: "TEXT CHECK (\(name) IS NULL OR json_valid(\(name)))"
            }
        return "\(name) \(type)\(column.isRequired || isKey ? " NOT NULL" : "")"
    }

    /// The condition that leaves out retracted facts; empty for other tables.
    static func live(_ table: TableDefinition) -> String? {
        guard table.kind == .facts else { return nil }
        return """
            NOT EXISTS (SELECT 1 FROM \(QueryExpansion.retractions) AS gone WHERE gone.owner = fact.\(quoted(table.owner)) \
            AND gone.source = fact.event_source AND gone.id = fact.event_id)
            """
    }

    /// All rows whose first `prefix` key columns are bound, every column in the manifest's order, in key order.
    static func select(_ table: TableDefinition, prefix: Int) -> String {
        let columns = table.columns.map { "fact." + quoted($0.name) }
        let key = columns.prefix(table.keyCount)
        let conditions = key.prefix(prefix).map { "\($0) = ?" } + [live(table)].compactMap { $0 }
        return "SELECT \(columns.joined(separator: ", ")) FROM \(name(of: table)) AS fact"
            + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
            + " ORDER BY " + key.joined(separator: ", ")
    }

    /// The whole row, in place of one under the same key. Without triggers and further indexes SQLite writes it
    /// without looking for the old one first.
    static func put(_ table: TableDefinition) -> String { "INSERT OR REPLACE " + into(table) }

    /// Only a row under the same key is ignored: OR IGNORE would swallow other constraints too.
    static func insertOnce(_ table: TableDefinition) -> String {
        "INSERT \(into(table)) ON CONFLICT (\(keyList(table))) DO NOTHING"
    }

    static func merge(_ table: TableDefinition) -> String {
        let stored = name(of: table)
        let changes = table.columns.dropFirst(table.keyCount).map { column in
            let name = quoted(column.name)
            let old = "\(stored).\(name)"
            let new = "excluded.\(name)"
            let merged =
                switch column.merge ?? .sum {
                case .sum: "coalesce(\(old), 0) + \(new)"
                case .max: "CASE WHEN \(old) IS NULL OR \(new) > \(old) THEN \(new) ELSE \(old) END"
                case .min: "CASE WHEN \(old) IS NULL OR \(new) < \(old) THEN \(new) ELSE \(old) END"
                }
            return "\(name) = CASE WHEN \(new) IS NULL THEN \(old) ELSE \(merged) END"
        }
        let action = changes.isEmpty ? "DO NOTHING" : "DO UPDATE SET " + changes.joined(separator: ", ")
        return "INSERT \(into(table)) ON CONFLICT (\(keyList(table))) \(action)"
    }

    static func delete(_ table: TableDefinition) -> String {
        let conditions = table.columns.prefix(table.keyCount).map { "\(quoted($0.name)) = ?" }
        return "DELETE FROM \(name(of: table)) WHERE \(conditions.joined(separator: " AND "))"
    }

    private static func into(_ table: TableDefinition) -> String {
        let columns = table.columns.map { quoted($0.name) }.joined(separator: ", ")
        let values = table.columns.map { _ in "?" }.joined(separator: ", ")
        return "INTO \(name(of: table)) (\(columns)) VALUES (\(values))"
    }

    private static func keyList(_ table: TableDefinition) -> String {
        table.columns.prefix(table.keyCount).map { quoted($0.name) }.joined(separator: ", ")
    }
}
