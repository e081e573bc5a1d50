import PluginKit
import ProjectionStore

/// A store with one table of each kind, its writer, and short ways to write and read them.
final class StoreFixture {
    let provider: any StoreProvider
    let manifest: Manifest
    private let ownership: any StoreOwnership
    private(set) var writer: any StoreWriter
    private var readers: [any StoreReader] = []

    static let partition = PartitionKey(topic: "iscm.events", partition: 3)

    init(_ provider: any StoreProvider, manifest: Manifest = StoreFixture.manifest()) throws {
        self.provider = provider
        self.manifest = manifest
        ownership = try provider.takeOwnership(waiting: nil)
        writer = try provider.openWriter(manifest, data: StoreFixture.data)
    }

    func close() {
        for reader in readers { reader.close() }
        writer.close()
        ownership.release()
    }

    /// As a worker does that is started again.
    func reopen(_ manifest: Manifest? = nil, data: [String: String] = StoreFixture.data) throws {
        writer.close()
        writer = try provider.openWriter(manifest ?? self.manifest, data: data)
    }

    func reader(_ manifest: Manifest? = nil) throws -> any StoreReader {
        let reader = try provider.openReader(manifest ?? self.manifest)
        readers.append(reader)
        return reader
    }

    func transaction(_ body: (any StoreWriter) throws -> Void) throws {
        try writer.begin()
        do {
            try body(writer)
        } catch {
            writer.rollback()
            throw error
        }
        try writer.commit()
    }

    // MARK: Tables

    static let visits = TableDefinition.facts(
        name: "visit", owner: "mechanism",
        columns: [
            ColumnDefinition(name: "place", type: .text, isRequired: true),
            ColumnDefinition(name: "seats", type: .integer),
        ], identity: ["place"])

    static let things = TableDefinition(
        name: "thing", kind: .rows, owner: "mechanism",
        columns: [
            ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
            ColumnDefinition(name: "part", type: .integer, isRequired: true),
            ColumnDefinition(name: "language", type: .text, isRequired: true),
            ColumnDefinition(name: "title", type: .text, isRequired: true),
            ColumnDefinition(name: "amount", type: .integer),
            ColumnDefinition(name: "share", type: .real),
            ColumnDefinition(name: "open", type: .boolean),
            ColumnDefinition(name: "extra", type: .json),
        ], keyCount: 3, isReference: true, identity: [])

    static let totals = TableDefinition(
        name: "total", kind: .tally, owner: "mechanism",
        columns: [
            ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
            ColumnDefinition(name: "events", type: .integer, merge: .sum),
            ColumnDefinition(name: "weight", type: .real, merge: .sum),
            ColumnDefinition(name: "most", type: .integer, merge: .max),
            ColumnDefinition(name: "least", type: .integer, merge: .min),
            ColumnDefinition(name: "last", type: .text, merge: .max),
        ], keyCount: 1, isReference: false, identity: [])

    static let data = ["labels.csv": "slug,label_ar\nreturn,\"العودة، و\"\"الإدماج\"\"\"\nother,\n"]

    static func manifest(
        version: Int = 1, tables: [TableDefinition] = [visits, things, totals],
        data: [DataFile] = [DataFile(file: "labels.csv", table: "label")]
    ) -> Manifest {
        Manifest(
            name: "conformance", version: version, summary: LocalizedText(ar: "مطابقة", en: "Conformance"),
            events: [Subscription(type: "org.example.person.v1", fromPeopleTopic: true)], tables: tables, data: data)
    }

    static func query(_ select: String, columns: [String] = [], parameters: [String] = []) -> QueryDefinition {
        QueryDefinition(
            name: "asked", title: LocalizedText(ar: "سؤال", en: "Question"), visibility: .public,
            columns: columns.map { QueryColumn(name: $0, heading: LocalizedText(ar: $0, en: $0)) },
            parameters: parameters, select: select)
    }

    // MARK: Rows

    /// One change: a key and, unless it deletes, values.
    struct Edit {
        let kind: Effects.Change.Kind
        let key: [Cell]
        var values: [Cell] = []
    }

    /// Applies the edits as the runtime does: sorted by key, in one buffer.
    static func apply(_ table: Int, _ edits: [Edit], to writer: any StoreWriter) throws {
        let bytes = ByteBuffer()
        let changes = try edits.map { edit in
            let start = bytes.count
            for cell in edit.key { try RowCodec.appendKey(cell, to: bytes) }
            let middle = bytes.count
            for cell in edit.values { try RowCodec.appendValue(cell, to: bytes) }
            return RowChange(kind: edit.kind, key: start..<middle, values: middle..<bytes.count)
        }
        let sorted = changes.sorted { bytes.bytes($0.key).lexicographicallyPrecedes(bytes.bytes($1.key)) }
        try writer.apply(table: table, changes: sorted, bytes: bytes)
    }

    func write(_ table: Int, _ edits: [Edit]) throws {
        try transaction { try Self.apply(table, edits, to: $0) }
    }

    static func rows(_ table: Int, _ prefix: [Cell], _ writer: any StoreWriter) throws -> [[Cell]] {
        let bytes = ByteBuffer()
        for cell in prefix { try RowCodec.appendKey(cell, to: bytes) }
        let definition = writer.tables[table]
        let types = definition.columns.prefix(definition.keyCount).map(\.type)
        return try writer.rows(table: table, prefix: bytes.bytes(0..<bytes.count)).map { row in
            let key = row.key.withUnsafeBufferPointer { RowCodec.decodeKey($0, types: types) }
            let values = row.values.withUnsafeBufferPointer {
                RowCodec.decodeValues($0, count: definition.columns.count - definition.keyCount)
            }
            return key + values
        }
    }

    func rows(_ table: Int, _ prefix: Cell...) throws -> [[Cell]] { try Self.rows(table, prefix, writer) }

    static func thing(
        _ key: [Cell], title: Cell, amount: Cell = nil, share: Cell = nil, open: Cell = nil, extra: Cell = nil
    ) -> Edit {
        Edit(kind: .put, key: key, values: [title, amount, share, open, extra])
    }

    static func visit(
        _ owner: String, _ id: String, place: String, effective: String? = nil, time: String? = nil, seats: Cell = nil
    ) -> Edit {
        Edit(
            kind: .insertOnce, key: [.string(owner), "source", .string(id), 0],
            values: [Cell(effective), Cell(effective), Cell(time), nil, .string(place), seats])
    }

    // MARK: Records

    static func state(next: Int64 = 0, epoch: Int64 = 1, activation: Int64 = 0) -> PartitionState {
        PartitionState(
            key: partition, nextOffset: next, epoch: epoch, activationOffset: activation, clusterID: "cluster",
            partitionCount: 12, last: nil)
    }

    static func deadLetter(key: [UInt8]?, value: [UInt8]?, headers: [RecordHeader] = [], offset: Int64 = 7)
        -> DeadLetterDraft
    {
        DeadLetterDraft(
            partition: partition, offset: offset, timestamp: 1_700_000_000_000, key: key, headers: headers,
            value: value,
            reason: "not-json", detail: "line 1", isEnvelope: true, type: nil, source: nil, id: nil, sequence: nil,
            recorded: 1_700_000_000_001)
    }

    static func message(
        _ id: String, key: String = "k", recipient: String? = nil, partition: PartitionKey = StoreFixture.partition
    ) -> OutboxDraft {
        OutboxDraft(
            partition: partition, id: id, kind: .notice, destination: "maildir", key: key, payload: "{}", created: 5,
            validUntil: nil,
            recipient: recipient)
    }
}
