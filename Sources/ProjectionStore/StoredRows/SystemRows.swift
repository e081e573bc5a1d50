/// How rows of the runtime's tables are read: the columns to select, and what becomes of them.
public enum SystemRows {
    public static let partitions = """
        SELECT topic, partition, next_offset, epoch, activation_offset, cluster_id, partition_count, last_offset, \
        last_timestamp, last_hash FROM _partition ORDER BY topic, partition
        """

    public static func partition(_ row: some StoredRow) -> PartitionState {
        let last: RecordFingerprint? =
            if let hash = row.fingerprint(9), let offset = row.optionalInteger(7) {
                RecordFingerprint(offset: offset, timestamp: row.integer(8), hash: hash)
            } else { nil }
        return PartitionState(
            key: PartitionKey(topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1))),
            nextOffset: row.integer(2), epoch: row.integer(3), activationOffset: row.integer(4),
            clusterID: row.text(5), partitionCount: Int32(truncatingIfNeeded: row.integer(6)), last: last)
    }

    public static let outbox = """
        SELECT number, state, reason, settled, id, kind, destination, key, payload, created, valid_until, recipient, \
        topic, partition FROM _outbox
        """

    public static func message(_ row: some StoredRow) -> OutboxMessage {
        OutboxMessage(
            number: row.integer(0), state: OutboxMessage.State(rawValue: row.text(1)) ?? .held, reason: row.text(2),
            settled: row.optionalInteger(3),
            content: OutboxDraft(
                partition: PartitionKey(topic: row.text(12), partition: Int32(truncatingIfNeeded: row.integer(13))),
                id: row.text(4), kind: OutboxDraft.Kind(rawValue: row.text(5)) ?? .notice, destination: row.text(6),
                key: row.text(7), payload: row.text(8), created: row.integer(9), validUntil: row.optionalInteger(10),
                recipient: row.optionalText(11)))
    }

    public static let silences = "SELECT rule, source, id, reason, recipients, at FROM _silence"

    public static func silence(_ row: some StoredRow) -> SilenceEntry {
        SilenceEntry(
            rule: row.text(0), source: row.text(1), id: row.text(2), reason: row.text(3), recipients: row.integer(4),
            at: row.integer(5))
    }
}
