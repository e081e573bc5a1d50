/// Kafka headers as bytes: for each the length and bytes of its name, then of its value; an absent value has length -1.
public enum HeaderCodec {
    public static func encode(_ headers: [RecordHeader]) -> [UInt8] {
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
    public static func decode(_ bytes: [UInt8]) -> [RecordHeader] {
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
