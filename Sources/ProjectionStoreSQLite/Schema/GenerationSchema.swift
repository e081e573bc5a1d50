extension SystemSchema {
    /// Step 2: rebuilding a plugin beside the live one, what is held after a restore, and the journal.
    static let generationStep: [String] = [
        """
        CREATE TABLE _restored (topic TEXT NOT NULL, partition INTEGER NOT NULL, held_below INTEGER NOT NULL,
        PRIMARY KEY (topic, partition)) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE _journal (topic TEXT NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL,
        timestamp INTEGER NOT NULL, key BLOB, headers BLOB NOT NULL, value BLOB,
        PRIMARY KEY (topic, partition, "offset")) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX _journal_key ON _journal (key)",
        """
        CREATE TABLE _journal_span (topic TEXT NOT NULL, partition INTEGER NOT NULL, first INTEGER NOT NULL,
        next INTEGER NOT NULL, PRIMARY KEY (topic, partition)) STRICT, WITHOUT ROWID
        """,
    ]
}
