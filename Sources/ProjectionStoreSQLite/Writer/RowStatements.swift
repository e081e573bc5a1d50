import PluginKit
import ProjectionStore

/// The statements of one table, prepared when first needed, and how encoded rows become their parameters.
final class RowStatements {
    private let database: SQLiteDatabase
    private let table: TableDefinition
    private let types: [ColumnDefinition.ColumnType]
    private var put: SQLiteStatement?
    private var insertOnce: SQLiteStatement?
    private var delete: SQLiteStatement?
    private var merge: SQLiteStatement?
    private var selects: [SQLiteStatement?]

    init(_ database: SQLiteDatabase, _ table: TableDefinition) {
        self.database = database
        self.table = table
        types = table.columns.map(\.type)
        selects = Array(repeating: nil, count: table.keyCount + 1)
    }

    // MARK: Writing

    func apply(_ change: RowChange, _ bytes: ByteBuffer) throws(StoreError) {
        let statement = try statement(for: change.kind)
        defer { statement.reset() }
        guard try bindKey(statement, bytes.bytes(change.key)) == table.keyCount else {
            throw wrong("a key does not have \(table.keyCount) columns")
        }
        if change.kind != .delete { try bindValues(statement, bytes.base, change.values) }
        while try statement.step() {}
    }

    private func statement(for kind: Effects.Change.Kind) throws(StoreError) -> SQLiteStatement {
        switch kind {
        case .put:
            if let put { return put }
            let made = try database.statement(SQLText.put(table))
            put = made
            return made
        case .insertOnce:
            if let insertOnce { return insertOnce }
            let made = try database.statement(SQLText.insertOnce(table))
            insertOnce = made
            return made
        case .delete:
            if let delete { return delete }
            let made = try database.statement(SQLText.delete(table))
            delete = made
            return made
        case .merge:
            if let merge { return merge }
            guard table.kind == .tally else { throw wrong("only tallies merge") }
            let made = try database.statement(SQLText.merge(table))
            merge = made
            return made
        }
    }

    /// Binds the key columns that `bytes` holds and says how many there were. Text is borrowed.
    private func bindKey(_ statement: SQLiteStatement, _ bytes: UnsafeBufferPointer<UInt8>) throws(StoreError) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        var at = 0
        var index = 0
        while at < bytes.count {
            guard index < table.keyCount else { throw wrong("a key has more columns than the table's") }
            switch types[index] {
            case .integer, .boolean:
                guard at + 8 <= bytes.count else { throw wrong("a key ends within a column") }
                let raw = UnsafeRawPointer(base).loadUnaligned(fromByteOffset: at, as: UInt64.self)
                statement.bind(index + 1, Int64(bitPattern: UInt64(bigEndian: raw) ^ (1 << 63)))
                at += 8
            case .text, .json, .real:
                var end = at
                while end < bytes.count, base[end] != 0 { end += 1 }
                guard end < bytes.count else { throw wrong("a key ends within a column") }
                statement.bind(index + 1, borrowed: UnsafeBufferPointer(start: base + at, count: end - at))
                at = end + 1
            }
            index += 1
        }
        return index
    }

    private func bindValues(_ statement: SQLiteStatement, _ base: UnsafeMutablePointer<UInt8>, _ range: Range<Int>)
        throws(StoreError)
    {
        var at = range.lowerBound
        for index in table.keyCount..<types.count {
            guard at < range.upperBound else {
                statement.bindNull(index + 1)
                continue
            }
            let value = RowCodec.nextValue(base, &at)
            switch (value, types[index]) {
            case (.null, _): statement.bindNull(index + 1)
            case (.text(let text), .text), (.text(let text), .json): statement.bind(index + 1, borrowed: text)
            case (.integer(let integer), .integer), (.integer(let integer), .boolean):
                statement.bind(index + 1, integer)
            case (.integer(let integer), .real): statement.bind(index + 1, Double(integer))
            // SQLite would keep NaN as NULL, and no JSON can show infinity.
            case (.real(let real), .real) where real.isFinite: statement.bind(index + 1, real)
            default:
                throw wrong(
                    "column \(table.columns[index].name) is of type \(types[index].rawValue) and does not take "
                        + "\(value.cell.kindForMessages)")
            }
        }
    }

    private func wrong(_ what: String) -> StoreError {
        database.fail(StoreError(.constraint, "table \(table.name): \(what)"))
    }

    // MARK: Reading

    /// The rows under a key or a prefix of whole key columns. `scratch` is used up.
    func rows(_ prefix: UnsafeBufferPointer<UInt8>, _ scratch: ByteBuffer) throws(StoreError) -> [EncodedRow] {
        let count = try columnCount(prefix)
        let statement = try select(count)
        defer { statement.reset() }
        _ = try bindKey(statement, prefix)
        var rows: [EncodedRow] = []
        while try statement.step() {
            scratch.removeAll(keeping: 1 << 20)
            for index in 0..<table.keyCount { appendKey(statement, index, scratch) }
            let keyEnd = scratch.count
            for index in table.keyCount..<types.count { statement.appendValue(index, to: scratch) }
            rows.append(
                EncodedRow(
                    key: Array(scratch.bytes(0..<keyEnd)), values: Array(scratch.bytes(keyEnd..<scratch.count))))
        }
        return rows
    }

    private func select(_ count: Int) throws(StoreError) -> SQLiteStatement {
        if let known = selects[count] { return known }
        let made = try database.statement(SQLText.select(table, prefix: count))
        selects[count] = made
        return made
    }

    /// How many key columns `bytes` holds; `bindKey` checks that they are whole.
    private func columnCount(_ bytes: UnsafeBufferPointer<UInt8>) throws(StoreError) -> Int {
        var at = 0
        var index = 0
        while at < bytes.count {
            guard index < table.keyCount else { throw wrong("a key has more columns than the table's") }
            switch types[index] {
            case .integer, .boolean: at += 8
            case .text, .json, .real:
                while at < bytes.count, bytes[at] != 0 { at += 1 }
                at += 1
            }
            index += 1
        }
        return index
    }

    private func appendKey(_ statement: SQLiteStatement, _ index: Int, _ buffer: ByteBuffer) {
        switch types[index] {
        case .integer, .boolean:
            let ordered = UInt64(bitPattern: statement.integer(index)) ^ (1 << 63)
            withUnsafeBytes(of: ordered.bigEndian) { buffer.append($0.assumingMemoryBound(to: UInt8.self)) }
        case .text, .json, .real:
            buffer.append(statement.textBytes(index))
            buffer.append(0)
        }
    }
}
