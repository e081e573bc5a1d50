import ProjectionStore

extension SystemSchema {
    /// Step 2: parked events among the dead letters, by sequence, and the audit's why.
    ///
    /// Each index answers a question that may be asked of a million entries: a sequence in order, what is open, what is
    /// in a state, what has an event's id (a hash: an id may be longer than a tree's entry).
    static let deadLetterStep: [String] = [
        """
        ALTER TABLE _dead_letter ADD COLUMN kind \(SQLText.text) NOT NULL DEFAULT 'event', ADD COLUMN sequence_id uuid,
        ADD COLUMN original uuid, ADD COLUMN tried bigint, ADD COLUMN settled bigint
        """,
        """
        CREATE INDEX _dead_letter_sequence ON _dead_letter (topic, partition, sequence_id, number)
        WHERE \(openInSequence)
        """,
        "CREATE INDEX _dead_letter_open ON _dead_letter (number, is_envelope, kind) WHERE \(openDeadLetter)",
        "CREATE INDEX _dead_letter_state ON _dead_letter (state, number)",
        "CREATE INDEX _dead_letter_event ON _dead_letter USING hash (id)",
        "ALTER TABLE _audit ADD COLUMN reason \(SQLText.text) NOT NULL DEFAULT '', ADD COLUMN letter bigint",
        "CREATE INDEX _audit_letter ON _audit (letter, number) WHERE letter IS NOT NULL",
    ]

    static let openDeadLetter = "state IN ('dead', 'parked')"
    static let openInSequence = "sequence_id IS NOT NULL AND \(openDeadLetter)"
}
