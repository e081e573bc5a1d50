extension SystemSchema {
    /// Step 2: commands to a running worker, and what operators are told.
    static let controlStep: [String] = [
        """
        CREATE TABLE _halt (topic \(SQLText.text) NOT NULL, partition bigint NOT NULL, code \(SQLText.text) NOT NULL,
        message \(SQLText.text) NOT NULL, at bigint NOT NULL, PRIMARY KEY (topic, partition))
        """,
        """
        CREATE TABLE _overrun (topic \(SQLText.text) NOT NULL, partition bigint NOT NULL, "offset" bigint NOT NULL,
        attempts bigint NOT NULL, at bigint NOT NULL, PRIMARY KEY (topic, partition, "offset"))
        """,
        // A record's own name, by which operators and copies find its letter.
        "CREATE INDEX _dead_letter_record ON _dead_letter (topic, partition, \"offset\")",
    ]
}
