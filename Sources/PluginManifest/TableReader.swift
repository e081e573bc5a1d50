import Configuration
import PluginKit

/// Reads `tables`.
enum TableReader {
    private static let fields = [
        "name", "kind", "owner", "columns", "key", "key-types", "identity", "reference",
    ]

    static func read(_ root: Fields) -> [TableDefinition] {
        var unique = UniqueNames("table")
        var tables: [TableDefinition] = []
        var places: [SourcePlace] = []
        for node in root.elements("tables") {
            guard let fields = Fields(node, "a table", known: fields, root.problems),
                let name = fields.name("name", .column, example: "mechanism")
            else { continue }
            unique.add(name, at: fields.place(of: "name"), root.problems)
            guard let table = table(name, Fields(fields, subject: "table \"\(name)\"")) else { continue }
            tables.append(table)
            places.append(fields.place(of: "name"))
        }
        for (table, place) in zip(tables, places) {
            for other in tables where other.kind == .facts {
                for view in TableNames.views(of: other).dropFirst() where view == table.name {
                    root.problems.add(
                        .conflict, place,
                        "table \"\(table.name)\" is named as a view of the facts in \"\(other.name)\"; "
                            + "choose another name")
                }
            }
        }
        return tables
    }

    private static func table(_ name: String, _ fields: Fields) -> TableDefinition? {
        let kind: TableDefinition.Kind? = fields.choice("kind", example: "facts")
        let owner = fields.name("owner", .column, example: "mechanism")
        guard let kind, let owner else { return nil }
        var columns = ColumnReader.read(fields, kind)
        let isReference = fields.flag("reference", default: false)
        if kind == .facts {
            return facts(name, owner, columns, isReference, fields)
        }
        for key in ["identity"] where fields.node(key) != nil {
            fields.problems.add(
                .conflict, fields.place(of: key),
                "\(fields.subject) is of kind \(kind.rawValue); only facts have \(key)")
        }
        let key = fields.names("key", .column)
        guard fields.required("key", example: "[\(owner), ...]") != nil, !key.isEmpty else { return nil }
        if key[0].name != owner {
            fields.problems.add(
                .value, key[0].place,
                "the key of \(fields.subject) must begin with its owner \"\(owner)\" and begins with \"\(key[0].name)\""
            )
        }
        let types = KeyTypeReader.read(fields, key: key.map(\.name), owner: owner)
        for (column, place) in columns where key.contains(where: { $0.name == column.name }) {
            fields.problems.add(
                .conflict, place,
                "\"\(column.name)\" is a key column of \(fields.subject) and must not stand in columns again; "
                    + "give its type in key-types where it is not text")
        }
        columns.removeAll { column in key.contains { $0.name == column.column.name } }
        let keyColumns = key.map {
            ColumnDefinition(name: $0.name, type: types[$0.name] ?? .text, isRequired: true)
        }
        return TableDefinition(
            name: name, kind: kind, owner: owner, columns: keyColumns + columns.map(\.column), keyCount: key.count,
            isReference: isReference, identity: [])
    }

    private static func facts(
        _ name: String, _ owner: String, _ columns: [ColumnReader.Placed], _ isReference: Bool, _ fields: Fields
    ) -> TableDefinition {
        for key in ["key", "key-types"] where fields.node(key) != nil {
            fields.problems.add(
                .conflict, fields.place(of: key),
                "\(fields.subject) is of kind facts, whose key is its owner and the event; remove \(key)")
        }
        let stamped = TableDefinition.facts(name: name, owner: owner, columns: []).columns.map(\.name)
        for (column, place) in columns where stamped.contains(column.name) {
            fields.problems.add(
                .conflict, place, "the runtime fills the column \"\(column.name)\" of \(fields.subject); remove it here"
            )
        }
        let names = columns.map(\.column.name)
        let identity = fields.names("identity", .column)
        for (column, place) in identity where !names.contains(column) {
            let hint = Wording.hint(column, among: names, plural: "columns")
            fields.problems.add(
                .value, place, "identity of \(fields.subject) names \"\(column)\", which is no column of it; \(hint)")
        }
        return .facts(
            name: name, owner: owner, columns: columns.map(\.column), isReference: isReference,
            identity: identity.map(\.name))
    }
}

/// Reads `key-types`: what key columns hold where it is not text.
enum KeyTypeReader {
    static func read(_ fields: Fields, key: [String], owner: String) -> [String: ColumnDefinition.ColumnType] {
        guard let node = fields.node("key-types") else { return [:] }
        let subject = "key-types of \(fields.subject)"
        guard let entries = node.entries else {
            fields.problems.add(.type, node.place, "\(subject) must be a mapping, such as {cycle: integer}")
            return [:]
        }
        var types: [String: ColumnDefinition.ColumnType] = [:]
        for entry in entries {
            guard key.contains(entry.key) else {
                let hint = Wording.hint(entry.key, among: key, plural: "key columns")
                fields.problems.add(
                    .value, entry.keyPlace, "\(subject) names \(Wording.quoted(entry.key)), no key column; \(hint)")
                continue
            }
            guard let type: ColumnDefinition.ColumnType = fields.choice(entry.value, "\(subject), \(entry.key),")
            else { continue }
            if type == .real || type == .json || (entry.key == owner && type != .text) {
                fields.problems.add(
                    .value, entry.value.place,
                    "the key column \"\(entry.key)\" of \(fields.subject) must be text"
                        + (entry.key == owner ? ", as the record keys that own its rows are" : ", integer or boolean"))
                continue
            }
            types[entry.key] = type
        }
        return types
    }
}
