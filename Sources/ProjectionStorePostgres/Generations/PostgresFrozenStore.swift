import ProjectionStore
import Synchronization

/// The live schema, to which nobody commits while this transaction holds its locks: the next statement of a lane's
/// transaction waits for them. A command that dies leaves everything as it was.
final class PostgresFrozenStore: FrozenStore {
    private let database: Mutex<Held?>
    private let live: SchemaName

    /// `@unchecked Sendable`: only used within the mutex that holds it.
    private struct Held: @unchecked Sendable { let database: PostgresDatabase }

    /// Takes the locks. What others have begun ends first.
    init(_ database: PostgresDatabase, _ live: SchemaName) throws(StoreError) {
        self.live = live
        do throws(StoreError) {
            try database.begin()
            // Readers do not mind these; whoever writes, or locks rows, waits.
            try database.execute(
                "LOCK TABLE \(live.quoted)._partition, \(live.quoted)._outbox IN EXCLUSIVE MODE",
                "keeping the live store still")
        } catch {
            database.rollback()
            database.close()
            guard error.code == .retry else { throw error }
            throw StoreError(
                .held, "\(database.place): somebody's transaction in schema \(live.plain) does not end: try again")
        }
        self.database = Mutex(Held(database: database))
    }

    deinit { release() }

    func release() {
        database.withLock { held in
            held?.database.close()
            held = nil
        }
    }

    func makeLive(_ generation: Int) throws(StoreError) {
        defer { release() }
        try database.withLock { held throws(StoreError) in
            guard let database = held?.database else {
                throw StoreError(.retry, "the live store is not held still any more: begin again")
            }
            try swap(database, generation)
            try database.commit()
        }
    }

    private func swap(_ database: PostgresDatabase, _ generation: Int) throws(StoreError) {
        let schemas = GenerationSchemas(database: database, live: live)
        guard try schemas.all().beside.contains(generation) else {
            throw StoreError(.absent, "there is no generation \(generation) of plugin \(live.plugin) to make live")
        }
        let old = try schemas.number()
        let new = live.beside(generation)
        let label = "making generation \(generation) live"
        // A lane's statements find the new tables under the old name as soon as this commits; no epoch of its fits.
        try database.execute(
            """
            UPDATE \(new.quoted)._partition AS n SET epoch = greatest(n.epoch, o.epoch) + 1
            FROM \(live.quoted)._partition AS o WHERE n.topic = o.topic AND n.partition = o.partition
            """, label)
        try database.execute("UPDATE \(live.quoted)._partition SET epoch = epoch + 1", label)
        for (schema, number) in [(live, old), (new, generation)] {
            try database.execute(
                """
                INSERT INTO \(schema.quoted)._setting (name, value)
                VALUES ('\(SystemSchema.generationSetting)', '\(number)')
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """, label)
        }
        try database.execute("ALTER SCHEMA \(live.quoted) RENAME TO \(live.beside(old).quoted)", label)
        try database.execute("ALTER SCHEMA \(new.quoted) RENAME TO \(live.quoted)", label)
    }
}
