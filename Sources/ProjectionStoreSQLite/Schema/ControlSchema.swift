extension SystemSchema {
    /// Step 2: what operators are told. (Commands reach the worker through its socket.)
    static let controlStep: [String] = [
        """
        CREATE TABLE _halt (topic TEXT NOT NULL, partition INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,
        at INTEGER NOT NULL, PRIMARY KEY (topic, partition)) STRICT, WITHOUT ROWID
        """,
        // A record's own name, by which operators and copies find its letter.
        "CREATE INDEX _dead_letter_record ON _dead_letter (topic, partition, \"offset\")",
    ]
}
