import PluginKit
import ProjectionStore

/// Loads a plugin's data files into tables of text, and again whenever a file differs from what was loaded.
struct DataFiles {
    let database: PostgresDatabase
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
        for row in try database.run("SELECT name, file, content FROM _data", "reading which data files are loaded").rows
        {
            files[row.text(0)] = (row.text(1), row.text(2))
        }
        return files
    }

    private func remove(_ table: String) throws(StoreError) {
        try database.execute("DROP TABLE \(SQLText.quoted(table))", "dropping data table \(table)")
        try database.change("DELETE FROM _data WHERE name = $1", "forgetting data table \(table)") { $0.add(table) }
    }

    private func load(_ content: DataTable, _ text: String, _ file: DataFile) throws(StoreError) {
        let table = SQLText.quoted(file.table)
        let columns = content.columns.map { SQLText.quoted($0) }
        let label = "loading data file \(file.file)"
        try database.execute(
            "CREATE TABLE \(table) (\(columns.map { "\($0) \(SQLText.text) NOT NULL" }.joined(separator: ", ")))", label
        )
        if !content.rows.isEmpty {
            let arrays = columns.map { _ in PostgresArray(of: PostgresType.text) }
            for row in content.rows {
                for (index, field) in row.enumerated() { arrays[index].append(field) }
            }
            let places = arrays.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
            _ = try database.run("INSERT INTO \(table) SELECT * FROM unnest(\(places))", label) { parameters in
                for array in arrays { parameters.add(array) }
            }
        }
        try database.change("INSERT INTO _data (name, file, content) VALUES ($1, $2, $3)", label) {
            $0.add(file.table)
            $0.add(file.file)
            $0.add(text)
        }
    }
}
