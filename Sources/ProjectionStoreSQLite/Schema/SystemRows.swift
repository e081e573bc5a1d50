import PluginKit
import ProjectionStore

/// How rows of the runtime's tables are read: the columns to select, and what becomes of them.
enum SystemRows {
    static let partitions = """
        SELECT topic, partition, next_offset, epoch, activation_offset, cluster_id, partition_count, last_offset, \
        last_timestamp, last_hash FROM _partition ORDER BY topic, partition
        """

    static func partition(_ row: SQLiteStatement) -> PartitionState {
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

    static func message(_ row: SQLiteStatement) -> OutboxMessage {
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

    static func silence(_ row: SQLiteStatement) -> SilenceEntry {
        SilenceEntry(
            rule: row.text(0), source: row.text(1), id: row.text(2), reason: row.text(3), recipients: row.integer(4),
            at: row.integer(5))
    }

    /// Every row of a statement whose parameters are bound; resets it.
    static func all<Element>(_ statement: SQLiteStatement, _ read: (SQLiteStatement) -> Element) throws(StoreError)
        -> [Element]
    {
        defer { statement.reset() }
        var elements: [Element] = []
        while try statement.step() { elements.append(read(statement)) }
        return elements
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
        var at = 0
        func next() -> [UInt8]?? {
            guard at + 4 <= bytes.count else { return nil }
            let count = bytes.withUnsafeBytes {
                Int(Int32(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: Int32.self)))
            }
            at += 4
            guard count >= 0 else { return .some(nil) }
            guard at + count <= bytes.count else { return nil }
            defer { at += count }
            return Array(bytes[at..<at + count])
        }
        var headers: [RecordHeader] = []
        while let name = next(), let value = next() {
            headers.append(RecordHeader(name: String(decoding: name ?? [], as: UTF8.self), value: value))
        }
        return headers
    }
}
