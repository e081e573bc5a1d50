import PluginKit

/// The names that a manifest's queries may take rows from.
struct TableNames {
    let names: [String]

    init(tables: [TableDefinition], data: [DataFile]) {
        names = tables.flatMap(Self.views) + data.map(\.table)
    }

    /// The names under which a query may read a table, its own name first.
    static func views(of table: TableDefinition) -> [String] {
        guard table.kind == .facts else { return [table.name] }
        return [table.name, "\(table.name)_latest", "\(table.name)_undated", "\(table.name)_all"]
    }
}
