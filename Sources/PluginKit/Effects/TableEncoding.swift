/// How a table's values are encoded: its names, found by the address of the literal that a handler uses before they are
/// compared. Columns are few: a scan beats a dictionary.
///
/// Threading: that of the `Effects` it belongs to.
final class TableEncoding {
    let number: Int
    let name: String
    let kind: TableDefinition.Kind
    let keyCount: Int
    private let columnCount: Int
    private let columns: [ColumnDefinition]
    private let names: UnsafeMutablePointer<Name>

    private struct Name {
        let start: UnsafeMutablePointer<UInt8>
        let count: Int
        let isRequired: Bool
        /// A literal that was found equal.
        var literal: UnsafePointer<UInt8>?

        init(_ text: String, isRequired: Bool) {
            let bytes = Array(text.utf8)
            start = .allocate(capacity: max(1, bytes.count))
            start.initialize(from: bytes, count: bytes.count)
            count = bytes.count
            self.isRequired = isRequired
        }
    }

    init(_ number: Int, _ table: TableDefinition) {
        self.number = number
        name = table.name
        kind = table.kind
        keyCount = table.keyCount
        columns = table.columns
        columnCount = table.columns.count
        names = .allocate(capacity: max(1, columnCount))
        for (index, column) in table.columns.enumerated() {
            // A tally's row begins with nulls, and what is left out stays as it is.
            (names + index).initialize(to: Name(column.name, isRequired: column.isRequired && kind != .tally))
        }
    }

    deinit {
        for index in 0..<columnCount { names[index].start.deallocate() }
        names.deallocate()
    }

    @inline(__always)
    private func matches(_ literal: StaticString, _ index: Int) -> Bool {
        if literal.hasPointerRepresentation, names[index].literal == literal.utf8Start { return true }
        return compare(literal, index)
    }

    private func compare(_ literal: StaticString, _ index: Int) -> Bool {
        let name = names[index]
        let isEqual = literal.withUTF8Buffer {
            sameBytes($0, UnsafeBufferPointer(start: name.start, count: name.count))
        }
        if isEqual, literal.hasPointerRepresentation { names[index].literal = literal.utf8Start }
        return isEqual
    }

    // MARK: Values

    /// Appends the columns from `first` on in the table's order; those that `values` does not name are null.
    ///
    /// - Throws: `EffectMisuse` for a column that there is not, or a value that it cannot hold; `Refusal` for a required
    ///   column that is left empty.
    func append(_ values: KeyValuePairs<StaticString, Cell>, from first: Int, to buffer: ByteBuffer) throws {
        let start = buffer.count
        var next = first
        for (name, value) in values {
            var column = next
            while column < columnCount, !matches(name, column) { column += 1 }
            guard column < columnCount else {
                // Named in another order than the table's.
                buffer.truncate(to: start)
                return try appendUnordered(values, from: first, to: buffer)
            }
            while next < column { try append(.null, next, buffer) }
            try append(value, next, buffer)
        }
        while next < columnCount { try append(.null, next, buffer) }

        @inline(__always)
        func append(_ cell: Cell, _ column: Int, _ buffer: ByteBuffer) throws {
            try self.append(cell, column: column, buffer)
            next += 1
        }
    }

    @inline(__always)
    private func append(_ cell: Cell, column: Int, _ buffer: ByteBuffer) throws {
        if names[column].isRequired, cell.isNull { throw missing(column) }
        do throws(RowCodec.Failure) {
            try RowCodec.appendValue(cell, to: buffer)
        } catch {
            throw EffectMisuse("column \(name).\(columns[column].name) cannot hold this: \(error)")
        }
    }

    private func missing(_ column: Int) -> Refusal {
        Refusal(
            reason: "row-refused",
            detail: "table \(name): column \(columns[column].name) is required, and the event gives no value for it")
    }

    private func appendUnordered(
        _ values: KeyValuePairs<StaticString, Cell>, from first: Int, to buffer: ByteBuffer
    ) throws {
        var used = 0
        for column in first..<columnCount {
            var cell = Cell.null
            for (name, value) in values where matches(name, column) {
                cell = value
                used += 1
                break
            }
            try append(cell, column: column, buffer)
        }
        if used != values.count {
            let known = columns[first...].map(\.name)
            let strange = values.map(\.key.description).filter { !known.contains($0) }
            throw EffectMisuse("table \(name) has no column \(strange.joined(separator: ", "))")
        }
    }
}

/// Finds a table by the literal that a handler names it with: by its address once it was found equal.
///
/// Threading: that of the `Effects` it belongs to.
final class TableDirectory {
    private let names: [String]
    private let literals: UnsafeMutablePointer<UnsafePointer<UInt8>?>

    init(_ names: [String]) {
        self.names = names
        literals = .allocate(capacity: max(1, names.count))
        literals.initialize(repeating: nil, count: max(1, names.count))
    }

    deinit { literals.deallocate() }

    @inline(__always)
    func number(of literal: StaticString) -> Int? {
        if literal.hasPointerRepresentation {
            let start = literal.utf8Start
            for index in 0..<names.count where literals[index] == start { return index }
        }
        return compare(literal)
    }

    private func compare(_ literal: StaticString) -> Int? {
        let text = literal.description
        guard let index = names.firstIndex(of: text) else { return nil }
        if literal.hasPointerRepresentation { literals[index] = literal.utf8Start }
        return index
    }
}
