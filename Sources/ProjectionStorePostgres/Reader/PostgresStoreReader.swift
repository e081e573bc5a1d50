import PluginKit
import ProjectionStore

/// Reads a plugin's schema in sessions that cannot write. One thread at a time.
///
/// A query of a manifest may name what `QueryRules` allows. Its parameters are text whose type the server takes from
/// where they stand: a column of numbers compares with them by value (and refuses what is no number).
final class PostgresStoreReader: StoreReader {
    let identity: String
    private let plugin: Manifest
    let generation: Int
    var pluginVersion: Int { storedVersion }
    private let storedVersion: Int
    private let schema: SchemaName
    let database: PostgresDatabase
    private(set) var isInSnapshot = false

    init(session: PostgresDatabase.Session, schema: SchemaName, plugin: Manifest) throws(StoreError) {
        self.plugin = plugin
        self.schema = schema
        database = try PostgresDatabase(session, place: session.connection.place)
        guard let found = try StoreOpening(database: database, schema: schema, plugin: plugin).identity() else {
            database.close()
            throw StoreError(
                .absent,
                "plugin \(plugin.name) has no store yet (schema \(schema.plain) in \(session.connection.place)): it is "
                    + "made when a worker runs with the plugin")
        }
        guard found.schemaVersion >= SystemSchema.steps.last?.version ?? 0 else {
            database.close()
            throw StoreError(
                .unavailable,
                "schema \(schema.plain) in \(session.connection.place) was written by an older version of the program: "
                    + "run the worker once, which brings it up to date")
        }
        identity = found.id
        storedVersion = found.pluginVersion
        if let own = schema.generation {
            generation = own
        } else {
            generation = try GenerationSchemas(database: database, live: schema).number()
        }
    }

    deinit { close() }

    func close() { database.close() }

    // MARK: Queries

    func snapshot<Result>(_ body: () throws -> Result) throws -> Result {
        guard !isInSnapshot else { return try body() }
        try database.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        isInSnapshot = true
        defer {
            isInSnapshot = false
            database.rollback()
        }
        // BEGIN alone takes no snapshot: the first read does.
        _ = try database.run("SELECT one FROM _store", "beginning a snapshot")
        return try body()
    }

    func query(_ query: QueryDefinition, asOf: String?, parameters: [String: String]) throws(StoreError) -> ResultTable
    {
        do throws(StoreError) {
            try QueryRules.check(try QueryTokenizer.tokens(of: query.select))
            let dialect = QueryDialect(
                try QueryTokenizer.tokens(
                    of: QueryExpansion.sql(query, tables: plugin.tables, asOf: asOf != nil)))
            let values = try values(of: dialect.parameters, query, asOf, parameters)
            return try table(try run(dialect.sql, values), query)
        } catch  where error.code == .query {
            let version =
                storedVersion == plugin.version
                ? "" : "; the store holds version \(storedVersion) of the plugin, this is version \(plugin.version)"
            throw StoreError(.query, "plugin \(plugin.name), query \(query.name): \(error.message)\(version)")
        }
    }

    private func values(
        of names: [String], _ query: QueryDefinition, _ asOf: String?, _ parameters: [String: String]
    ) throws(StoreError) -> [String?] {
        var values: [String?] = []
        for name in names {
            if name == "as_of" {
                values.append(asOf)
            } else if query.parameters.contains(name) {
                guard let value = parameters[name] else {
                    throw StoreError(.query, "it needs a value for '\(name)'")
                }
                values.append(value)
            } else {
                throw StoreError(.query, "its text names :\(name), which it does not declare as a parameter")
            }
        }
        return values
    }

    /// In a transaction of its own, or within a savepoint of the snapshot's, so that a failure ends nothing else.
    private func run(_ sql: String, _ values: [String?]) throws(StoreError) -> PostgresResult {
        let isOwn = !isInSnapshot
        if isOwn { try database.begin("BEGIN READ ONLY") } else { try database.execute("SAVEPOINT query", "a query") }
        do throws(StoreError) {
            try checkTables(sql)
            let result = try database.converse { (connection) throws(StoreError) in
                try connection.enqueue(query: sql, values, label: "a query")
            }
            if isOwn { database.rollback() } else { try database.execute("RELEASE query", "a query") }
            return result
        } catch {
            if isOwn { database.rollback() } else { try database.returnTo(savepoint: "query") }
            throw error
        }
    }

    /// The words of a query cannot tell another plugin's schema from an alias; the locks that the server takes when it
    /// reads the text can.
    private func checkTables(_ sql: String) throws(StoreError) {
        let foreign = try database.converse { (connection) throws(StoreError) in
            try connection.enqueue(parsing: sql, label: "a query")
            try connection.enqueue(
                """
                SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_locks AS l
                JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
                JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation'
                AND n.nspname NOT IN (\(SQLText.literal(schema.plain)), 'pg_catalog', 'pg_toast') LIMIT 1
                """, nil, label: "looking which tables a query names")
        }
        if let name = foreign.first?.text(0) {
            throw StoreError(.query, "\(name) is not among the plugin's tables")
        }
    }

    private func table(_ result: PostgresResult, _ query: QueryDefinition) throws(StoreError) -> ResultTable {
        let columns = result.columnNames
        let declared = query.columns.map(\.name)
        guard declared.isEmpty || declared == columns else {
            throw StoreError(
                .query,
                "it gives the columns \(columns.joined(separator: ", ")), but declares "
                    + declared.joined(separator: ", "))
        }
        return ResultTable(columns: columns, rows: result.rows.map { row in columns.indices.map { row.cell($0) } })
    }

    // MARK: The runtime's tables

    func partitions() throws(StoreError) -> [PartitionState] {
        try database.run(SystemRows.partitions, "reading the offsets").rows.map(SystemRows.partition)
    }

    func outbox(limit: Int, after: Int64) throws(StoreError) -> [OutboxMessage] {
        try page(SystemRows.outbox, limit, after, "reading the outbox").map(SystemRows.message)
    }

    func silences(limit: Int, after: Int64) throws(StoreError) -> [SilenceEntry] {
        try page(SystemRows.silences, limit, after, "reading silences").map(SystemRows.silence)
    }

    func counters() throws(StoreError) -> [String: Int64] {
        let rows = try database.run("SELECT name, value FROM _counter", "reading counters").rows
        return Dictionary(rows.map { ($0.text(0), $0.integer(1)) }) { first, _ in first }
    }

    func isErased(owner: String) throws(StoreError) -> Bool {
        try database.run("SELECT 1 FROM _erased WHERE owner = $1", "looking whether an id was erased") { $0.add(owner) }
            .count > 0
    }

    private func page(_ select: String, _ limit: Int, _ after: Int64, _ label: String) throws(StoreError)
        -> [PostgresResult.Row]
    {
        try database.run("\(select) WHERE number > $1 ORDER BY number LIMIT $2", label) {
            $0.add(after)
            $0.add(Int64(max(0, limit)))
        }.rows
    }
}
