import PluginKit

/// Rows as arrays, one for each column: the parameters of a statement that changes many rows.
final class RowArrays: RowSink {
    let columns: [PostgresArray]
    /// Rows that were begun.
    var count = 0

    init(_ table: TableDefinition) { columns = table.columns.map { PostgresArray(of: SQLText.type(of: $0.type)) } }

    var byteCount: Int { columns.reduce(0) { $0 + $1.byteCount } }

    func removeAll() {
        for column in columns { column.removeAll() }
        count = 0
    }

    func null(_ column: Int) { columns[column].appendNull() }
    func text(_ column: Int, _ bytes: UnsafeBufferPointer<UInt8>) { columns[column].append(bytes) }
    func integer(_ column: Int, _ value: Int64) { columns[column].append(value) }
    func real(_ column: Int, _ value: Double) { columns[column].append(value) }
}

/// Rows in the binary form of COPY.
final class CopyRows: RowSink {
    private let buffer = ByteBuffer(capacity: sendBytes + (16 << 10))
    private let isSmall: [Bool]
    private(set) var isBegun = false

    /// From so many bytes on it pays to send them.
    private static let sendBytes = 128 << 10

    init(types: [UInt32]) { isSmall = types.map { $0 == PostgresType.small } }

    var isFull: Bool { buffer.count >= Self.sendBytes }
    /// Valid until the next change.
    var bytes: UnsafeBufferPointer<UInt8> { buffer.bytes(0..<buffer.count) }

    /// Begins a row; the first one brings COPY's header.
    func beginRow() {
        if !isBegun {
            isBegun = true
            for byte in Self.header { buffer.append(byte) }
        }
        buffer.append(bigEndian: Int16(truncatingIfNeeded: isSmall.count))
    }

    private static let header = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + [UInt8](repeating: 0, count: 8)

    /// Marks the end of all rows.
    func end() { buffer.append(bigEndian: Int16(-1)) }

    /// Forgets what was sent.
    func removeSent() { buffer.removeAll(keeping: 1 << 20) }

    func removeAll() {
        removeSent()
        isBegun = false
    }

    @inline(__always)
    func null(_ column: Int) { buffer.append(bigEndian: Int32(-1)) }

    @inline(__always)
    func text(_ column: Int, _ bytes: UnsafeBufferPointer<UInt8>) {
        buffer.append(bigEndian: Int32(truncatingIfNeeded: bytes.count))
        buffer.append(bytes)
    }

    @inline(__always)
    func integer(_ column: Int, _ value: Int64) {
        if isSmall[column] {
            buffer.append(bigEndian: Int32(2))
            buffer.append(bigEndian: Int16(truncatingIfNeeded: value))
        } else {
            long(UInt64(bitPattern: value))
        }
    }

    @inline(__always)
    func real(_ column: Int, _ value: Double) { long(value.bitPattern) }

    @inline(__always)
    func long(_ value: UInt64) {
        buffer.append(bigEndian: Int32(8))
        buffer.append(bigEndian: value)
    }

    /// A uuid.
    func sixteen(_ high: UInt64, _ low: UInt64) {
        buffer.append(bigEndian: Int32(16))
        buffer.append(bigEndian: high)
        buffer.append(bigEndian: low)
    }
}
