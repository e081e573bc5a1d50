/// The rows a handler asked for, as its transaction sees them.
public struct Rows {
    private let provider: any RowProvider

    /// For the runtime and for tests of a plugin.
    public init(_ provider: any RowProvider) { self.provider = provider }

    /// The row under a whole key, in the order of the table's key columns.
    ///
    /// - Throws: `RowAccessFailure` when `reads` named neither this row nor a prefix of its key.
    public func row(_ table: StaticString, _ key: Cell...) throws -> Row? {
        try provider.rows(table: table.description, prefix: key).first
    }

    /// The rows under a prefix of the key, in the order of the key. Of a fact table only what is not retracted.
    ///
    /// - Throws: `RowAccessFailure` when `reads` did not name this prefix or a shorter one.
    public func rows(_ table: StaticString, _ prefix: Cell...) throws -> [Row] {
        try provider.rows(table: table.description, prefix: prefix)
    }
}

/// Where `Rows` come from: the runtime's transaction, or a test's table.
public protocol RowProvider {
    func rows(table: String, prefix: [Cell]) throws -> [Row]
}

/// A handler asked for rows that it may not see.
public struct RowAccessFailure: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// A row by the names of its columns.
public struct Row: Sendable, Equatable {
    public let table: TableDefinition
    /// One cell for each column of the table, in order.
    public let cells: [Cell]

    public init(table: TableDefinition, cells: [Cell]) {
        self.table = table
        self.cells = cells
    }

    /// The cell under `column`; null where the table has no such column.
    public subscript(column: String) -> Cell {
        guard let index = table.index(of: column), index < cells.count else { return .null }
        return cells[index]
    }
}

/// The rows that a handler wants to see: whole keys or prefixes of them.
public struct ReadSet: Sendable {
    public struct Read: Sendable, Equatable {
        public let table: String
        public let prefix: [Cell]

        public init(table: String, prefix: [Cell]) {
            self.table = table
            self.prefix = prefix
        }
    }

    public private(set) var reads: [Read] = []

    public init() {}

    /// Asks for the rows whose key begins with `prefix`. The first cell is the owner: the event's own key, unless the
    /// table is declared `reference` (rule 14).
    public mutating func add(_ table: StaticString, _ prefix: Cell...) {
        reads.append(Read(table: table.description, prefix: prefix))
    }

    public mutating func removeAll() { reads.removeAll(keepingCapacity: true) }
}
