extension SystemSchema {
    /// Step 2: rebuilding a plugin beside the live one, what is held after a restore, and the journal.
    static let generationStep: [String] = [
        """
        CREATE TABLE _restored (topic \(SQLText.text) NOT NULL, partition bigint NOT NULL, held_below bigint NOT NULL,
        PRIMARY KEY (topic, partition))
        """,
        """
        CREATE TABLE _journal (topic \(SQLText.text) NOT NULL, partition bigint NOT NULL, "offset" bigint NOT NULL,
        timestamp bigint NOT NULL, key bytea, headers bytea NOT NULL, value bytea,
        PRIMARY KEY (topic, partition, "offset"))
        """,
        // A hash: a record's key may be longer than a tree's entry.
        "CREATE INDEX _journal_key ON _journal USING hash (key)",
        """
        CREATE TABLE _journal_span (topic \(SQLText.text) NOT NULL, partition bigint NOT NULL, first bigint NOT NULL,
        next bigint NOT NULL, PRIMARY KEY (topic, partition))
        """,
    ]

    /// The setting in which a schema keeps its generation; without it, it is the first.
    static let generationSetting = "generation"
}
