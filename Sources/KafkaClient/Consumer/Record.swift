import CRdKafka
import Glibc
import Synchronization

/// One record of a batch, which it keeps alive.
public struct Record: Sendable {
    let batch: RecordBatch
    let index: Int

    private var message: UnsafePointer<rd_kafka_message_t> { batch.messages[index] }

    public var topic: String { batch.topic(at: index) }
    public var partition: Int32 { message.pointee.partition }
    public var offset: Int64 { message.pointee.offset }
    public var topicPartition: TopicPartition { TopicPartition(topic, partition) }

    /// The record's time in milliseconds since 1970, as its producer or the log stamped it; -1 where it has none.
    public var timestamp: Int64 {
        if let kept = batch.kept { return kept.records[index].timestamp }
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = rd_kafka_message_timestamp(message, &kind)
        return kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? -1 : time
    }

    /// Bytes of key and value.
    public var byteCount: Int { message.pointee.len + message.pointee.key_len }

    public var hasKey: Bool { message.pointee.key != nil }
    /// A record without a value, which is another thing than a value of zero bytes.
    public var isTombstone: Bool { message.pointee.payload == nil }

    /// The key's bytes, valid inside `body` only; nil where the record has no key.
    public func withKey<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(batch) {} }
        guard let start = message.pointee.key else { return try body(nil) }
        return try body(UnsafeRawBufferPointer(start: UnsafeRawPointer(start), count: message.pointee.key_len))
    }

    /// The value's bytes, valid inside `body` only; nil for a tombstone.
    public func withValue<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(batch) {} }
        guard let start = message.pointee.payload else { return try body(nil) }
        return try body(UnsafeRawBufferPointer(start: UnsafeRawPointer(start), count: message.pointee.len))
    }

    /// Copies of key and value, for those who keep them.
    public var keyBytes: [UInt8]? { withKey { $0.map(Array.init) } }
    public var valueBytes: [UInt8]? { withValue { $0.map(Array.init) } }

    public var hasHeaders: Bool { batch.kept.map { !$0.records[index].headers.isEmpty } ?? (parsedHeaders() != nil) }

    /// All headers in their order; names may repeat, and a value may be absent.
    public var headers: [(name: String, value: [UInt8]?)] {
        var headers: [(name: String, value: [UInt8]?)] = []
        forEachHeader { name, value in
            headers.append((String(decoding: name, as: UTF8.self), value.map(Array.init)))
        }
        return headers
    }

    /// Visits the headers in their order without copying; the bytes are valid inside `body` only.
    public func forEachHeader<Failure: Error>(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) throws(Failure) -> Void
    ) throws(Failure) {
        defer { withExtendedLifetime(batch) {} }
        if let kept = batch.kept { return try kept.forEachHeader(of: index, body) }
        guard let headers = parsedHeaders() else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(headers, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR {
            if let name {
                let bytes = value.map { UnsafeRawBufferPointer(start: $0, count: size) }
                try body(UnsafeRawBufferPointer(start: name, count: strlen(name)), bytes)
            }
            index += 1
        }
    }

    /// librdkafka parses on first use and changes the message by it, hence the lock; afterwards they are only read.
    private func parsedHeaders() -> OpaquePointer? {
        batch.headerLock.withLock { _ in
            var headers: OpaquePointer?
            let code = rd_kafka_message_headers(message, &headers)
            return code == RD_KAFKA_RESP_ERR_NO_ERROR ? Headers(pointer: headers) : Headers(pointer: nil)
        }.pointer
    }

    /// `@unchecked Sendable`: only to leave the lock; the headers live and stay unchanged as long as the batch.
    private struct Headers: @unchecked Sendable { let pointer: OpaquePointer? }
}
