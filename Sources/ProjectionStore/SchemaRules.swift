public import PluginKit

/// What tables and data files a store takes: checked before anything is created, the same for every driver.
public enum SchemaRules {
    /// Whether `name` may stand for a table or a column: lower case letters, digits and single underscores, beginning
    /// with a letter, at most 40 bytes (PostgreSQL cuts at 63, and we append to them).
    public static func isPlain(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, isLetter(first), bytes.count <= 40, !name.hasPrefix("sqlite_") else {
            return false
        }
        var previous = first
        for byte in bytes.dropFirst() {
            let isScore = byte == UInt8(ascii: "_")
            guard isLetter(byte) || isDigit(byte) || isScore, !(isScore && previous == byte) else { return false }
            previous = byte
        }
        return true
    }

    /// Whether `name` may name a plugin, and so a file or a schema: lower case letters, digits and single hyphens.
    public static func isPluginName(_ name: String) -> Bool {
        isPlain(String(name.map { $0 == "-" ? "_" : $0 })) && !name.contains("_") && !name.hasSuffix("-")
    }

    /// Checks everything that a manifest says of tables.
    ///
    /// - Throws: `StoreError` with code `.schema`, which names the table and the column.
    public static func check(_ manifest: Manifest) throws(StoreError) {
        guard isPluginName(manifest.name) else {
            throw StoreError(
                .schema,
                "'\(manifest.name)' cannot name a plugin: use lower case letters, digits and single hyphens, "
                    + "beginning with a letter")
        }
        var taken: Set<String> = []
        for table in manifest.tables {
            try check(table, of: manifest.name)
            for name in namesInQueries(of: table) {
                try require(
                    taken.insert(name).inserted, manifest.name, "two tables answer to the name '\(name)' in queries")
            }
        }
        for file in manifest.data {
            try require(isPlain(file.table), manifest.name, "data file \(file.file): " + notPlain(file.table, "table"))
            try require(
                taken.insert(file.table).inserted, manifest.name,
                "data file \(file.file) fills '\(file.table)', which is another table's name")
        }
    }

    /// The names under which queries may speak of a table: `QueryExpansion` makes the further ones of fact tables.
    private static func namesInQueries(of table: TableDefinition) -> [String] {
        table.kind == .facts
            ? [table.name, "\(table.name)_undated", "\(table.name)_latest", "\(table.name)_all"] : [table.name]
    }

    private static func check(_ table: TableDefinition, of plugin: String) throws(StoreError) {
        let place = "table \(table.name)"
        try require(isPlain(table.name), plugin, notPlain(table.name, "table"))
        var seen: Set<String> = []
        for column in table.columns {
            try require(isPlain(column.name), plugin, "\(place): " + notPlain(column.name, "column"))
            try require(seen.insert(column.name).inserted, plugin, "\(place): two columns '\(column.name)'")
        }
        try require(
            (1...max(1, table.columns.count)).contains(table.keyCount) && !table.columns.isEmpty, plugin,
            "\(place): the key has \(table.keyCount) of \(table.columns.count) columns")
        let owner = table.columns[0]
        try require(
            owner.name == table.owner && owner.type == .text, plugin,
            "\(place): the first column has to be the owner '\(table.owner)', of type text (rule 14)")
        for column in table.columns.prefix(table.keyCount) {
            try require(
                column.type != .real && column.type != .json, plugin,
                "\(place): key column '\(column.name)' is of type \(column.type.rawValue); keys are text, integer or "
                    + "boolean")
        }
        for name in table.identity {
            try require(seen.contains(name), plugin, "\(place): identity names no column '\(name)'")
        }
        switch table.kind {
        case .facts:
            let plain = TableDefinition.facts(name: table.name, owner: table.owner, columns: [])
            try require(
                table.keyCount == plain.keyCount
                    && Array(table.columns.prefix(TableDefinition.factPreamble)) == plain.columns, plugin,
                "\(place): a fact table begins with the runtime's own columns; build it by TableDefinition.facts")
        case .rows: break
        case .tally: try checkTally(table, plugin, place)
        }
    }

    private static func checkTally(_ table: TableDefinition, _ plugin: String, _ place: String) throws(StoreError) {
        for column in table.columns.dropFirst(table.keyCount) {
            guard let merge = column.merge else {
                throw StoreError(
                    .schema,
                    "plugin \(plugin), \(place): column '\(column.name)' of a tally needs merge: sum, max or min")
            }
            try require(
                !column.isRequired, plugin,
                "\(place): column '\(column.name)' of a tally cannot be required, because it begins as null")
            let fits =
                switch column.type {
                case .integer, .real: true
                case .text: merge != .sum
                case .boolean: merge != .sum
                case .json: false
                }
            try require(
                fits, plugin,
                "\(place): column '\(column.name)' of type \(column.type.rawValue) has no \(merge.rawValue)")
        }
    }

    private static func require(_ holds: Bool, _ plugin: String, _ what: @autoclosure () -> String)
        throws(StoreError)
    {
        guard holds else { throw StoreError(.schema, "plugin \(plugin): \(what())") }
    }

    private static func notPlain(_ name: String, _ what: String) -> String {
        "'\(name)' cannot name a \(what): use lower case letters, digits and single underscores, beginning with a "
            + "letter, at most 40"
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
