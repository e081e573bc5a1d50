import PluginKit
import ProjectionStore

/// What a trial run would change: looks at each row before it is first changed, and once more at the end. Within one
/// transaction that is rolled back.
final class RowDifferences {
    private struct Place: Hashable {
        let table: Int
        let key: [UInt8]
    }

    private let tables: [TableDefinition]
    private let writer: any StoreWriter
    private let buffer: ByteBuffer
    private var order: [Place] = []
    private var before: [Place: EncodedRow?] = [:]

    init(tables: [TableDefinition], writer: any StoreWriter, buffer: ByteBuffer) {
        self.tables = tables
        self.writer = writer
        self.buffer = buffer
    }

    /// The rows are about to be changed.
    func note(_ table: Int, _ changes: [RowChange]) throws(StoreError) {
        for change in changes {
            let place = Place(table: table, key: Array(buffer.bytes(change.key)))
            guard before[place] == nil else { continue }
            before[place] = .some(try row(place))
            order.append(place)
        }
    }

    /// What differs now, in the order in which rows were first changed.
    func found() throws(StoreError) -> [DeadLetterOutcome.RowDifference] {
        var differences: [DeadLetterOutcome.RowDifference] = []
        for place in order {
            let old = before[place] ?? nil
            let new = try row(place)
            guard old != new else { continue }
            let table = tables[place.table]
            let types = table.columns.prefix(table.keyCount).map(\.type)
            let key = place.key.withUnsafeBufferPointer { RowCodec.decodeKey($0, types: types) }
            differences.append(
                DeadLetterOutcome.RowDifference(
                    table: table.name, key: key.map { Self.text($0) ?? "" }, before: old.map { values($0, table) },
                    after: new.map { values($0, table) }))
        }
        return differences
    }

    private func row(_ place: Place) throws(StoreError) -> EncodedRow? {
        try withKey(place.key) { (key) throws(StoreError) in try writer.rows(table: place.table, prefix: key).first }
    }

    private func withKey<Value>(
        _ key: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let copy = ByteBuffer(capacity: key.count)
        key.withUnsafeBufferPointer { copy.append($0) }
        return try body(copy.bytes(0..<copy.count))
    }

    private func values(_ row: EncodedRow, _ table: TableDefinition) -> [String: String?] {
        let columns = table.columns.dropFirst(table.keyCount)
        let cells = row.values.withUnsafeBufferPointer { RowCodec.decodeValues($0, count: columns.count) }
        var values: [String: String?] = [:]
        for (column, cell) in zip(columns, cells) { values[column.name] = .some(Self.text(cell)) }
        return values
    }

    /// nil for null.
    private static func text(_ cell: Cell) -> String? {
        switch cell {
        case .null: nil
        case .integer(let value): String(value)
        case .real(let value): String(value)
        case .text(let text): String(text)
        case .string(let text): text
        }
    }
}
