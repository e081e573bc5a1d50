/// The runtime's own tables: all begin with `_`, which no plugin's table can.
enum SystemSchema {
    /// Every step that ever was, in order. A step is never changed once released: add another. Steps expand (new
    /// tables, new columns that may be null); what contracts comes a release later and raises `minWriter` (rule 26).
    static let steps: [MigrationStep] = [
        MigrationStep(version: 1, minWriter: 1, statements: first),
        MigrationStep(
            version: 2, minWriter: 1,
            statements: deadLetterStep + timerStep + controlStep + generationStep + deliveryStep),
        MigrationStep(version: 3, minWriter: 1, statements: timerTurnStep + reportStep),
    ]

    private static let text = SQLText.text
    private static let number = "number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"

    private static let record = """
        topic \(text) NOT NULL, partition bigint NOT NULL, "offset" bigint NOT NULL, timestamp bigint NOT NULL, \
        key bytea, headers bytea NOT NULL, value bytea
        """

    private static let first = [
        """
        CREATE TABLE _store (one bigint PRIMARY KEY CHECK (one = 1), id \(text) NOT NULL, schema_version bigint NOT NULL,
        min_writer bigint NOT NULL, plugin \(text) NOT NULL, plugin_version bigint NOT NULL, created bigint NOT NULL)
        """,
        """
        CREATE TABLE _table (name \(text) PRIMARY KEY, kind \(text) NOT NULL, owner \(text) NOT NULL,
        key_count bigint NOT NULL)
        """,
        """
        CREATE TABLE _column ("table" \(text) NOT NULL, position bigint NOT NULL, name \(text) NOT NULL,
        type \(text) NOT NULL, required bigint NOT NULL, merge \(text), PRIMARY KEY ("table", position))
        """,
        "CREATE TABLE _data (name \(text) PRIMARY KEY, file \(text) NOT NULL, content \(text) NOT NULL)",
        // Changed by every transaction: room on the page keeps the change from touching the index.
        """
        CREATE TABLE _partition (topic \(text) NOT NULL, partition bigint NOT NULL, next_offset bigint NOT NULL,
        epoch bigint NOT NULL, activation_offset bigint NOT NULL, cluster_id \(text) NOT NULL,
        partition_count bigint NOT NULL, last_offset bigint, last_timestamp bigint, last_hash uuid,
        PRIMARY KEY (topic, partition)) WITH (fillfactor = 50)
        """,
        // uuid: sixteen bytes without a length before them, in the order of the bytes.
        "CREATE TABLE _applied (fingerprint uuid PRIMARY KEY, content uuid NOT NULL, record_time bigint NOT NULL)",
        """
        CREATE TABLE _dead_letter (\(number), state \(text) NOT NULL, attempts bigint NOT NULL, \(record),
        reason \(text) NOT NULL, detail \(text) NOT NULL, is_envelope bigint NOT NULL, type \(text), source \(text),
        id \(text), sequence \(text), recorded bigint NOT NULL)
        """,
        // Hashes: a record's key may be longer than a tree's entry.
        "CREATE INDEX _dead_letter_key ON _dead_letter USING hash (key)",
        """
        CREATE TABLE _outbox (\(number), id \(text) NOT NULL UNIQUE, kind \(text) NOT NULL, destination \(text) NOT NULL,
        key \(text) NOT NULL, payload \(text) NOT NULL, recipient \(text), created bigint NOT NULL, valid_until bigint,
        state \(text) NOT NULL, reason \(text) NOT NULL, settled bigint)
        """,
        "CREATE INDEX _outbox_open ON _outbox (number) WHERE \(openOutbox)",
        """
        CREATE TABLE _silence (\(number), rule \(text) NOT NULL, source \(text) NOT NULL, id \(text) NOT NULL,
        reason \(text) NOT NULL, recipients bigint NOT NULL, at bigint NOT NULL)
        """,
        "CREATE TABLE _counter (name \(text) PRIMARY KEY, value bigint NOT NULL)",
        """
        CREATE TABLE _timer (owner \(text) NOT NULL, name \(text) NOT NULL, due bigint NOT NULL, payload \(text) NOT NULL,
        sequence \(text), source \(text) NOT NULL, id \(text) NOT NULL, topic \(text) NOT NULL, partition bigint NOT NULL,
        PRIMARY KEY (owner, name))
        """,
        "CREATE INDEX _timer_due ON _timer (topic, partition, due)",
        """
        CREATE TABLE _retraction (owner \(text) NOT NULL, source \(text) NOT NULL, id \(text) NOT NULL,
        reason \(text) NOT NULL, replaced_by \(text), time \(text), PRIMARY KEY (owner, source, id))
        """,
        "CREATE TABLE _erased (owner \(text) PRIMARY KEY, at bigint NOT NULL)",
        """
        CREATE TABLE _audit (\(number), at bigint NOT NULL, actor \(text) NOT NULL, action \(text) NOT NULL,
        detail \(text) NOT NULL)
        """,
        "CREATE TABLE _setting (name \(text) PRIMARY KEY, value \(text) NOT NULL)",
        // A query's sum of integers is an integer, as in SQLite; PostgreSQL's own would be numeric, and its division
        // another one.
        "CREATE AGGREGATE sum (bigint) (SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE)",
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
