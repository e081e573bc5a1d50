import ProjectionStore

extension SystemSchema {
    /// Step 2: parked events among the dead letters, by sequence, and the audit's why.
    ///
    /// Each index answers a question that may be asked of a million entries: a sequence in order, what is open, what is
    /// in a state, what has a key, what has an event's id.
    static let deadLetterStep: [String] = [
        "ALTER TABLE _dead_letter ADD COLUMN kind TEXT NOT NULL DEFAULT 'event'",
        "ALTER TABLE _dead_letter ADD COLUMN sequence_id BLOB",
        "ALTER TABLE _dead_letter ADD COLUMN original BLOB",
        "ALTER TABLE _dead_letter ADD COLUMN tried INTEGER",
        "ALTER TABLE _dead_letter ADD COLUMN settled INTEGER",
        """
        CREATE INDEX _dead_letter_sequence ON _dead_letter (topic, partition, sequence_id, number, state)
        WHERE \(openInSequence)
        """,
        "CREATE INDEX _dead_letter_open ON _dead_letter (number, state, is_envelope, kind) WHERE \(openDeadLetter)",
        "CREATE INDEX _dead_letter_state ON _dead_letter (state, number)",
        "CREATE INDEX _dead_letter_key ON _dead_letter (key, state, is_envelope, kind)",
        "CREATE INDEX _dead_letter_event ON _dead_letter (id, source)",
        "ALTER TABLE _audit ADD COLUMN reason TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE _audit ADD COLUMN letter INTEGER",
        "CREATE INDEX _audit_letter ON _audit (letter, number) WHERE letter IS NOT NULL",
    ]

    static let openDeadLetter = "state IN ('dead', 'parked')"
    static let openInSequence = "sequence_id IS NOT NULL AND \(openDeadLetter)"
}
