/// The runtime's own tables: all begin with `_`, which no plugin's table can.
enum SystemSchema {
    /// "DIWN": tells our files from other SQLite databases.
    static let applicationID: Int64 = 0x4449_574E

    /// Every step that ever was, in order. A step is never changed once released: add another. Steps expand (new
    /// tables, new columns that may be null); what contracts comes a release later and raises `minWriter` (rule 26).
    static let steps: [MigrationStep] = [
        MigrationStep(version: 1, minWriter: 1, statements: first),
        MigrationStep(
            version: 2, minWriter: 1,
            statements: deadLetterStep + timerStep + controlStep + generationStep + deliveryStep),
        // An older program would not look for repeats in runs.
        MigrationStep(version: 3, minWriter: 3, statements: timerTurnStep + appliedStep),
    ]

    private static let record = """
        topic TEXT NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL, timestamp INTEGER NOT NULL, \
        key BLOB, headers BLOB NOT NULL, value BLOB
        """

    private static let first = [
        """
        CREATE TABLE _store (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, schema_version INTEGER NOT NULL,
        min_writer INTEGER NOT NULL, plugin TEXT NOT NULL, plugin_version INTEGER NOT NULL, created INTEGER NOT NULL)
        STRICT
        """,
        """
        CREATE TABLE _table (name TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, key_count INTEGER NOT NULL)
        STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE _column ("table" TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
        required INTEGER NOT NULL, merge TEXT, PRIMARY KEY ("table", position)) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE _data (name TEXT PRIMARY KEY, file TEXT NOT NULL, content TEXT NOT NULL) STRICT",
        """
        CREATE TABLE _partition (topic TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
        epoch INTEGER NOT NULL, activation_offset INTEGER NOT NULL, cluster_id TEXT NOT NULL,
        partition_count INTEGER NOT NULL, last_offset INTEGER, last_timestamp INTEGER, last_hash BLOB,
        PRIMARY KEY (topic, partition)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE _applied (segment INTEGER NOT NULL, fingerprint BLOB NOT NULL, content BLOB NOT NULL,
        record_time INTEGER NOT NULL, PRIMARY KEY (segment, fingerprint))
        STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE _dead_letter (number INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL,
        attempts INTEGER NOT NULL, \(record), reason TEXT NOT NULL, detail TEXT NOT NULL, is_envelope INTEGER NOT NULL,
        type TEXT, source TEXT, id TEXT, sequence TEXT, recorded INTEGER NOT NULL) STRICT
        """,
        """
        CREATE TABLE _outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
        destination TEXT NOT NULL, key TEXT NOT NULL, payload TEXT NOT NULL, recipient TEXT, created INTEGER NOT NULL,
        valid_until INTEGER, state TEXT NOT NULL, reason TEXT NOT NULL, settled INTEGER) STRICT
        """,
        "CREATE INDEX _outbox_open ON _outbox (number) WHERE \(openOutbox)",
        """
        CREATE TABLE _silence (number INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, source TEXT NOT NULL,
        id TEXT NOT NULL, reason TEXT NOT NULL, recipients INTEGER NOT NULL, at INTEGER NOT NULL) STRICT
        """,
        "CREATE TABLE _counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        """
        CREATE TABLE _timer (owner TEXT NOT NULL, name TEXT NOT NULL, due INTEGER NOT NULL, payload TEXT NOT NULL,
        sequence TEXT, source TEXT NOT NULL, id TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
        PRIMARY KEY (owner, name)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX _timer_due ON _timer (topic, partition, due)",
        """
        CREATE TABLE _retraction (owner TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL,
        replaced_by TEXT, time TEXT, PRIMARY KEY (owner, source, id)) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE _erased (owner TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        """
        CREATE TABLE _audit (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, actor TEXT NOT NULL,
        action TEXT NOT NULL, detail TEXT NOT NULL) STRICT
        """,
        "CREATE TABLE _setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    ]

    /// The messages that still have to be sent; the index holds only these, so it stays small.
    static let openOutbox = "state IN ('pending', 'waiting')"
}

/// A change of the runtime's own tables.
struct MigrationStep {
    /// Grows by one with each step.
    let version: Int
    /// The oldest program, counted in steps, that may still write a store which has taken this step.
    let minWriter: Int
    let statements: [String]
}
