import PluginKit
import ProjectionStore

/// Writes and reads the rows of one table.
///
/// Changes become arrays, and statements that take them apart. Where there are many, those of rows that are not in the
/// table go by COPY instead, which costs the server half: the filter `KnownKeys` tells which they are. Changes are sent
/// as they come, and the last of them when the transaction's next statement asks for them (`PendingRows`).
final class RowStatements: PendingRows {
    private let database: PostgresDatabase
    private let shape: RowShape
    private var table: TableDefinition { shape.table }
    private var arrays: [Effects.Change.Kind: RowArrays] = [:]
    private let copy: CopyRows
    private var isCopying = false
    /// Of the changes on their way.
    private var lastKey: [UInt8] = []
    private var known: KnownKeys
    private let copyText: String
    private var texts: [Effects.Change.Kind: String] = [:]
    private let selects: [String]
    private let reading: (first: String, next: String)
    private let label: String

    /// Arrays are sent at the latest when they have grown to this.
    private static let batchBytes = 1 << 20
    /// From so many changes on it pays to know which keys are new.
    static let many = 512

    init(_ database: PostgresDatabase, _ table: TableDefinition, _ allowance: FilterAllowance) {
        self.database = database
        shape = RowShape(table)
        copy = CopyRows(types: table.columns.map { SQLText.type(of: $0.type) })
        known = KnownKeys(sharing: allowance)
        copyText = SQLText.copy(table)
        selects = (0...table.keyCount).map { SQLText.select(table, prefix: $0) }
        reading = (SQLText.keys(table, after: false), SQLText.keys(table, after: true))
        // The server does not say which column held text that is no JSON.
        let json = table.columns.filter { $0.type == .json }.map(\.name).joined(separator: ", ")
        label = "table \(table.name)" + (json.isEmpty ? "" : ", whose JSON is in \(json)")
    }

    /// Forgets which keys are there: somebody else may have written some.
    func beginAnew() { known.beginAnew() }

    // MARK: Writing

    /// Keys are in order, each once, and those on their way all lie before them: so they are distinct, and it does not
    /// matter in which order they are sent.
    func apply(_ changes: [RowChange], _ bytes: ByteBuffer) throws(StoreError) {
        guard let first = changes.first, let last = changes.last else { return }
        if database.isPending(self), !lastKey.lexicographicallyPrecedes(bytes.bytes(first.key)) {
            // A row may be changed anew.
            try database.arrive()
        }
        lastKey = Array(bytes.bytes(last.key))
        if !database.isPending(self) {
            if changes.count >= Self.many { try learn(changes.count) }
            try database.hold(self)
        }
        let sorts = changes.count >= Self.many || isCopying
        do throws(StoreError) {
            for change in changes {
                let key = bytes.bytes(change.key)
                if change.kind == .merge, table.kind != .tally { throw shape.wrong("only tallies merge") }
                if sorts, known.isNew(key) {
                    // What is not there need not be deleted.
                    if change.kind != .delete { try insert(key, bytes.base, change.values) }
                } else {
                    if !sorts, known.isBegun { known.note(key) }
                    try take(change, key, bytes.base)
                }
            }
        } catch {
            throw database.fail(error)
        }
    }

    private func insert(
        _ key: UnsafeBufferPointer<UInt8>, _ base: UnsafeMutablePointer<UInt8>, _ values: Range<Int>
    ) throws(StoreError) {
        copy.beginRow()
        try shape.takeWholeKey(key, into: copy)
        try shape.takeValues(base, values, into: copy)
        if copy.isFull { try sendCopied() }
    }

    private func sendCopied() throws(StoreError) {
        if !isCopying {
            try database.startCopy(copyText, label)
            isCopying = true
        }
        try database.copy(copy.bytes)
        copy.removeSent()
    }

    private func take(
        _ change: RowChange, _ key: UnsafeBufferPointer<UInt8>, _ base: UnsafeMutablePointer<UInt8>
    ) throws(StoreError) {
        let rows = arrays(of: change.kind)
        try shape.takeWholeKey(key, into: rows)
        if change.kind != .delete { try shape.takeValues(base, change.values, into: rows) }
        rows.count += 1
        if rows.count.isMultiple(of: 256), rows.byteCount > Self.batchBytes {
            try database.arrive()
            try database.hold(self)
        }
    }

    private func arrays(of kind: Effects.Change.Kind) -> RowArrays {
        if let known = arrays[kind] { return known }
        let made = RowArrays(table)
        arrays[kind] = made
        return made
    }

