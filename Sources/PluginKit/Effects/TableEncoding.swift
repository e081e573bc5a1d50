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
    private let names: LiteralNames
    private let isRequired: [Bool]

    init(_ number: Int, _ table: TableDefinition) {
        self.number = number
        name = table.name
        kind = table.kind
        keyCount = table.keyCount
        columns = table.columns
        columnCount = table.columns.count
        names = LiteralNames(table.columns.map(\.name))
        let isTally = kind == .tally
        // A tally's row begins with nulls, and what is left out stays as it is.
        isRequired = table.columns.map { $0.isRequired && !isTally }
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
            while column < columnCount, !names.matches(name, column) { column += 1 }
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
        if isRequired[column], cell.isNull { throw missing(column) }
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
            for (name, value) in values where names.matches(name, column) {
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
