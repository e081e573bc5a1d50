/// What librdkafka takes an empty value from: its address tells it from an absent one, and is never read.
private var emptyStart: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: 1) }

/// Bytes to hand to C, where "empty" and "absent" must stay two things.
struct Bytes {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func withPointers(
        _ left: Bytes?, _ right: Bytes?,
        _ body: (UnsafeRawBufferPointer?, UnsafeRawBufferPointer?) throws(KafkaError) -> Void
    ) throws(KafkaError) {
        try withPointer(left) { left throws(KafkaError) in
            try withPointer(right) { right throws(KafkaError) in try body(left, right) }
        }
    }

    private static func withPointer(
        _ bytes: Bytes?, _ body: (UnsafeRawBufferPointer?) throws(KafkaError) -> Void
    ) throws(KafkaError) {
        guard let bytes = bytes?.bytes else { return try body(nil) }
        let result = bytes.withUnsafeBytes { buffer -> Result<Void, KafkaError> in
            do throws(KafkaError) { return .success(try body(buffer)) } catch { return .failure(error) }
        }
        try result.get()
    }
}

extension UnsafeRawBufferPointer? {
    /// Never nil for bytes that are there, however few.
    var start: UnsafeRawPointer? { map { $0.baseAddress ?? emptyStart } ?? nil }
}

extension [UInt8]? {
    /// Nil and 0 for no bytes at all, an address and 0 for none in them.
    func withPointer(_ body: (UnsafeRawPointer?, Int) -> Void) {
        guard let bytes = self else { return body(nil, 0) }
        bytes.withUnsafeBytes { body($0.baseAddress ?? emptyStart, $0.count) }
    }
}
