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

/// How dead letters and what was done with them are read: the columns to select, and what becomes of them.
enum DeadLetterRows {
    static let letters = """
        SELECT number, state, attempts, topic, partition, "offset", timestamp, key, headers, value, reason, detail, \
        is_envelope, type, source, id, sequence, recorded, kind, sequence_id, tried, settled FROM _dead_letter
        """

    static func letter(_ row: SQLiteStatement) -> DeadLetter {
        let state = DeadLetter.State(rawValue: row.text(1)) ?? .dead
        var content = DeadLetterDraft(
            partition: PartitionKey(topic: row.text(3), partition: Int32(truncatingIfNeeded: row.integer(4))),
            offset: row.integer(5), timestamp: row.integer(6), key: row.blob(7),
            headers: HeaderCodec.decode(row.blob(8) ?? []), value: row.blob(9), reason: row.text(10),
            detail: row.text(11), isEnvelope: row.integer(12) == 1, type: row.optionalText(13),
            source: row.optionalText(14), id: row.optionalText(15), sequence: row.optionalText(16),
            recorded: row.integer(17), sequenceID: row.fingerprint(19))
        content.kind = DeadLetterDraft.Kind(rawValue: row.text(18)) ?? .event
        content.isParked = state == .parked
        return DeadLetter(
            number: row.integer(0), state: state, attempts: row.integer(2), content: content,
            tried: row.optionalInteger(20), settled: row.optionalInteger(21))
    }

    static let sequences = """
        SELECT topic, partition, sequence_id, count(*), min(number), max(state = 'dead') FROM _dead_letter
        """

    static func sequence(_ row: SQLiteStatement) -> ParkedSequence {
        ParkedSequence(
            partition: PartitionKey(topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1))),
            id: row.fingerprint(2) ?? Fingerprint(high: 0, low: 0), count: Int(row.integer(3)), head: row.integer(4),
            isReleased: row.integer(5) == 0)
    }

    static let audits = "SELECT number, at, actor, action, reason, detail, letter FROM _audit"

    static func audit(_ row: SQLiteStatement) -> AuditEntry {
        AuditEntry(
            number: row.integer(0), at: row.integer(1), actor: row.text(2), action: row.text(3), reason: row.text(4),
            detail: row.text(5), letter: row.optionalInteger(6))
    }
}
