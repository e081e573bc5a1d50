import CRdKafka

/// A record that was copied out of Kafka once, to be read again when Kafka has forgotten it.
public struct KeptRecord: Sendable {
    public let offset: Int64
    /// Milliseconds since 1970; -1 where it had none.
    public let timestamp: Int64
    public let key: [UInt8]?
    public let headers: [(name: String, value: [UInt8]?)]
    /// nil for a tombstone.
    public let value: [UInt8]?

    public init(
        offset: Int64, timestamp: Int64, key: [UInt8]?, headers: [(name: String, value: [UInt8]?)], value: [UInt8]?
    ) {
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.headers = headers
        self.value = value
    }
}

/// Kept records in the form of librdkafka's messages, so that whoever reads a batch sees no difference. Times and
/// headers lie beside, because librdkafka keeps them behind its messages, where ours have nothing.
///
/// `@unchecked Sendable`: complete when made, and only read afterwards.
final class KeptRecords: @unchecked Sendable {
    let records: [KeptRecord]
    let messages: [UnsafePointer<rd_kafka_message_t>]
    let byteCount: Int
    private let structures: UnsafeMutablePointer<rd_kafka_message_t>
    private let bytes: UnsafeMutableRawPointer

    init(_ records: [KeptRecord], partition: Int32) {
        self.records = records
        let total = records.reduce(0) { $0 + ($1.key?.count ?? 0) + ($1.value?.count ?? 0) }
        byteCount = total
        // A key or value of zero bytes has an address all the same: without one it would be absent.
        bytes = .allocate(byteCount: total + 1, alignment: 1)
        structures = .allocate(capacity: max(1, records.count))
        var at = 0
        for (index, record) in records.enumerated() {
            var message = rd_kafka_message_t()
            message.partition = partition
            message.offset = record.offset
            if let key = record.key {
                message.key = bytes + at
                message.key_len = key.count
                Self.copy(key, to: bytes + at)
                at += key.count
            }
            if let value = record.value {
                message.payload = bytes + at
                message.len = value.count
                Self.copy(value, to: bytes + at)
                at += value.count
            }
            (structures + index).initialize(to: message)
        }
        let structures = structures
        messages = records.indices.map { UnsafePointer(structures + $0) }
    }

    private static func copy(_ part: [UInt8], to place: UnsafeMutableRawPointer) {
        part.withUnsafeBytes { source in
            if let start = source.baseAddress { place.copyMemory(from: start, byteCount: source.count) }
        }
    }

    deinit {
        structures.deallocate()
        bytes.deallocate()
    }

    func forEachHeader<Failure: Error>(
        of index: Int,
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) throws(Failure) -> Void
    ) throws(Failure) {
        for header in records[index].headers {
            let outcome: Result<Void, Failure> = Array(header.name.utf8).withUnsafeBytes { name in
                guard let value = header.value else {
                    return Self.outcome { () throws(Failure) in try body(name, nil) }
                }
                return value.withUnsafeBytes { value in
                    Self.outcome { () throws(Failure) in
                        try body(name, value.baseAddress == nil ? UnsafeRawBufferPointer(rebasing: name[..<0]) : value)
                    }
                }
            }
            try outcome.get()
        }
    }

    private static func outcome<Failure: Error>(_ body: () throws(Failure) -> Void) -> Result<Void, Failure> {
        do throws(Failure) {
            return .success(try body())
        } catch {
            return .failure(error)
        }
    }
}
