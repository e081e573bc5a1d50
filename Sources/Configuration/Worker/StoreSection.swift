/// When SQLite waits for the disk.
public enum StoreDurability: String, ChoiceWords {
    case full, normal

    public var meaning: String {
        switch self {
        case .full: "every transaction is on disk before it counts"
        case .normal: "a power cut may take back the last transactions, which are then read again"
        }
    }
}

/// Where projections are kept.
public struct StoreSection: Sendable {
    public let sqlite: SQLiteSection

    static let fields: [FieldSpec] = [
        FieldSpec(
            "sqlite", .object(SQLiteSection.fields), .required, summary: "SQLite: one active worker, one file a plugin")
    ]

    init(_ settings: Settings) throws(ConfigurationError) {
        sqlite = try SQLiteSection(try settings.value("sqlite"))
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
