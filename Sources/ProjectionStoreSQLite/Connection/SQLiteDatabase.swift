private import CSQLite
import ProjectionStore

/// One connection and the statements prepared on it. One thread at a time (`SQLITE_OPEN_NOMUTEX`).
///
/// It remembers the first failure of a transaction: SQLite may have rolled back by itself, and then every further
/// change would stand alone. So writers ask `requireTransaction()` first, and `commit` refuses after a failure.
final class SQLiteDatabase {
    /// For messages.
    let path: String
    private(set) var handle: OpaquePointer?
    private var statements: [String: SQLiteStatement] = [:]
    private(set) var failure: StoreError?
    /// The file is damaged or its disk fails: no further transaction, and no checkpoint at the end.
    private(set) var damage: StoreError?

    enum Mode {
        case write
        case read
        /// A file in a folder where nothing can be created: nobody writes it, so its bytes alone are the database.
        case readImmutable
    }

    /// Once for the process. Refused where somebody has opened a database before us; then it is only slower.
    private static let configured: Int32 = diwan_sqlite_configure()

    init(path: String, mode: Mode) throws(StoreError) {
        _ = Self.configured
        self.path = path
        var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        var name = path.hasPrefix("/") ? path : "./" + path
        switch mode {
        case .write: flags |= SQLITE_OPEN_READWRITE
        case .read: flags |= SQLITE_OPEN_READONLY
        case .readImmutable:
            flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            name = "file:\(Self.escaped(name))?immutable=1"
        }
        let code = sqlite3_open_v2(name, &handle, flags, nil)
        guard code == SQLITE_OK else {
            let error = SQLiteFailure.error(code, handle, path, "opening it")
            sqlite3_close_v2(handle)
            handle = nil
            throw error
        }
    }

    deinit { close() }

    /// Finalizes every statement and closes; a second call does nothing.
    func close() {
        for statement in statements.values { statement.finalize() }
        statements.removeAll()
        sqlite3_close_v2(handle)
        handle = nil
    }

    // MARK: Statements

    /// A statement that stays prepared until the connection closes.
    func statement(_ sql: String) throws(StoreError) -> SQLiteStatement {
        if let known = statements[sql] { return known }
        let made = try SQLiteStatement(self, sql, isPersistent: true)
        statements[sql] = made
        return made
    }

    /// Runs a statement that gives no rows, or whose rows do not matter.
    func execute(_ sql: String) throws(StoreError) {
        let statement = try SQLiteStatement(self, sql, isPersistent: false)
        defer { statement.finalize() }
        while try statement.step() {}
    }

    /// The first cell of a statement's first row as an integer; nil where there is none.
    func integer(_ sql: String) throws(StoreError) -> Int64? {
        let statement = try SQLiteStatement(self, sql, isPersistent: false)
        defer { statement.finalize() }
        return try statement.step() ? statement.integer(0) : nil
    }

    func text(_ sql: String) throws(StoreError) -> String? {
        let statement = try SQLiteStatement(self, sql, isPersistent: false)
        defer { statement.finalize() }
        return try statement.step() ? statement.text(0) : nil
    }

    /// How many rows the last change touched.
    var changes: Int { Int(sqlite3_changes(handle)) }

    // MARK: Transactions

    var isInTransaction: Bool { handle != nil && sqlite3_get_autocommit(handle) == 0 }

    func begin() throws(StoreError) {
        failure = nil
        if let damage { throw damage }
        guard !isInTransaction else { throw StoreError(.retry, "\(path): a transaction is open already") }
        try statement("BEGIN IMMEDIATE").run()
    }

    func commit() throws(StoreError) {
        defer { rollback() }
        try requireTransaction()
        try statement("COMMIT").run()
    }

    func rollback() {
        if isInTransaction { _ = sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
        failure = nil
    }

    /// Runs `body` as one transaction.
    func transaction(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        try begin()
        do throws(StoreError) {
            try body()
        } catch {
            rollback()
            throw error
        }
        try commit()
    }

    /// - Throws: what failed since `begin`, or that no transaction is open.
    func requireTransaction() throws(StoreError) {
        if let failure { throw failure }
        guard isInTransaction else {
            throw StoreError(.retry, "\(path): no transaction is open; begin one and do the work again")
        }
    }

    // MARK: Failures

    /// The error of a result code, kept as the transaction's failure.
    func fail(_ code: Int32, _ doing: @autoclosure () -> String) -> StoreError {
        fail(SQLiteFailure.error(code, handle, path, doing()))
    }

    func fail(_ error: StoreError) -> StoreError {
        if isInTransaction, failure == nil { failure = error }
        if error.code == .corrupt, damage == nil {
            damage = error
            _ = diwan_sqlite_flag(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        }
        return error
    }

    private static func escaped(_ path: String) -> String {
        path.utf8.map { byte in
            let plain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: ".")
            guard !plain else { return String(UnicodeScalar(byte)) }
            let hex = String(byte, radix: 16)
            return hex.count == 1 ? "%0\(hex)" : "%\(hex)"
        }.joined()
    }
}
