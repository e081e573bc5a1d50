private import CSQLite
import PluginKit
import ProjectionStore

/// Reads a plugin's SQLite file, with or without a worker beside it. It writes nothing into the database and moves
/// nothing of the log, also not when it is the last to close. One thread at a time.
///
/// Parameters of queries are text. SQLite compares text with a column of integers or reals by value; a computed
/// number, such as `count(*)`, needs `CAST(:parameter AS INTEGER)`, which every store understands in both places.
final class SQLiteStoreReader: StoreReader {
    let identity: String
    private let plugin: Manifest
    let generation: Int
    private let storedVersion: Int
    let database: SQLiteDatabase
    private let guardian: QueryGuard
    private let timeLimit: Duration
    private var isInSnapshot = false

    var pluginVersion: Int { storedVersion }

    init(path: String, plugin: Manifest, timeLimit: Duration, generation: Int) throws(StoreError) {
        self.generation = generation
        self.plugin = plugin
        self.timeLimit = timeLimit
        (database, identity, storedVersion) = try Self.open(path, plugin)
        guardian = QueryGuard(database)
    }

    deinit { close() }

    func close() {
        guardian.remove()
        database.close()
    }

    // MARK: Opening

    private static func open(_ path: String, _ plugin: Manifest) throws(StoreError) -> (SQLiteDatabase, String, Int) {
        do throws(StoreError) {
            return try open(path, plugin, .read)
        } catch {
            // Where SQLite can make no files beside the database, as on a read-only file system, it reads it only when
            // told that nobody writes; without a log to take into account that is so.
            guard error.code == .unavailable || error.code == .notWritable,
                (StoreFolder.size(of: path + "-wal") ?? 0) == 0
            else { throw error }
            return try open(path, plugin, .readImmutable)
        }
    }

    private static func open(_ path: String, _ plugin: Manifest, _ mode: SQLiteDatabase.Mode) throws(StoreError)
        -> (SQLiteDatabase, String, Int)
    {
        let database = try SQLiteDatabase(path: path, mode: mode)
        _ = diwan_sqlite_flag(database.handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        _ = diwan_sqlite_flag(database.handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        // The worker stands in a reader's way only while it opens or closes the store.
        sqlite3_busy_timeout(database.handle, 5000)
        for setting in ["query_only = ON", "trusted_schema = OFF", "temp_store = MEMORY", "cache_size = -8192"] {
            try database.execute("PRAGMA \(setting)")
        }
        guard let found = try StoreOpening(database: database, plugin: plugin).identity() else {
            throw absent(path, plugin)
        }
        guard found.schemaVersion >= SystemSchema.steps.last?.version ?? 0 else {
            throw StoreError(
                .unavailable,
                "\(path) was written by an older version of the program: run the worker once, which brings it up to "
                    + "date")
        }
        return (database, found.id, found.pluginVersion)
    }

    /// Whether this program could write the store, without opening it for that. A store that is being made is fine.
    static func checkWritable(_ path: String, _ plugin: Manifest) throws(StoreError) {
        do throws(StoreError) {
            let database = try open(path, plugin).0
            defer { database.close() }
            let opening = StoreOpening(database: database, plugin: plugin)
            if let found = try opening.identity() { try opening.checkWritable(found) }
        } catch  where error.code == .absent {
        }
    }

    static func absent(_ path: String, _ plugin: Manifest) -> StoreError {
        StoreError(
            .absent,
            "plugin \(plugin.name) has no store yet (\(path)): it is made when a worker runs with the plugin")
    }

    // MARK: Queries

    func snapshot<Result>(_ body: () throws -> Result) throws -> Result {
        guard !isInSnapshot else { return try body() }
        try database.execute("BEGIN")
        isInSnapshot = true
        defer {
            isInSnapshot = false
            database.rollback()
        }
        // BEGIN alone takes no snapshot: the first read does.
        _ = try database.integer("SELECT one FROM _store")
        return try body()
    }

    func query(_ query: QueryDefinition, asOf: String?, parameters: [String: String]) throws(StoreError) -> ResultTable
    {
        let sql = QueryExpansion.sql(query, tables: plugin.tables, asOf: asOf != nil)
        do throws(StoreError) {
            return try guardian.guarded(for: timeLimit) { () throws(StoreError) in
                let statement = try SQLiteStatement(database, sql, isPersistent: false)
                defer { statement.finalize() }
                try guardian.checkReadOnly(statement, query.name)
                try bind(statement, query, asOf, parameters)
                return try result(of: statement, query)
            }
        } catch  where error.code == .query {
            let version =
                storedVersion == plugin.version
                ? "" : "; the store holds version \(storedVersion) of the plugin, this is version \(plugin.version)"
            throw StoreError(.query, "plugin \(plugin.name), query \(query.name): \(error.message)\(version)")
        }
    }

    private func bind(
        _ statement: SQLiteStatement, _ query: QueryDefinition, _ asOf: String?, _ parameters: [String: String]
    ) throws(StoreError) {
        for (index, name) in try guardian.parameters(of: statement, query.name).enumerated() {
            if name == "as_of" {
                statement.bind(index + 1, asOf)
            } else if query.parameters.contains(name) {
                guard let value = parameters[name] else {
                    throw StoreError(.query, "it needs a value for '\(name)'")
                }
                statement.bind(index + 1, value)
            } else {
                throw StoreError(.query, "its text names :\(name), which it does not declare as a parameter")
            }
        }
    }

    private func result(of statement: SQLiteStatement, _ query: QueryDefinition) throws(StoreError) -> ResultTable {
        let columns = (0..<statement.columnCount).map { statement.columnName($0) }
        let declared = query.columns.map(\.name)
        guard declared.isEmpty || declared == columns else {
            throw StoreError(
                .query,
                "it gives the columns \(columns.joined(separator: ", ")), but declares "
                    + declared.joined(separator: ", "))
        }
        var rows: [[Cell]] = []
        while try statement.step() { rows.append((0..<columns.count).map { statement.cell($0) }) }
        return ResultTable(columns: columns, rows: rows)
    }

    // MARK: The runtime's tables

    func partitions() throws(StoreError) -> [PartitionState] {
        try SystemRows.all(try database.statement(SystemRows.partitions), SystemRows.partition)
    }

    func outbox(limit: Int, after: Int64) throws(StoreError) -> [OutboxMessage] {
        try page(SystemRows.outbox, limit, after, SystemRows.message)
    }

    func silences(limit: Int, after: Int64) throws(StoreError) -> [SilenceEntry] {
        try page(SystemRows.silences, limit, after, SystemRows.silence)
    }

    func counters() throws(StoreError) -> [String: Int64] {
        let pairs = try SystemRows.all(try database.statement("SELECT name, value FROM _counter")) {
            ($0.text(0), $0.integer(1))
        }
        return Dictionary(pairs) { first, _ in first }
    }

    func isErased(owner: String) throws(StoreError) -> Bool {
        let statement = try database.statement("SELECT 1 FROM _erased WHERE owner = ?")
        statement.bind(1, owner)
        return try !SystemRows.all(statement) { _ in true }.isEmpty
    }

    private func page<Element>(
        _ select: String, _ limit: Int, _ after: Int64, _ read: (SQLiteStatement) -> Element
    ) throws(StoreError) -> [Element] {
        let statement = try database.statement("\(select) WHERE number > ? ORDER BY number LIMIT ?")
        statement.bind(1, after)
        statement.bind(2, Int64(max(0, limit)))
        return try SystemRows.all(statement, read)
    }
}
