import PluginKit
import ProjectionStore

/// The statements of one table, and how encoded rows become arrays, one for each column.
final class RowStatements {
    private let database: PostgresDatabase
    private let table: TableDefinition
    private let types: [ColumnDefinition.ColumnType]
    private let isRequired: [Bool]
    private let columns: [PostgresArray]
    private var texts: [Effects.Change.Kind: String] = [:]
    private let selects: [String]
    private let label: String
    /// Of the kind that `columns` holds now.
    private var count = 0

    /// A statement is sent at the latest when its arrays have grown to this.
    private static let batchBytes = 8 << 20

    init(_ database: PostgresDatabase, _ table: TableDefinition) {
        self.database = database
        self.table = table
        types = table.columns.map(\.type)
        isRequired = table.columns.enumerated().map { $1.isRequired || $0 < table.keyCount }
        columns = types.map { PostgresArray(of: SQLText.type(of: $0)) }
        selects = (0...table.keyCount).map { SQLText.select(table, prefix: $0) }
        // The server does not say which column held text that is no JSON.
        let json = table.columns.filter { $0.type == .json }.map(\.name).joined(separator: ", ")
        label = "table \(table.name)" + (json.isEmpty ? "" : ", whose JSON is in \(json)")
    }

    // MARK: Writing

    /// Keys are distinct, so the kinds may go one after the other; within a kind the order stays.
    func apply(_ changes: [RowChange], _ bytes: ByteBuffer) throws(StoreError) {
        for kind in [Effects.Change.Kind.delete, .insertOnce, .put, .merge] {
            clear()
            for change in changes where change.kind == kind {
                guard try addKey(bytes.bytes(change.key)) == table.keyCount else {
                    throw wrong("a key does not have \(table.keyCount) columns")
                }
                if kind != .delete { try addValues(bytes.base, change.values) }
                count += 1
                if columns.reduce(0, { $0 + $1.byteCount }) > Self.batchBytes { try send(kind) }
            }
            try send(kind)
        }
    }

    private func clear() {
        for column in columns { column.removeAll() }
        count = 0
    }

    private func send(_ kind: Effects.Change.Kind) throws(StoreError) {
        guard count > 0 else { return }
        let sent = kind == .delete ? columns.prefix(table.keyCount) : columns[...]
        try database.change(try text(for: kind), label) { parameters in
            for column in sent { parameters.add(column) }
        }
        clear()
    }

    private func text(for kind: Effects.Change.Kind) throws(StoreError) -> String {
        if let known = texts[kind] { return known }
        let made: String
        switch kind {
        case .put: made = SQLText.put(table)
        case .insertOnce: made = SQLText.insertOnce(table)
        case .delete: made = SQLText.delete(table)
        case .merge:
            guard table.kind == .tally else { throw wrong("only tallies merge") }
            made = SQLText.merge(table)
        }
        texts[kind] = made
        return made
    }

    /// Adds the key columns that `bytes` holds and says how many there were.
    private func addKey(_ bytes: UnsafeBufferPointer<UInt8>) throws(StoreError) -> Int {
        try forEachKeyColumn(bytes) { index, part in
            switch part {
            case .integer(let value): columns[index].append(value)
            case .text(let text): columns[index].append(text)
            }
        }
    }

    private func addValues(_ base: UnsafeMutablePointer<UInt8>, _ range: Range<Int>) throws(StoreError) {
        var at = range.lowerBound
        for index in table.keyCount..<types.count {
            let value = at < range.upperBound ? RowCodec.nextValue(base, &at) : .null
            let column = columns[index]
            switch (value, types[index]) {
            case (.null, _):
                guard !isRequired[index] else {
                    throw wrong("column \(table.columns[index].name) is required and has no value")
                }
                column.appendNull()
            case (.text(let text), .text), (.text(let text), .json): column.append(text)
            case (.integer(let integer), .integer): column.append(integer)
            case (.integer(let integer), .boolean) where integer == 0 || integer == 1: column.append(integer)
            case (.integer(let integer), .real): column.append(Double(integer))
            // No JSON can show NaN or infinity.
            case (.real(let real), .real) where real.isFinite: column.append(real)
            default:
                throw wrong(
                    "column \(table.columns[index].name) is of type \(types[index].rawValue) and does not take "
                        + "\(value.cell.kindForMessages)")
            }
        }
    }

    private func wrong(_ what: String) -> StoreError {
        clear()
        return database.fail(StoreError(.constraint, "table \(table.name): \(what)"))
    }

    // MARK: Keys

    private enum KeyPart {
        case integer(Int64)
        case text(UnsafeBufferPointer<UInt8>)
    }

    /// Takes a key or a prefix of whole key columns apart, and says how many columns it holds.
    private func forEachKeyColumn(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (Int, KeyPart) -> Void)
        throws(StoreError) -> Int
    {
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
                body(index, .integer(value))
                at += 8
            case .text, .json, .real:
                var end = at
                while end < bytes.count, base[end] != 0 { end += 1 }
                guard end < bytes.count else { throw wrong("a key ends within a column") }
                body(index, .text(UnsafeBufferPointer(start: base + at, count: end - at)))
                at = end + 1
            }
            index += 1
        }
        return index
    }

    // MARK: Reading

    /// The rows under a key or a prefix of whole key columns. `scratch` is used up.
    func rows(_ prefix: UnsafeBufferPointer<UInt8>, _ scratch: ByteBuffer) throws(StoreError) -> [EncodedRow] {
        let given = try forEachKeyColumn(prefix) { _, _ in }
        var failure: StoreError?
        let result = try database.run(selects[given], "reading table \(table.name)") { parameters in
            do throws(StoreError) {
                _ = try forEachKeyColumn(prefix) { index, part in
                    switch part {
                    case .integer(let value) where types[index] == .boolean: parameters.add(small: value)
                    case .integer(let value): parameters.add(value)
                    case .text(let text): parameters.add(text: text)
                    }
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return result.rows.map { row in
            scratch.removeAll(keeping: 1 << 20)
            for index in 0..<table.keyCount { appendKey(row, index, scratch) }
            let keyEnd = scratch.count
            for index in table.keyCount..<types.count { appendValue(row, index, scratch) }
            return EncodedRow(
                key: Array(scratch.bytes(0..<keyEnd)), values: Array(scratch.bytes(keyEnd..<scratch.count)))
        }
    }

    private func appendKey(_ row: PostgresResult.Row, _ index: Int, _ buffer: ByteBuffer) {
        switch types[index] {
        case .integer, .boolean: buffer.append(bigEndian: UInt64(bitPattern: row.integer(index)) ^ (1 << 63))
        case .text, .json, .real:
            buffer.append(row.bytes(index))
            buffer.append(0)
        }
    }

    private func appendValue(_ row: PostgresResult.Row, _ index: Int, _ buffer: ByteBuffer) {
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

extension Cell {
    fileprivate var kindForMessages: String {
        switch self {
        case .null: "null"
        case .integer(let value): "the integer \(value)"
        case .real(let value): "the number \(value)"
        case .text, .string: "text"
        }
    }
}
