import PluginKit
import ProjectionStore

/// Takes one row after the other, column by column in the table's order.
protocol RowSink: AnyObject {
    func null(_ column: Int)
    func text(_ column: Int, _ bytes: UnsafeBufferPointer<UInt8>)
    /// Booleans too, as 0 and 1.
    func integer(_ column: Int, _ value: Int64)
    func real(_ column: Int, _ value: Double)
}

/// Takes the encoded rows of one table apart, and refuses what its columns do not take.
struct RowShape {
    let table: TableDefinition
    let types: [ColumnDefinition.ColumnType]
    private let isRequired: [Bool]

    init(_ table: TableDefinition) {
        self.table = table
        types = table.columns.map(\.type)
        isRequired = table.columns.enumerated().map { $1.isRequired || $0 < table.keyCount }
    }

    /// - Parameter bytes: a key, or a prefix of whole key columns.
    /// - Returns: how many columns it holds.
    @inline(__always)
    func takeKey(_ bytes: UnsafeBufferPointer<UInt8>, into sink: some RowSink) throws(StoreError) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var at = 0
        var index = 0
        while at < bytes.count {
            guard index < table.keyCount else { throw wrong("a key has more columns than the table's") }
            switch types[index] {
            case .integer, .boolean:
                guard at + 8 <= bytes.count else { throw wrong("a key ends within a column") }
                let raw = UnsafeRawPointer(base).loadUnaligned(fromByteOffset: at, as: UInt64.self)
                let value = Int64(bitPattern: UInt64(bigEndian: raw) ^ (1 << 63))
                guard types[index] == .integer || value == 0 || value == 1 else {
                    throw wrong("column \(table.columns[index].name) is of type boolean and does not take \(value)")
                }
                sink.integer(index, value)
                at += 8
            case .text, .json, .real:
                var end = at
                while end < bytes.count, base[end] != 0 { end += 1 }
                guard end < bytes.count else { throw wrong("a key ends within a column") }
                sink.text(index, UnsafeBufferPointer(start: base + at, count: end - at))
                at = end + 1
            }
            index += 1
        }
        return index
    }

    @inline(__always)
    func takeWholeKey(_ bytes: UnsafeBufferPointer<UInt8>, into sink: some RowSink) throws(StoreError) {
        guard try takeKey(bytes, into: sink) == table.keyCount else {
            throw wrong("a key does not have \(table.keyCount) columns")
        }
    }

    /// The columns behind the key; those that `range` does not reach to are null.
    @inline(__always)
    func takeValues(_ base: UnsafeMutablePointer<UInt8>, _ range: Range<Int>, into sink: some RowSink)
        throws(StoreError)
    {
        var at = range.lowerBound
        for index in table.keyCount..<types.count {
            let value = at < range.upperBound ? RowCodec.nextValue(base, &at) : .null
            switch (value, types[index]) {
            case (.null, _):
                guard !isRequired[index] else {
                    throw wrong("column \(table.columns[index].name) is required and has no value")
                }
                sink.null(index)
            case (.text(let text), .text), (.text(let text), .json): sink.text(index, text)
            case (.integer(let integer), .integer): sink.integer(index, integer)
            case (.integer(let integer), .boolean) where integer == 0 || integer == 1: sink.integer(index, integer)
            case (.integer(let integer), .real): sink.real(index, Double(integer))
            // No JSON can show NaN or infinity.
            case (.real(let real), .real) where real.isFinite: sink.real(index, real)
            default:
                throw wrong(
                    "column \(table.columns[index].name) is of type \(types[index].rawValue) and does not take "
                        + "\(value.cell.kindForMessages)")
            }
        }
    }

    func wrong(_ what: String) -> StoreError { StoreError(.constraint, "table \(table.name): \(what)") }

    // MARK: Encoding what the server gave

    /// Appends a key column as `RowCodec` does.
    func appendKey(_ row: PostgresResult.Row, _ index: Int, _ buffer: ByteBuffer) {
        switch types[index] {
        case .integer, .boolean: buffer.append(bigEndian: UInt64(bitPattern: row.integer(index)) ^ (1 << 63))
        case .text, .json, .real:
            buffer.append(row.bytes(index))
            buffer.append(0)
        }
    }

    func appendValue(_ row: PostgresResult.Row, _ index: Int, _ buffer: ByteBuffer) {
        guard !row.isNull(index) else { return buffer.append(RowCodec.Tag.null.rawValue) }
        switch types[index] {
        case .integer, .boolean:
            buffer.append(RowCodec.Tag.integer.rawValue)
            buffer.append(littleEndian: row.integer(index))
        case .real:
            buffer.append(RowCodec.Tag.real.rawValue)
            buffer.append(littleEndian: row.integer(index))
        case .text, .json:
            let bytes = row.bytes(index)
            buffer.append(RowCodec.Tag.text.rawValue)
            buffer.append(littleEndian: UInt32(truncatingIfNeeded: bytes.count))
            buffer.append(bytes)
        }
    }
}
