/// How dead letters and what was done with them are read: the columns to select, and what becomes of them.
public enum DeadLetterRows {
    public static let letters = """
        SELECT number, state, attempts, topic, partition, "offset", timestamp, key, headers, value, reason, detail, \
        is_envelope, type, source, id, sequence, recorded, kind, sequence_id, tried, settled FROM _dead_letter
        """

    public static func letter(_ row: some StoredRow) -> DeadLetter {
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

    public static let sequences = """
        SELECT topic, partition, sequence_id, count(*), min(number), \
        max(CASE WHEN state = 'dead' THEN 1 ELSE 0 END) FROM _dead_letter
        """

    public static func sequence(_ row: some StoredRow) -> ParkedSequence {
        ParkedSequence(
            partition: PartitionKey(topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1))),
            id: row.fingerprint(2) ?? Fingerprint(high: 0, low: 0), count: Int(row.integer(3)), head: row.integer(4),
            isReleased: row.integer(5) == 0)
    }

    public static let audits = "SELECT number, at, actor, action, reason, detail, letter FROM _audit"

    public static func audit(_ row: some StoredRow) -> AuditEntry {
        AuditEntry(
            number: row.integer(0), at: row.integer(1), actor: row.text(2), action: row.text(3), reason: row.text(4),
            detail: row.text(5), letter: row.optionalInteger(6))
    }
}
