import ProjectionStore
import Synchronization

/// The lock of a deployment: one process holds it (rule 19), through an advisory lock of a session of its own, which
/// the server frees when that session ends, however it ends.
///
/// A session that was lost lost the lock with it. Writers that connect again take it again first; where another worker
/// was quicker they get `.held`. In between the owner epoch keeps two workers apart (rule 17): the lock only saves
/// them the trouble.
final class DeploymentLock: Sendable {
    private struct State {
        var connection: PostgresConnection?
        var isHeld = false
    }

    private let deployment: String
    private let session: PostgresDatabase.Session
    private let state = Mutex(State())

    init(deployment: String, session: PostgresDatabase.Session) {
        self.deployment = deployment
        self.session = session
    }

    var isHeld: Bool { state.withLock { $0.isHeld } }

    /// Takes the lock if it is free.
    ///
    /// - Returns: nil when it was taken, otherwise who holds it.
    func attempt() throws(StoreError) -> String? {
        try state.withLock { state throws(StoreError) in
            guard !state.isHeld else { return "this process" }
            let connection = try connect()
            if let holder = try take(connection) { return holder }
            state.connection = connection
            state.isHeld = true
            return nil
        }
    }

    /// Makes sure that it is still held, taking it again where the session was lost.
    func confirm() throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            guard state.isHeld else {
                throw StoreError(.notWritable, "the deployment \(deployment) is not held by this process")
            }
            if let connection = state.connection, isAlive(connection) { return }
            state.connection = nil
            let connection = try connect()
            if let holder = try take(connection) { throw held(by: holder) }
            state.connection = connection
        }
    }

    func release() {
        state.withLock { state in
            state.isHeld = false
            guard let connection = state.connection else { return }
            state.connection = nil
            // Before the session ends, so that whoever comes next finds the lock free at once.
            try? connection.enqueue(once: "SELECT pg_catalog.pg_advisory_unlock_all()", label: "releasing the store")
            _ = try? connection.collect()
            connection.close()
        }
    }

    func held(by holder: String) -> StoreError {
        StoreError(
            .held,
            "the deployment \(deployment) in \(session.connection.place) is held by \(holder): stop that worker, or "
                + "start this one with --standby to take over when it ends")
    }

    // MARK: The lock

    private func connect() throws(StoreError) -> PostgresConnection {
        try PostgresConnection(
            session.connection, applicationName: session.applicationName, writes: session.writes,
            settings: session.settings)
    }

    private func isAlive(_ connection: PostgresConnection) -> Bool {
        guard !connection.isBroken else { return false }
        return (try? connection.enqueue(once: "SELECT 1", label: "asking whether the store is held")) != nil
            && (try? connection.collect()) != nil
    }

    /// - Returns: nil when it was taken, otherwise who holds it.
    private func take(_ connection: PostgresConnection) throws(StoreError) -> String? {
        let label = "taking the deployment \(deployment)"
        try connection.enqueue(once: "SELECT pg_catalog.pg_try_advisory_lock(\(number))::int", label: label)
        if try connection.collect()?.first?.integer(0) == 1 { return nil }
        let high = UInt32(truncatingIfNeeded: UInt64(bitPattern: number) >> 32)
        let low = UInt32(truncatingIfNeeded: UInt64(bitPattern: number))
        try connection.enqueue(
            once: """
                SELECT a.application_name || ', since ' ||
                pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
                WHERE l.locktype = 'advisory' AND l.granted AND l.classid = \(high) AND l.objid = \(low)
                AND l.objsubid = 1 AND l.database =
                (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
                """, label: label)
        let holder = try connection.collect()?.first?.optionalText(0) ?? ""
        return holder.isEmpty ? "a process that the server does not name" : holder
    }

    /// Advisory locks are numbers: FNV-1a over the deployment's name, within this database.
    private var number: Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "diwan/\(deployment)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(bitPattern: hash)
    }
}

/// Releases once, at the latest when nobody refers to it any more.
final class PostgresStoreOwnership: StoreOwnership {
    private let lock: Mutex<DeploymentLock?>

    init(_ lock: DeploymentLock) { self.lock = Mutex(lock) }

    deinit { release() }

    func release() { lock.withLock { $0.take() }?.release() }
}
