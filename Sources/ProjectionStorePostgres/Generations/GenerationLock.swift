import Glibc
import ProjectionStore
import Synchronization

/// The lock of one generation that is not live: an advisory lock of a session of its own, which the server frees when
/// that session ends, however it ends.
final class GenerationLock: StoreOwnership {
    private let connection: Mutex<PostgresConnection?>

    /// - Throws: `StoreError` with code `.held` when another command has it.
    init(_ session: PostgresDatabase.Session, _ schema: SchemaName) throws(StoreError) {
        let made = try PostgresConnection(
            session.connection, applicationName: session.applicationName, writes: true, settings: session.settings)
        let key = "pg_catalog.hashtextextended(\(SQLText.literal("lock of " + schema.plain)), 0)"
        try made.enqueue(once: "SELECT pg_catalog.pg_try_advisory_lock(\(key))::int", label: "taking a generation")
        guard try made.collect()?.first?.integer(0) == 1 else {
            made.close()
            throw StoreError(
                .held,
                "\(session.connection.place): schema \(schema.plain) is being written by another command: let it end "
                    + "first")
        }
        connection = Mutex(made)
    }

    deinit { release() }

    /// Whether the session that holds the lock still lives.
    func confirm() throws(StoreError) {
        let isAlive = connection.withLock { $0?.isAlive() ?? false }
        guard isAlive else {
            throw StoreError(.held, "the lock of this generation was lost with its session: run the command again")
        }
    }

    func release() {
        connection.withLock { held in
            guard let connection = held else { return }
            held = nil
            // Before the session ends, so that whoever comes next finds the lock free at once.
            try? connection.enqueue(once: "SELECT pg_catalog.pg_advisory_unlock_all()", label: "releasing a generation")
            _ = try? connection.collect()
            connection.close()
        }
    }
}
