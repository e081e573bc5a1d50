private import CPQ
import PluginKit
import ProjectionStore

/// The rows a statement gave, in binary form unless it was asked for as text.
final class PostgresResult {
    private let pointer: OpaquePointer
    let count: Int

    /// Takes the result for itself.
    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
        count = Int(PQntuples(pointer))
    }

    deinit { PQclear(pointer) }

    /// How many rows a change touched.
    var changes: Int { PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0 }
    /// What was done, for example `COMMIT`.
    var command: String { PQcmdStatus(pointer).map { String(cString: $0) } ?? "" }

    var columnNames: [String] {
        (0..<PQnfields(pointer)).map { PQfname(pointer, $0).map { String(cString: $0) } ?? "" }
    }

    var rows: [Row] { (0..<count).map { Row(result: self, number: Int32($0)) } }
    var first: Row? { count > 0 ? Row(result: self, number: 0) : nil }

    /// A row; columns count from 0.
    struct Row: StoredRow {
        fileprivate let result: PostgresResult
        fileprivate let number: Int32

        func isNull(_ column: Int) -> Bool { PQgetisnull(result.pointer, number, Int32(column)) != 0 }

        /// Valid as long as the result is.
        func bytes(_ column: Int) -> UnsafeBufferPointer<UInt8> {
            let start = UnsafeRawPointer(PQgetvalue(result.pointer, number, Int32(column)))?
                .assumingMemoryBound(to: UInt8.self)
            return UnsafeBufferPointer(
                start: start, count: start == nil ? 0 : Int(PQgetlength(result.pointer, number, Int32(column))))
        }

        func integer(_ column: Int) -> Int64 {
            let raw = UnsafeRawBufferPointer(bytes(column))
            switch raw.count {
            case 8: return Int64(bigEndian: raw.loadUnaligned(as: Int64.self))
            case 4: return Int64(Int32(bigEndian: raw.loadUnaligned(as: Int32.self)))
            case 2: return Int64(Int16(bigEndian: raw.loadUnaligned(as: Int16.self)))
            case 1: return Int64(raw[0])
            default: return 0
            }
        }

        func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
        func text(_ column: Int) -> String { String(decoding: bytes(column), as: UTF8.self) }
        func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
        func blob(_ column: Int) -> [UInt8]? { isNull(column) ? nil : Array(bytes(column)) }

        func fingerprint(_ column: Int) -> Fingerprint? {
            let raw = UnsafeRawBufferPointer(bytes(column))
            guard !isNull(column), raw.count == 16 else { return nil }
            return Fingerprint(
                high: UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }

        /// The cell of a result that was asked for as text, as SQLite would give it: a boolean is 0 or 1, a sum of
        /// integers an integer.
        func cell(_ column: Int) -> Cell {
            guard !isNull(column) else { return .null }
            let text = text(column)
            switch PQftype(result.pointer, Int32(column)) {
            case PostgresType.big, PostgresType.medium, PostgresType.small:
                return Int64(text).map { .integer($0) } ?? .string(text)
            case PostgresType.boolean:
                return .integer(text == "t" ? 1 : 0)
            case PostgresType.numeric:
                if let whole = Int64(text) { return .integer(whole) }
                return Double(text).map { .real($0) } ?? .string(text)
            case PostgresType.double, PostgresType.single:
                return Double(text).map { .real($0) } ?? .string(text)
            default:
                return .string(text)
            }
        }
    }
}
