private import CSQLite
import PluginKit
import ProjectionStore

/// The one writer of a plugin's SQLite file. One thread at a time.
///
/// What a failed commit leaves: where SQLite says that the disk is full, nothing. Where the disk failed (`.corrupt`),
/// nothing that this process or a reader beside it can see; but the bytes may have reached the log, and the next start
/// may find the transaction there, whole. The offsets in the store tell which it was. This process writes nothing more.
final class SQLiteStoreWriter: StoreWriter {
    let identity: String
    let generation: Int
    let tables: [TableDefinition]
    let connection: WriterConnection
    let database: SQLiteDatabase
    let rowStatements: [RowStatements]
    var lookups: [AppliedEvents] = []
    let path: String
    let filterBytes: Int
    let scratch = ByteBuffer()
    let applying: AppliedWriting
    /// Set by an erasure: what it removed must leave the log too.
    var hasErased = false
    private let overwritesDeleted: Bool

    init(path: String, provider: SQLiteStoreProvider, plugin: Manifest, data: [String: String], generation: Int)
        throws(StoreError)
    {
        self.generation = generation
        // Rows of people come from their topic alone: where it is read, what is deleted is overwritten, always, so that
        // no older version of a row outlives its erasure. Elsewhere that would only cost time.
        overwritesDeleted = plugin.events.contains(where: \.fromPeopleTopic)
        connection = try WriterConnection(path: path, provider: provider, overwritesDeleted: overwritesDeleted)
        let database = connection.database
        self.database = database
        let opening = StoreOpening(database: database, plugin: plugin)
        let found = try opening.identity()
        if let found { try opening.checkWritable(found) }
        var reached = found
        try database.transaction { () throws(StoreError) in
            reached = try opening.migrate(found)
            try PluginSchema(database: database, plugin: plugin).apply()
            try DataFiles(database: database, plugin: plugin, texts: data).apply()
        }
        identity = reached?.id ?? ""
        tables = plugin.tables
        self.path = path
        filterBytes = provider.cacheBytes * 2
        applying = AppliedWriting(database)
        rowStatements = plugin.tables.map { RowStatements(database, $0) }
        // Whatever a worker that was killed has left in the log.
        try connection.checkpointNow()
    }

    // MARK: Transaction

    func begin() throws(StoreError) { try database.begin() }

    func commit() throws(StoreError) {
        defer { restoreDeletion() }
        if hasErased { connection.truncateSoon() }
        try database.commit()
        connection.truncateIfAsked()
    }

    func rollback() {
        database.rollback()
        restoreDeletion()
    }

    /// Has SQLite overwrite what it deletes until the transaction ends.
    func overwriteDeleted() throws(StoreError) {
        hasErased = true
        try database.execute("PRAGMA secure_delete = ON")
    }

    private func restoreDeletion() {
        guard hasErased else { return }
        hasErased = false
        guard !overwritesDeleted else { return }
        // A failure would only leave the safer setting.
        try? database.execute("PRAGMA secure_delete = OFF")
    }

    // MARK: Rows

    func rows(table: Int, prefix: UnsafeBufferPointer<UInt8>) throws(StoreError) -> [EncodedRow] {
        try statements(of: table).rows(prefix, scratch)
    }

    func apply(table: Int, changes: [RowChange], bytes: ByteBuffer) throws(StoreError) {
        try database.requireTransaction()
        let statements = try statements(of: table)
        for (index, change) in changes.enumerated() {
            // Sorted rows lie scattered in the buffer.
            if index + Self.ahead < changes.count {
                let next = changes[index + Self.ahead]
                diwan_sqlite_prefetch(bytes.base + next.key.lowerBound)
                diwan_sqlite_prefetch(bytes.base + next.values.lowerBound)
                if next.values.count > 64 { diwan_sqlite_prefetch(bytes.base + next.values.lowerBound + 64) }
            }
            try statements.apply(change, bytes)
        }
    }

    /// How many rows before it is bound one is asked for.
    private static let ahead = 6

    private func statements(of table: Int) throws(StoreError) -> RowStatements {
        guard rowStatements.indices.contains(table) else {
            throw database.fail(
                StoreError(.schema, "the plugin has \(rowStatements.count) tables, and number \(table) was asked for"))
        }
        return rowStatements[table]
    }

    // MARK: Upkeep

    func checkpoint(behind: Bool) throws(StoreError) { try connection.checkpoint(behind: behind) }

    func close() {
        // Before the writer: the last connection to close moves the log into the database, which readers cannot.
        for lookup in lookups { lookup.close() }
        lookups.removeAll()
        connection.close()
    }

    deinit { close() }
}
