/// How rows travel from a handler to a store: keys as bytes that sort as the columns do, values as tagged bytes.
///
/// Sorted keys let a transaction write its rows in the order of the store's tree, and equal keys are equal bytes.
public enum RowCodec {
    /// Why a row cannot be encoded: the handler gave what its table does not take.
    public enum Failure: Error, Equatable {
        case nullInKey, realInKey, nulInText
    }

    // MARK: Keys

    /// Appends a key column: text ends with a zero byte (no text holds one), integers are big-endian with the sign
    /// flipped.
    @inline(__always)
    public static func appendKey(_ cell: Cell, to buffer: ByteBuffer) throws(Failure) {
        switch cell {
        case .null: throw .nullInKey
        case .real: throw .realInKey
        case .integer(let value):
            let ordered = UInt64(bitPattern: value) ^ (1 << 63)
            withUnsafeBytes(of: ordered.bigEndian) { buffer.append($0.assumingMemoryBound(to: UInt8.self)) }
        case .text(let text):
            text.withUTF8 { buffer.append($0) }
            buffer.append(0)
        case .string(var string):
            let isClean = string.withUTF8 { bytes -> Bool in
                buffer.append(bytes)
                return !bytes.contains(0)
            }
            guard isClean else { throw .nulInText }
            buffer.append(0)
        }
    }

    /// Reads the key columns of `bytes`; `types` says which they are. A prefix gives as many as it holds.
    public static func decodeKey(_ bytes: UnsafeBufferPointer<UInt8>, types: [ColumnDefinition.ColumnType]) -> [Cell] {
        var cells: [Cell] = []
        cells.reserveCapacity(types.count)
        var at = 0
        for type in types where at < bytes.count {
            switch type {
            case .integer, .boolean:
                guard at + 8 <= bytes.count else { return cells }
                let raw = UnsafeRawPointer(bytes.baseAddress ?? UnsafePointer(bitPattern: 1).unsafelyUnwrapped)
                    .loadUnaligned(fromByteOffset: at, as: UInt64.self)
                cells.append(.integer(Int64(bitPattern: UInt64(bigEndian: raw) ^ (1 << 63))))
                at += 8
            case .text, .json, .real:
                var end = at
                while end < bytes.count, bytes[end] != 0 { end += 1 }
                cells.append(.string(String(decoding: UnsafeBufferPointer(rebasing: bytes[at..<end]), as: UTF8.self)))
                at = end + 1
            }
        }
        return cells
    }

    // MARK: Values

    /// The tag before an encoded value.
    public enum Tag: UInt8 {
        case null, integer, real, text
    }

    /// Appends a value column: a tag, then eight bytes or a length and the text.
    @inline(__always)
    public static func appendValue(_ cell: Cell, to buffer: ByteBuffer) throws(Failure) {
        switch cell {
        case .null: buffer.append(Tag.null.rawValue)
        case .integer(let value):
            buffer.append(Tag.integer.rawValue)
            buffer.append(littleEndian: value)
        case .real(let value):
            buffer.append(Tag.real.rawValue)
            buffer.append(littleEndian: value.bitPattern)
        case .text(let text):
            text.withUTF8 { bytes in
                buffer.append(Tag.text.rawValue)
                buffer.append(littleEndian: UInt32(truncatingIfNeeded: bytes.count))
                buffer.append(bytes)
            }
        case .string(var string):
            let isClean = string.withUTF8 { bytes -> Bool in
                buffer.append(Tag.text.rawValue)
                buffer.append(littleEndian: UInt32(truncatingIfNeeded: bytes.count))
                buffer.append(bytes)
                return !bytes.contains(0)
            }
            guard isClean else { throw .nulInText }
        }
    }

    /// A value as it lies in the buffer; text is borrowed.
    public enum RawValue {
        case null
        case integer(Int64)
        case real(Double)
        case text(UnsafeBufferPointer<UInt8>)

        public var cell: Cell {
            switch self {
            case .null: .null
            case .integer(let value): .integer(value)
            case .real(let value): .real(value)
            case .text(let bytes): .string(String(decoding: bytes, as: UTF8.self))
            }
        }
    }

    /// Reads the value at `at` and moves behind it. The bytes are ones that `appendValue` wrote.
    @inline(__always)
    public static func nextValue(_ base: UnsafePointer<UInt8>, _ at: inout Int) -> RawValue {
        let tag = base[at]
        at += 1
        let raw = UnsafeRawPointer(base + at)
        switch tag {
        case Tag.integer.rawValue:
            at += 8
            return .integer(Int64(littleEndian: raw.loadUnaligned(as: Int64.self)))
        case Tag.real.rawValue:
            at += 8
            return .real(Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))))
        case Tag.text.rawValue:
            let count = Int(UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self)))
            at += 4 + count
            return .text(UnsafeBufferPointer(start: base + at - count, count: count))
        default:
            return .null
        }
    }

    /// Reads `count` values.
    public static func decodeValues(_ bytes: UnsafeBufferPointer<UInt8>, count: Int) -> [Cell] {
        guard let base = bytes.baseAddress else { return Array(repeating: .null, count: count) }
        var at = 0
        return (0..<count).map { _ in at < bytes.count ? nextValue(base, &at).cell : .null }
    }
}
