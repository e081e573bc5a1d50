import PluginKit
import ProjectionStore

/// The one writer of a plugin's schema. One thread at a time.
///
/// Changes are queued and sent without waiting; what one of them fails with shows at the next call that needs an
/// answer (reading, `claim`, `advance`), at the latest at the commit. A connection that is lost within a transaction
/// makes everything fail with `.unavailable` until `rollback`; the next `begin` connects again. When it is lost while
/// the commit is under way, nobody can tell from here whether the server did it: the offsets in the store can.
final class PostgresStoreWriter: StoreWriter {
    let identity: String
    let generation: Int
    let tables: [TableDefinition]
    let database: PostgresDatabase
    let rowStatements: [RowStatements]
    let applying: AppliedWriting
    private var lookups: [AppliedEvents] = []
    private let filters: FilterAllowance
    private let lookupSession: PostgresDatabase.Session
    private let recognises: (PostgresConnection) throws(StoreError) -> Void
    let scratch = ByteBuffer()
    /// Where `forgetApplied` goes on.
    var forgottenUpTo: Fingerprint?
    /// Set by an erasure: what it removed is swept from the tables' pages after the commit.
    var hasErased = false
    private var mustSweep = false
    /// Whether the open transaction has moved a partition: then its epoch says whether the store is still ours.
    var hasAdvanced = false

    /// - Parameters:
    ///   - lookup: the session of each `appliedLookup`.
    ///   - filterBytes: what filters of keys and events may take together.
    init(
        session: PostgresDatabase.Session, lookup: PostgresDatabase.Session, schema: SchemaName, plugin: Manifest,
        data: [String: String], filterBytes: Int
    ) throws(StoreError) {
        let database = try PostgresDatabase(session, place: session.connection.place)
        self.database = database
        let opening = StoreOpening(database: database, schema: schema, plugin: plugin)
        var reached: StoreIdentity?
        try database.transaction { () throws(StoreError) in
            // Two workers that open a new store at the same moment make it one after the other.
            _ = try database.run(
                "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))", "waiting to open"
            ) { $0.add(schema.plain) }
            let found = try opening.identity()
            try opening.checkDatabase()
            if let found { try opening.checkWritable(found) } else { try opening.makeSchema() }
            reached = try opening.migrate(found)
            try PluginSchema(database: database, schema: schema, plugin: plugin).apply()
            try DataFiles(database: database, plugin: plugin, texts: data).apply()
        }
        let identity = reached?.id ?? ""
        self.identity = identity
        if let own = schema.generation {
            generation = own
        } else {
            generation = try GenerationSchemas(database: database, live: schema).number()
        }
        tables = plugin.tables
        let filters = FilterAllowance(bytes: filterBytes)
        self.filters = filters
        lookupSession = lookup
        applying = AppliedWriting(database)
        rowStatements = plugin.tables.map { RowStatements(database, $0, filters) }
        recognises = { (connection) throws(StoreError) in
            try connection.enqueue(once: "SELECT id FROM _store", label: "recognising the store")
            guard try connection.collect()?.first?.text(0) == identity else {
                throw StoreError(
                    .replaced,
                    "\(connection.place): schema \(schema.plain) is another store than the one this worker opened: "
                        + "another generation is live, or a backup was restored")
            }
        }
        database.recognises = recognises
    }

    /// A look-up is used by the thread that claims partitions.
    func appliedLookup() throws(StoreError) -> (any AppliedLookup)? {
        let lookup = AppliedEvents(
            session: lookupSession, place: database.place, writerSessions: database.sessions, allowance: filters,
            recognises: recognises)
        lookups.append(lookup)
        return lookup
    }

    /// What this writer knows of its tables, others may have changed.
    func forgetKnown() {
        for lookup in lookups { lookup.beginAnew() }
        for statements in rowStatements { statements.beginAnew() }
    }

    // MARK: Transaction

    func begin() throws(StoreError) {
        hasAdvanced = false
        if database.takeLockTimeout() { try endFrozenSessions() }
        try database.begin()
    }

    func commit() throws(StoreError) {
        do throws(StoreError) {
            if !hasAdvanced { try confirmIdentity() }
        } catch {
            rollback()
            throw error
        }
        let erased = hasErased
        hasErased = false
        try database.commit()
        if erased { mustSweep = true }
    }

    /// What moves no partition has no epoch to find out by that another generation has become live under the same name.
    private func confirmIdentity() throws(StoreError) {
        try database.requireTransaction()
        let row = try database.run("SELECT id FROM _store", "recognising the store").first
        guard row?.text(0) == identity else {
            throw database.fail(
                StoreError(.replaced, "\(database.place): another generation of the plugin has become live"))
        }
    }

    func rollback() {
        hasErased = false
        database.rollback()
    }

    // MARK: Rows

    func rows(table: Int, prefix: UnsafeBufferPointer<UInt8>) throws(StoreError) -> [EncodedRow] {
        try statements(of: table).rows(prefix, scratch)
    }

    func apply(table: Int, changes: [RowChange], bytes: ByteBuffer) throws(StoreError) {
        try database.requireTransaction()
        try statements(of: table).apply(changes, bytes)
    }

    private func statements(of table: Int) throws(StoreError) -> RowStatements {
        guard rowStatements.indices.contains(table) else {
            throw database.fail(
                StoreError(.schema, "the plugin has \(rowStatements.count) tables, and number \(table) was asked for"))
        }
        return rowStatements[table]
    }

    // MARK: Upkeep

    /// PostgreSQL moves its log by itself. After an erasure what was removed is vacuumed away here, because no
    /// transaction may be open for that.
    func checkpoint(behind: Bool) throws(StoreError) {
        guard mustSweep, !behind, !database.isInTransaction else { return }
        mustSweep = false
        let swept =
            tables.map { SQLText.name(of: $0) } + [
                "_retraction", "_timer", "_dead_letter", "_audit", "_outbox", "_journal",
            ]
        try database.execute("VACUUM \(swept.joined(separator: ", "))", "sweeping what was erased")
    }

    func close() {
        for lookup in lookups { lookup.close() }
        lookups.removeAll()
        database.close()
    }

    deinit { close() }
}
