private import CSQLite
import PluginKit
import ProjectionStore

/// A prepared statement. What is bound without a copy has to live until the next `step` returned `false` or `reset`.
final class SQLiteStatement: StoredRow {
    private(set) var pointer: OpaquePointer?
    private unowned let database: SQLiteDatabase
    /// The first bind that was refused since the last reset.
    private var bindFailure: Int32 = SQLITE_OK

    /// - Throws: `StoreError`, also when `sql` holds more than one statement.
    init(_ database: SQLiteDatabase, _ sql: String, isPersistent: Bool) throws(StoreError) {
        self.database = database
        let flags = isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        var sql = sql
        var code = SQLITE_OK
        var isAlone = true
        var made: OpaquePointer?
        sql.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                var tail: UnsafePointer<CChar>?
                code = sqlite3_prepare_v3(
                    database.handle, characters.baseAddress, Int32(clamping: characters.count), flags, &made, &tail)
                guard code == SQLITE_OK, let tail, let start = characters.baseAddress else { return }
                // What is left may be blanks and comments, which prepare to nothing.
                var further: OpaquePointer?
                let rest = Int32(clamping: characters.count - (tail - start))
                let again = sqlite3_prepare_v3(database.handle, tail, rest, 0, &further, nil)
                isAlone = again == SQLITE_OK && further == nil
                sqlite3_finalize(further)
            }
        }
        guard code == SQLITE_OK else { throw database.fail(code, "preparing a statement") }
        guard isAlone, made != nil else {
            sqlite3_finalize(made)
            throw StoreError(.query, "exactly one statement is expected")
        }
        pointer = made
    }

    deinit { finalize() }

    func finalize() {
        sqlite3_finalize(pointer)
        pointer = nil
    }

    // MARK: Running

    /// Gives the next row, false at the end.
    func step() throws(StoreError) -> Bool {
        guard bindFailure == SQLITE_OK else { throw database.fail(bindFailure, "binding a value") }
        let code = sqlite3_step(pointer)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        let error = database.fail(code, "running a statement")
        sqlite3_reset(pointer)
        throw error
    }

    /// Runs to the end and resets, also when it fails.
    func run() throws(StoreError) {
        defer { reset() }
        while try step() {}
    }

    func reset() {
        sqlite3_reset(pointer)
        bindFailure = SQLITE_OK
    }

    // MARK: Binding; the first parameter is 1

    @inline(__always)
    private func check(_ code: Int32) {
        if code != SQLITE_OK, bindFailure == SQLITE_OK { bindFailure = code }
    }

    @inline(__always)
    func bindNull(_ index: Int) { check(sqlite3_bind_null(pointer, Int32(truncatingIfNeeded: index))) }

    @inline(__always)
    func bind(_ index: Int, _ value: Int64) {
        check(sqlite3_bind_int64(pointer, Int32(truncatingIfNeeded: index), value))
    }

    @inline(__always)
    func bind(_ index: Int, _ value: Double) {
        check(sqlite3_bind_double(pointer, Int32(truncatingIfNeeded: index), value))
    }

    func bind(_ index: Int, _ value: Int64?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    /// Copies the text.
    func bind(_ index: Int, _ text: String?) {
        guard var text else { return bindNull(index) }
        text.withUTF8 { bind(index, text: $0, destructor: Self.copying) }
    }

    /// Borrows UTF-8.
    @inline(__always)
    func bind(_ index: Int, borrowed bytes: UnsafeBufferPointer<UInt8>) {
        bind(index, text: bytes, destructor: nil)
    }

    @inline(__always)
    private func bind(
        _ index: Int, text bytes: UnsafeBufferPointer<UInt8>, destructor: sqlite3_destructor_type?
    ) {
        guard let start = bytes.baseAddress else {
            // A text of no bytes may have no address, and no address would mean NULL.
            return check(sqlite3_bind_text(pointer, Int32(truncatingIfNeeded: index), "", 0, Self.copying))
        }
        check(
            sqlite3_bind_text64(
                pointer, Int32(truncatingIfNeeded: index),
                UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), UInt64(bytes.count), destructor,
                UInt8(SQLITE_UTF8)))
    }

    /// Copies the bytes.
    func bind(_ index: Int, blob: [UInt8]?) {
        guard let blob else { return bindNull(index) }
        guard !blob.isEmpty else { return check(sqlite3_bind_zeroblob(pointer, Int32(truncatingIfNeeded: index), 0)) }
        blob.withUnsafeBytes {
            check(
                sqlite3_bind_blob64(
                    pointer, Int32(truncatingIfNeeded: index), $0.baseAddress, UInt64($0.count), Self.copying))
        }
    }

    /// The 16 bytes in the order in which fingerprints sort.
    func bind(_ index: Int, _ fingerprint: Fingerprint?) {
        guard let fingerprint else { return bindNull(index) }
        let words = (fingerprint.high.bigEndian, fingerprint.low.bigEndian)
        withUnsafeBytes(of: words) {
            check(
                sqlite3_bind_blob(pointer, Int32(truncatingIfNeeded: index), $0.baseAddress, 16, Self.copying))
        }
    }

    /// `SQLITE_TRANSIENT`, which C spells as a cast of -1.
    private static var copying: sqlite3_destructor_type? { unsafeBitCast(-1, to: sqlite3_destructor_type?.self) }

    // MARK: Columns; the first is 0

    var columnCount: Int { Int(sqlite3_column_count(pointer)) }
    func columnName(_ index: Int) -> String {
        sqlite3_column_name(pointer, Int32(index)).map { String(cString: $0) } ?? ""
    }

    @inline(__always)
    func isNull(_ index: Int) -> Bool { sqlite3_column_type(pointer, Int32(index)) == SQLITE_NULL }
    @inline(__always)
    func integer(_ index: Int) -> Int64 { sqlite3_column_int64(pointer, Int32(index)) }
    func optionalInteger(_ index: Int) -> Int64? { isNull(index) ? nil : integer(index) }
    func text(_ index: Int) -> String { String(decoding: textBytes(index), as: UTF8.self) }
    func optionalText(_ index: Int) -> String? { isNull(index) ? nil : text(index) }

    /// Valid until the next step, reset or other conversion of the column.
    @inline(__always)
    func textBytes(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        let start = sqlite3_column_text(pointer, Int32(index))
        return UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, Int32(index))))
    }

    func blob(_ index: Int) -> [UInt8]? {
        guard !isNull(index) else { return nil }
        let start = sqlite3_column_blob(pointer, Int32(index))
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, Int32(index)))))
    }

    /// The bytes, valid within `body` only.
    func withBlob<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = sqlite3_column_blob(pointer, Int32(index))
        return body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, Int32(index)))))
    }

    func fingerprint(_ index: Int) -> Fingerprint? {
        guard let start = sqlite3_column_blob(pointer, Int32(index)),
            sqlite3_column_bytes(pointer, Int32(index)) == 16
        else { return nil }
        return Fingerprint(
            high: UInt64(bigEndian: start.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: start.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// The cell as its stored type says.
    func cell(_ index: Int) -> Cell {
        switch sqlite3_column_type(pointer, Int32(index)) {
        case SQLITE_INTEGER: .integer(integer(index))
        case SQLITE_FLOAT: .real(sqlite3_column_double(pointer, Int32(index)))
        case SQLITE_NULL: .null
        default: .string(text(index))
        }
    }

    /// Appends the cell as `RowCodec` encodes values.
    @inline(__always)
    func appendValue(_ index: Int, to buffer: ByteBuffer) {
        switch sqlite3_column_type(pointer, Int32(index)) {
        case SQLITE_INTEGER:
            buffer.append(RowCodec.Tag.integer.rawValue)
            buffer.append(littleEndian: integer(index))
        case SQLITE_FLOAT:
            buffer.append(RowCodec.Tag.real.rawValue)
            buffer.append(littleEndian: sqlite3_column_double(pointer, Int32(index)).bitPattern)
        case SQLITE_NULL:
            buffer.append(RowCodec.Tag.null.rawValue)
        default:
            let bytes = textBytes(index)
            buffer.append(RowCodec.Tag.text.rawValue)
            buffer.append(littleEndian: UInt32(truncatingIfNeeded: bytes.count))
            buffer.append(bytes)
        }
    }
}
