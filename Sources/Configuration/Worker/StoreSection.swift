/// When a store waits for the disk.
public enum StoreDurability: String, ChoiceWords {
    case full, normal

    public var meaning: String {
        switch self {
        case .full: "every transaction is on disk before it counts"
        case .normal: "a power cut may take back the last transactions, which are then read again"
        }
    }
}

/// Where projections are kept: in exactly one kind of store.
public struct StoreSection: Sendable {
    public enum Kind: Sendable {
        case sqlite(SQLiteSection)
        case postgres(PostgresSection)
    }

    public let kind: Kind

    /// The section of SQLite; nil where PostgreSQL is the store.
    public var sqlite: SQLiteSection? { if case .sqlite(let section) = kind { section } else { nil } }
    /// The section of PostgreSQL; nil where SQLite is the store.
    public var postgres: PostgresSection? { if case .postgres(let section) = kind { section } else { nil } }

    static let fields: [FieldSpec] = [
        FieldSpec(
            "sqlite", .object(SQLiteSection.fields), .optional,
            summary: "SQLite: one active worker, one file a plugin", template: .written),
        FieldSpec(
            "postgres", .object(PostgresSection.fields), .optional,
            summary: "PostgreSQL: many workers share the partitions, one schema a plugin", template: .leftOut),
    ]

    init(_ settings: Settings, _ problems: inout [ConfigurationProblem]) throws(ConfigurationError) {
        let sqlite: Settings? = try settings.optional("sqlite")
        let postgres: Settings? = try settings.optional("postgres")
        if let postgres {
            kind = .postgres(try PostgresSection(postgres, &problems))
            if sqlite != nil {
                problems.append(
                    ConfigurationProblem(
                        .conflict, at: settings.place(of: "postgres"),
                        "store names SQLite and PostgreSQL; a deployment keeps its projections in one of them"))
            }
            return
        }
        guard let sqlite else {
            throw ConfigurationError(
                .missing, at: settings.place,
                "store names none; write sqlite: {folder: /var/lib/diwan/store}, or postgres: {uri: "
                    + "postgresql://diwan@db.example.invalid/diwan}")
        }
        kind = .sqlite(try SQLiteSection(sqlite))
    }
}

/// SQLite as the store.
public struct SQLiteSection: Sendable {
    /// Holds the database of each plugin and the deployment's lock.
    public let folder: String
    public let durability: StoreDurability

    static let fields: [FieldSpec] = [
        FieldSpec(
            "folder", .path, .required, summary: "The folder of the database files; one deployment, one folder",
            example: "/var/lib/diwan/store"),
        FieldSpec(
            "durability", .choice(of: StoreDurability.self), .defaultValue("full"),
            summary: "When a transaction counts as done"),
    ]

    init(_ settings: Settings) throws(ConfigurationError) {
        folder = try settings.value("folder")
        durability = try settings.value("durability")
    }
}
