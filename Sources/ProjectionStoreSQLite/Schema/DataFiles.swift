import PluginKit
import ProjectionStore

/// Loads a plugin's data files into tables of text, and again whenever a file differs from what was loaded.
struct DataFiles {
    let database: SQLiteDatabase
    let plugin: Manifest
    /// The texts by file name.
    let texts: [String: String]

    /// Within a transaction.
    func apply() throws(StoreError) {
        var loaded = try loadedFiles()
        for file in plugin.data {
            guard let text = texts[file.file] else {
                throw StoreError(
                    .schema, "plugin \(plugin.name): data file \(file.file) is declared, but it is not in its folder")
            }
            let known = loaded.removeValue(forKey: file.table)
            guard known?.file != file.file || known?.content != text else { continue }
            let content = try DataTable(csv: text, file: file.file)
            if known != nil { try remove(file.table) }
            try load(content, text, file)
        }
        for table in loaded.keys.sorted() { try remove(table) }
    }

    private func loadedFiles() throws(StoreError) -> [String: (file: String, content: String)] {
        var files: [String: (file: String, content: String)] = [:]
        let statement = try database.statement("SELECT name, file, content FROM _data")
        defer { statement.reset() }
        while try statement.step() { files[statement.text(0)] = (statement.text(1), statement.text(2)) }
        return files
    }

    private func remove(_ table: String) throws(StoreError) {
        try database.execute("DROP TABLE \(SQLText.quoted(table))")
        let entry = try database.statement("DELETE FROM _data WHERE name = ?")
        entry.bind(1, table)
        try entry.run()
    }

    private func load(_ content: DataTable, _ text: String, _ file: DataFile) throws(StoreError) {
        let table = SQLText.quoted(file.table)
        let columns = content.columns.map { SQLText.quoted($0) }
        try database.execute(
            "CREATE TABLE \(table) (\(columns.map { "\($0) TEXT NOT NULL" }.joined(separator: ", "))) STRICT")
        let insert = try SQLiteStatement(
            database, "INSERT INTO \(table) VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))",
            isPersistent: false)
        defer { insert.finalize() }
        for row in content.rows {
            for (index, field) in row.enumerated() { insert.bind(index + 1, field) }
            try insert.run()
        }
        let entry = try database.statement("INSERT INTO _data (name, file, content) VALUES (?, ?, ?)")
        entry.bind(1, file.table)
        entry.bind(2, file.file)
        entry.bind(3, text)
        try entry.run()
    }
}
