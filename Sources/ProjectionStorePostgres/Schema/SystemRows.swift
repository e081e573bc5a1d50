import PluginKit
import ProjectionStore

/// How rows of the runtime's tables are read: the columns to select, and what becomes of them.
enum SystemRows {
    typealias Row = PostgresResult.Row

    static let partitions = """
        SELECT topic, partition, next_offset, epoch, activation_offset, cluster_id, partition_count, last_offset, \
        last_timestamp, last_hash FROM _partition ORDER BY topic, partition
        """

    static func partition(_ row: Row) -> PartitionState {
        let last: RecordFingerprint? =
            if let hash = row.fingerprint(9), let offset = row.optionalInteger(7) {
                RecordFingerprint(offset: offset, timestamp: row.integer(8), hash: hash)
            } else { nil }
        return PartitionState(
            key: PartitionKey(topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1))),
            nextOffset: row.integer(2), epoch: row.integer(3), activationOffset: row.integer(4),
            clusterID: row.text(5), partitionCount: Int32(truncatingIfNeeded: row.integer(6)), last: last)
    }

    static let outbox = """
        SELECT number, state, reason, settled, id, kind, destination, key, payload, created, valid_until, recipient, \
        topic, partition FROM _outbox
        """

    static func message(_ row: Row) -> OutboxMessage {
        OutboxMessage(
            number: row.integer(0), state: OutboxMessage.State(rawValue: row.text(1)) ?? .held, reason: row.text(2),
            settled: row.optionalInteger(3),
            content: OutboxDraft(
                partition: PartitionKey(topic: row.text(12), partition: Int32(truncatingIfNeeded: row.integer(13))),
                id: row.text(4), kind: OutboxDraft.Kind(rawValue: row.text(5)) ?? .notice, destination: row.text(6),
                key: row.text(7), payload: row.text(8), created: row.integer(9), validUntil: row.optionalInteger(10),
                recipient: row.optionalText(11)))
    }

    static let silences = "SELECT rule, source, id, reason, recipients, at FROM _silence"

    static func silence(_ row: Row) -> SilenceEntry {
        SilenceEntry(
            rule: row.text(0), source: row.text(1), id: row.text(2), reason: row.text(3), recipients: row.integer(4),
            at: row.integer(5))
    }
}

/// Kafka headers as bytes: for each the length and bytes of its name, then of its value; an absent value has length -1.
enum HeaderCodec {
    static func encode(_ headers: [RecordHeader]) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ part: [UInt8]?) {
            withUnsafeBytes(of: Int32(part?.count ?? -1).littleEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: part ?? [])
        }
        for header in headers {
            append(Array(header.name.utf8))
            append(header.value)
        }
        return bytes
    }

    /// Stops at what `encode` did not write.
    static func decode(_ bytes: [UInt8]) -> [RecordHeader] {
        var rest = bytes[...]
        func next() -> [UInt8]?? {
            guard rest.count >= 4 else { return nil }
            let count = rest.withUnsafeBytes { Int(Int32(littleEndian: $0.loadUnaligned(as: Int32.self))) }
            rest.removeFirst(4)
            guard count >= 0 else { return .some(nil) }
            guard count <= rest.count else { return nil }
            defer { rest.removeFirst(count) }
            return Array(rest.prefix(count))
        }
        var headers: [RecordHeader] = []
        while let name = next(), let value = next() {
            headers.append(RecordHeader(name: String(decoding: name ?? [], as: UTF8.self), value: value))
        }
        return headers
    }
}
