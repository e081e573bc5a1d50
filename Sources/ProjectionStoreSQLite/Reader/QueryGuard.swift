private import CSQLite
import Glibc
import ProjectionStore

/// What a manifest's query may do: read the plugin's tables, with functions that give the same on every run, for a
/// limited time. SQLite asks while it prepares and while it runs the statement.
final class QueryGuard {
    private struct State {
        /// Our own statements are not asked.
        var isOn = false
        /// `CLOCK_MONOTONIC` in nanoseconds.
        var deadline: Int64 = 0
    }

    private let state: UnsafeMutablePointer<State>
    private let database: SQLiteDatabase

    /// How many instructions run between two looks at the clock.
    private static let stride: Int32 = 4000

    init(_ database: SQLiteDatabase) {
        self.database = database
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        sqlite3_set_authorizer(
            database.handle,
            { context, action, first, second, _, _ in
                guard let state = context?.assumingMemoryBound(to: State.self), state.pointee.isOn else {
                    return SQLITE_OK
                }
                return QueryGuard.allows(action, first, second) ? SQLITE_OK : SQLITE_DENY
            }, state)
        sqlite3_progress_handler(
            database.handle, Self.stride,
            { context in
                guard let state = context?.assumingMemoryBound(to: State.self), state.pointee.isOn else { return 0 }
                return QueryGuard.now() > state.pointee.deadline ? 1 : 0
            }, state)
    }

    deinit {
        remove()
        state.deallocate()
    }

    /// Before the connection closes.
    func remove() {
        guard database.handle != nil else { return }
        sqlite3_set_authorizer(database.handle, nil, nil)
        sqlite3_progress_handler(database.handle, 0, nil, nil)
    }

    /// Runs `body` guarded.
    func guarded<Result>(for limit: Duration, _ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        let nanoseconds = limit.components.seconds * 1_000_000_000 + limit.components.attoseconds / 1_000_000_000
        state.pointee = State(isOn: true, deadline: Self.now() + nanoseconds)
        defer { state.pointee.isOn = false }
        return try body()
    }

    /// - Throws: `.query` for a statement that would change anything.
    func checkReadOnly(_ statement: SQLiteStatement, _ name: String) throws(StoreError) {
        guard sqlite3_stmt_readonly(statement.pointer) != 0, sqlite3_stmt_isexplain(statement.pointer) == 0,
            statement.columnCount > 0
        else { throw StoreError(.query, "query \(name): it has to be one SELECT") }
    }

    /// The names of the statement's parameters in order, without the colon.
    func parameters(of statement: SQLiteStatement, _ name: String) throws(StoreError) -> [String] {
        var names: [String] = []
        for index in 0..<sqlite3_bind_parameter_count(statement.pointer) {
            let parameter = sqlite3_bind_parameter_name(statement.pointer, index + 1).map { String(cString: $0) }
            guard let parameter, parameter.hasPrefix(":") else {
                throw StoreError(
                    .query, "query \(name): parameters stand by name, as in :mechanism, not as \(parameter ?? "?")")
            }
            names.append(String(parameter.dropFirst()))
        }
        return names
    }

    // MARK: What is allowed

    private static func allows(_ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?) -> Bool
    {
        switch action {
        case SQLITE_SELECT, SQLITE_RECURSIVE: true
        case SQLITE_READ: first.map { isReadable(String(cString: $0)) } ?? false
        case SQLITE_FUNCTION: second.map { !refused.contains(String(cString: $0).lowercased()) } ?? false
        default: false
        }
    }

    /// The runtime's tables hold records of people and of others: a query sees the retractions alone.
    private static func isReadable(_ table: String) -> Bool {
        if table == QueryExpansion.retractions { return true }
        return !table.hasPrefix("_") && !table.hasPrefix("sqlite_") && !table.hasPrefix("pragma_")
            && table != "dbstat" && table != "sqlite"
    }

    /// Functions that do not give the same on every run, reach outside, or that only SQLite knows although dates are
    /// text: `substr` serves for those.
    private static let refused: Set<String> = [
        "random", "randomblob", "changes", "total_changes", "last_insert_rowid", "load_extension", "readfile",
        "writefile", "edit", "date", "time", "datetime", "julianday", "unixepoch", "strftime", "current_date",
        "current_time", "current_timestamp", "sqlite_version", "sqlite_source_id", "sqlite_compileoption_get",
        "sqlite_compileoption_used", "sqlite_offset", "sqlite_log", "fts3_tokenizer",
    ]

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