    func finish() throws(StoreError) {
        if copy.isBegun {
            copy.end()
            try sendCopied()
            copy.removeAll()
            isCopying = false
            try database.endCopy(label) { known.beginAnew() }
        }
        for kind in [Effects.Change.Kind.delete, .insertOnce, .put, .merge] {
            guard let rows = arrays[kind], rows.count > 0 else { continue }
            let sent = kind == .delete ? rows.columns.prefix(table.keyCount) : rows.columns[...]
            try database.change(text(for: kind), label) { parameters in
                for column in sent { parameters.add(column) }
            }
            rows.removeAll()
        }
    }

    func discard() {
        copy.removeAll()
        isCopying = false
        for rows in arrays.values { rows.removeAll() }
    }

    private func text(for kind: Effects.Change.Kind) -> String {
        if let known = texts[kind] { return known }
        let made =
            switch kind {
            case .put: SQLText.put(table)
            case .insertOnce: SQLText.insertOnce(table)
            case .delete: SQLText.delete(table)
            case .merge: SQLText.merge(table)
            }
        texts[kind] = made
        return made
    }

    // MARK: Reading

    /// The rows under a key or a prefix of whole key columns. `scratch` is used up.
    func rows(_ prefix: UnsafeBufferPointer<UInt8>, _ scratch: ByteBuffer) throws(StoreError) -> [EncodedRow] {
        let result = try query("reading table \(table.name)", prefix) { selects[$0] }
        return result.rows.map { row in
            scratch.removeAll(keeping: 1 << 20)
            for index in 0..<table.keyCount { shape.appendKey(row, index, scratch) }
            let keyEnd = scratch.count
            for index in table.keyCount..<shape.types.count { shape.appendValue(row, index, scratch) }
            return EncodedRow(
                key: Array(scratch.bytes(0..<keyEnd)), values: Array(scratch.bytes(keyEnd..<scratch.count)))
        }
    }

    /// Reads on in the table, a step for each transaction, so that a worker starts at once on a table of any size.
    private func learn(_ changes: Int) throws(StoreError) {
        known.begin()
        guard known.wantsMore else { return }
        let step = min(32_768, changes * 8)
        let label = "reading the keys of table \(table.name)"
        let result = try known.readUpTo.withUnsafeBufferPointer { (last) throws(StoreError) in
            try query(label, last) {
                $0 == 0 ? reading.first : reading.next
            } more: {
                $0.add(Int64(step))
            }
        }
        let key = ByteBuffer()
        for row in result.rows {
            key.removeAll()
            for index in 0..<table.keyCount { shape.appendKey(row, index, key) }
            known.read(key.bytes(0..<key.count))
        }
        if result.count < step { known.finishReading() }
    }

    /// Runs the statement that `text` gives for a key of so many columns, with these as its first parameters.
    private func query(
        _ label: String, _ key: UnsafeBufferPointer<UInt8>, _ text: (Int) -> String,
        more: (PostgresParameters) -> Void = { _ in }
    ) throws(StoreError) -> PostgresResult {
        let taken = KeyParameters(shape.types)
        let given: Int
        do throws(StoreError) {
            given = try shape.takeKey(key, into: taken)
        } catch {
            throw database.fail(error)
        }
        return try database.run(text(given), label) { parameters in
            taken.add(to: parameters)
            more(parameters)
        }
    }
}

/// The columns of one key on their way into a statement.
private final class KeyParameters: RowSink {
    private enum Part {
        case integer(Int64)
        case small(Int64)
        case text(UnsafeBufferPointer<UInt8>)
    }

    private let types: [ColumnDefinition.ColumnType]
    private var parts: [Part] = []

    init(_ types: [ColumnDefinition.ColumnType]) { self.types = types }

    func add(to parameters: PostgresParameters) {
        for part in parts {
            switch part {
            case .integer(let value): parameters.add(value)
            case .small(let value): parameters.add(small: value)
            case .text(let text): parameters.add(text: text)
            }
        }
    }

    // Keys hold neither.
    func null(_ column: Int) {}
    func real(_ column: Int, _ value: Double) {}

    func text(_ column: Int, _ bytes: UnsafeBufferPointer<UInt8>) { parts.append(.text(bytes)) }
    func integer(_ column: Int, _ value: Int64) {
        parts.append(types[column] == .boolean ? .small(value) : .integer(value))
    }
}
