import PluginKit
import ProjectionStore

/// One column of many rows, in the binary form in which PostgreSQL takes an array. Its memory is used again.
final class PostgresArray {
    let element: UInt32
    private let buffer = ByteBuffer(capacity: 256)
    private(set) var count = 0
    private var hasNull = false

    private static let headerBytes = 20
    private static let keptBytes = 1 << 20

    init(of element: UInt32) {
        self.element = element
        removeAll()
    }

    var byteCount: Int { buffer.count }

    func removeAll() {
        buffer.removeAll(keeping: Self.keptBytes)
        for _ in 0..<Self.headerBytes { buffer.append(0) }
        count = 0
        hasNull = false
    }

    func appendNull() {
        buffer.append(bigEndian: Int32(-1))
        hasNull = true
        count += 1
    }

    func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        buffer.append(bigEndian: Int32(truncatingIfNeeded: bytes.count))
        buffer.append(bytes)
        count += 1
    }

    func append(_ value: Int64) {
        if element == PostgresType.small {
            buffer.append(bigEndian: Int32(2))
            buffer.append(bigEndian: Int16(truncatingIfNeeded: value))
        } else {
            buffer.append(bigEndian: Int32(8))
            buffer.append(bigEndian: value)
        }
        count += 1
    }

    func append(_ value: Double) { append(Int64(bitPattern: value.bitPattern)) }

    func append(_ fingerprint: Fingerprint) {
        buffer.append(bigEndian: Int32(16))
        buffer.append(bigEndian: fingerprint.high)
        buffer.append(bigEndian: fingerprint.low)
        count += 1
    }

    func append(_ text: String?) {
        guard let text else { return appendNull() }
        var kept = PostgresText.storable(text)
        kept.withUTF8 { append($0) }
    }

    /// The whole array; valid until the next change.
    func finished() -> UnsafeBufferPointer<UInt8> {
        let raw = UnsafeMutableRawPointer(buffer.base)
        let header = [Int32(1), hasNull ? 1 : 0, Int32(bitPattern: element), Int32(truncatingIfNeeded: count), 1]
        for (index, word) in header.enumerated() {
            raw.storeBytes(of: word.bigEndian, toByteOffset: index * 4, as: Int32.self)
        }
        return buffer.bytes(0..<buffer.count)
    }
}

enum PostgresText {
    /// PostgreSQL keeps no zero byte in a text. Those of our own columns (a dead letter's id, say) show the sign for
    /// it instead; a plugin's rows never hold one.
    static func storable(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value == 0 ? "\u{2400}" : $0 }))
    }
}

extension ByteBuffer {
    @inline(__always)
    func append<Integer: FixedWidthInteger>(bigEndian value: Integer) { append(littleEndian: value.byteSwapped) }
}
