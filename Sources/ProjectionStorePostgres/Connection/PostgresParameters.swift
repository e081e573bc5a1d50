import PluginKit
import ProjectionStore

/// The parameters of one statement, in binary form and in order. Arrays are borrowed until the statement is sent.
final class PostgresParameters {
    private(set) var types: [UInt32] = []
    private var places: [Place] = []
    private let bytes = ByteBuffer(capacity: 256)

    private enum Place {
        case null
        case own(Range<Int>)
        case borrowed(UnsafeBufferPointer<UInt8>)
    }

    var count: Int { types.count }
    private(set) var byteCount = 0

    func removeAll() {
        types.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        bytes.removeAll(keeping: 1 << 16)
        byteCount = 0
    }

    // MARK: Adding, each the next parameter

    func add(_ value: Int64?) {
        types.append(PostgresType.big)
        guard let value else { return places.append(.null) }
        own { bytes.append(bigEndian: value) }
    }

    func add(_ text: String?) {
        types.append(PostgresType.text)
        guard let text else { return places.append(.null) }
        var kept = PostgresText.storable(text)
        own { kept.withUTF8 { bytes.append($0) } }
    }

    func add(text borrowed: UnsafeBufferPointer<UInt8>) {
        types.append(PostgresType.text)
        own { bytes.append(borrowed) }
    }

    func add(blob: [UInt8]?) {
        types.append(PostgresType.bytes)
        guard let blob else { return places.append(.null) }
        own { blob.withUnsafeBufferPointer { bytes.append($0) } }
    }

    func add(small value: Int64) {
        types.append(PostgresType.small)
        own { bytes.append(bigEndian: Int16(truncatingIfNeeded: value)) }
    }

    func add(_ fingerprint: Fingerprint?) {
        types.append(PostgresType.uuid)
        guard let fingerprint else { return places.append(.null) }
        own {
            bytes.append(bigEndian: fingerprint.high)
            bytes.append(bigEndian: fingerprint.low)
        }
    }

    func add(_ array: PostgresArray) {
        types.append(PostgresType.array(of: array.element))
        places.append(.borrowed(array.finished()))
        byteCount += array.byteCount
    }

    private func own(_ write: () -> Void) {
        let start = bytes.count
        write()
        places.append(.own(start..<bytes.count))
        byteCount += bytes.count - start
    }

    // MARK: Sending

    /// Gives what libpq asks for: types, addresses, lengths and formats (all binary).
    func withPointers<Result>(
        _ body: (_ types: [UInt32], _ values: [UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]) -> Result
    ) -> Result {
        var values: [UnsafePointer<CChar>?] = []
        var lengths: [Int32] = []
        for place in places {
            switch place {
            case .null:
                values.append(nil)
                lengths.append(0)
            case .own(let range):
                values.append(Self.characters(bytes.base + range.lowerBound))
                lengths.append(Int32(clamping: range.count))
            case .borrowed(let borrowed):
                values.append(borrowed.baseAddress.map { Self.characters($0) })
                lengths.append(Int32(clamping: borrowed.count))
            }
        }
        return body(types, values, lengths, [Int32](repeating: 1, count: places.count))
    }

    private static func characters(_ pointer: UnsafePointer<UInt8>) -> UnsafePointer<CChar> {
        UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self)
    }
}
