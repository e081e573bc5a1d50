import PluginKit
import ProjectionStore

/// A plugin with one table of texts under a key, for tests that are about files and processes.
enum SmallStore {
    static let manifest = Manifest(
        name: "small", version: 1, summary: LocalizedText(ar: "صغير", en: "Small"), events: [],
        tables: [
            TableDefinition(
                name: "item", kind: .rows, owner: "mechanism",
                columns: [
                    ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
                    ColumnDefinition(name: "title", type: .text),
                ], keyCount: 1, isReference: false, identity: [])
        ])

    /// The same, reading the topic of people.
    static let ofPeople = Manifest(
        name: "small", version: 1, summary: manifest.summary,
        events: [Subscription(type: "org.example.person.v1", fromPeopleTopic: true)], tables: manifest.tables)

    static func put(_ rows: [(String, String)], into writer: any StoreWriter) throws {
        let bytes = ByteBuffer()
        for (key, title) in rows {
            bytes.removeAll()
            try RowCodec.appendKey(.string(key), to: bytes)
            let end = bytes.count
            try RowCodec.appendValue(.string(title), to: bytes)
            let change = RowChange(kind: .put, key: 0..<end, values: end..<bytes.count)
            try writer.apply(table: 0, changes: [change], bytes: bytes)
        }
    }

    static func commit(_ rows: [(String, String)], to writer: any StoreWriter) throws {
        try writer.begin()
        do {
            try put(rows, into: writer)
        } catch {
            writer.rollback()
            throw error
        }
        try writer.commit()
    }

    static func query(_ select: String) -> QueryDefinition {
        QueryDefinition(
            name: "asked", title: manifest.summary, visibility: .public, columns: [], parameters: [], select: select)
    }

    static func titles(_ reader: any StoreReader) throws -> [String: String] {
        let table = try reader.query(query("SELECT mechanism, title FROM item"), asOf: nil, parameters: [:])
        return Dictionary(table.rows.map { ($0[0].plain, $0[1].plain) }) { first, _ in first }
    }
}
