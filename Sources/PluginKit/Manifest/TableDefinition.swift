/// A table that a plugin keeps. Its first key column is its owner (rule 14).
public struct TableDefinition: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Inserted once by (owner, event source, event id), never overwritten; retraction takes them out of every
        /// answer (rules 4 and 5).
        case facts
        /// The current state under a key: put and delete.
        case rows
        /// Totals that commute: each column outside the key says how it merges.
        case tally
    }

    public let name: String
    public let kind: Kind
    /// The column that holds the owner: the record key of the events that write the row.
    public let owner: String
    /// Every column in order; the key's columns come first, the owner before all.
    public let columns: [ColumnDefinition]
    /// How many of `columns`, from the first, form the key.
    public let keyCount: Int
    /// Whether handlers of other keys may read it, for notices only (rule 14).
    public let isReference: Bool
    /// Of a fact table: the columns that, with the owner, tell what a fact is about, for `TABLE_latest`.
    public let identity: [String]

    public init(
        name: String, kind: Kind, owner: String, columns: [ColumnDefinition], keyCount: Int, isReference: Bool,
        identity: [String]
    ) {
        self.name = name
        self.kind = kind
        self.owner = owner
        self.columns = columns
        self.keyCount = keyCount
        self.isReference = isReference
        self.identity = identity
    }

    public func index(of column: String) -> Int? { columns.firstIndex { $0.name == column } }

    /// The columns that the runtime gives every fact table, after the owner: what identifies the event, then, outside
    /// the key, when it took effect and how its bytes are known (rules 4 and 34).
    public static func facts(
        name: String, owner: String, columns: [ColumnDefinition], isReference: Bool = false, identity: [String] = []
    ) -> TableDefinition {
        let key = [
            ColumnDefinition(name: owner, type: .text, isRequired: true),
            ColumnDefinition(name: "event_source", type: .text, isRequired: true),
            ColumnDefinition(name: "event_id", type: .text, isRequired: true),
            ColumnDefinition(name: "fact_index", type: .integer, isRequired: true),
        ]
        let stamp = [
            ColumnDefinition(name: "effective", type: .text),
            ColumnDefinition(name: "effective_start", type: .text),
            ColumnDefinition(name: "event_time", type: .text),
            ColumnDefinition(name: "event_hash", type: .text),
        ]
        return TableDefinition(
            name: name, kind: .facts, owner: owner, columns: key + stamp + columns, keyCount: key.count,
            isReference: isReference, identity: identity)
    }

    /// How many columns of a fact table the runtime fills: what `facts(name:owner:columns:)` puts before the rest.
    public static let factPreamble = 8
}

/// A column of a plugin's table.
public struct ColumnDefinition: Sendable, Equatable {
    public enum ColumnType: String, Sendable, CaseIterable {
        case text, integer, real, boolean, json
    }
    /// How a tally's column takes a further value; null never changes anything.
    public enum Merge: String, Sendable, CaseIterable {
        case sum, max, min
    }

    public let name: String
    public let type: ColumnType
    public let isRequired: Bool
    public let merge: Merge?

    public init(name: String, type: ColumnType, isRequired: Bool = false, merge: Merge? = nil) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
        self.merge = merge
    }
}
