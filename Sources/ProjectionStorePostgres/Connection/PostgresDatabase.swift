import ProjectionStore

/// A session and the state of its transaction. It connects again by itself, but never within a transaction.
///
/// Rows may be on their way (`PendingRows`): every other statement waits until they have arrived.
///
/// It remembers the first failure of a transaction: writers ask `requireTransaction()` first, and `commit` refuses
/// after a failure. One thread at a time.
final class PostgresDatabase {
    struct Session: Sendable {
        let connection: ConnectionSettings
        let applicationName: String
        let writes: Bool
        let settings: String
    }

    /// For messages.
    let place: String
    let session: Session
    private var connection: PostgresConnection?
    private(set) var isInTransaction = false
    private(set) var failure: StoreError?
    /// Asked before a connection that was made anew is used: whether it is still the store that was opened.
    var recognises: ((PostgresConnection) throws(StoreError) -> Void)?
    let parameters = PostgresParameters()
    private var pending: (any PendingRows)?

    /// How often it has connected.
    let sessions = SessionCount()

    /// - Parameter recognises: asked of the first connection too.
    init(
        _ session: Session, place: String, recognises: ((PostgresConnection) throws(StoreError) -> Void)? = nil
    ) throws(StoreError) {
        self.session = session
        self.place = place
        self.recognises = recognises
        let made = try Self.connect(session)
        try recognises?(made)
        connection = made
    }

    private static func connect(_ session: Session) throws(StoreError) -> PostgresConnection {
        try PostgresConnection(
            session.connection, applicationName: session.applicationName, writes: session.writes,
            settings: session.settings)
    }

    func close() {
        rollback()
        connection?.close()
        connection = nil
        isClosed = true
    }

    private var isClosed = false

    /// Whether a lock that another transaction holds was waited for in vain, since this was last asked.
    func takeLockTimeout() -> Bool {
        defer { lockTimedOut = false }
        return lockTimedOut
    }

    private var lockTimedOut = false

    /// The session in use, or a new one where it was lost.
    private func connected() throws(StoreError) -> PostgresConnection {
        if isInTransaction {
            if let connection, !connection.isBroken { return connection }
            throw StoreError(.unavailable, "\(place): the connection was lost within a transaction")
        }
        if let connection, connection.isAlive() { return connection }
        guard !isClosed else { throw StoreError(.unavailable, "\(place): it was closed") }
        connection = nil
        let made = try Self.connect(session)
        try recognises?(made)
        connection = made
        sessions.add()
        return made
    }

    // MARK: Statements

    /// Queues a change within a transaction; its failure shows at the next answer that is waited for, at the latest at
    /// the commit.
    func change(_ sql: String, _ label: String, _ fill: (PostgresParameters) -> Void = { _ in }) throws(StoreError) {
        try requireTransaction()
        try arrive()
        try keepingFailure { () throws(StoreError) in
            parameters.removeAll()
            fill(parameters)
            try connected().enqueue(sql, parameters, label: label)
        }
    }

    /// Runs a statement and waits for what it gives, and for all that was queued before it.
    func run(_ sql: String, _ label: String, _ fill: (PostgresParameters) -> Void = { _ in }) throws(StoreError)
        -> PostgresResult
    {
        if isInTransaction { try requireTransaction() }
        try arrive()
        return try keepingFailure { () throws(StoreError) in
            parameters.removeAll()
            fill(parameters)
            let connection = try connected()
            try connection.enqueue(sql, parameters, label: label)
            return try answer(connection)
        }
    }

    /// Runs a statement without parameters that is not worth preparing.
    @discardableResult
    func execute(_ sql: String, _ label: String) throws(StoreError) -> PostgresResult {
        if isInTransaction { try requireTransaction() }
        try arrive()
        return try keepingFailure { () throws(StoreError) in
            let connection = try connected()
            try connection.enqueue(once: sql, label: label)
            return try answer(connection)
        }
    }

    /// Lets `body` queue statements of its own and waits for the last one's rows.
    func converse(_ body: (PostgresConnection) throws(StoreError) -> Void) throws(StoreError) -> PostgresResult {
        try arrive()
        return try keepingFailure { () throws(StoreError) in
            let connection = try connected()
            try body(connection)
            return try answer(connection)
        }
    }

    private func answer(_ connection: PostgresConnection) throws(StoreError) -> PostgresResult {
        guard let result = try connection.collect() else {
            throw StoreError(.unavailable, "\(place): the server gave no answer")
        }
        return result
    }

    private func keepingFailure<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            throw fail(error)
        }
    }

    // MARK: Rows on their way

    /// Whether `rows` are those on their way.
    func isPending(_ rows: any PendingRows) -> Bool { pending === rows }

    /// Takes rows of a table for the ones on their way, after those that were.
    func hold(_ rows: any PendingRows) throws(StoreError) {
        guard pending !== rows else { return }
        try arrive()
        pending = rows
    }

    /// Has all of the rows on their way queued or sent.
    func arrive() throws(StoreError) {
        guard let rows = pending else { return }
        pending = nil
        do throws(StoreError) {
            try rows.finish()
        } catch {
            // They are no longer pending, so giving the transaction up would not reach them.
            rows.discard()
            throw error
        }
    }

    /// Begins to copy rows into a table; no other statement until `endCopy`. What is on its way has to have arrived.
    func startCopy(_ sql: String, _ label: String) throws(StoreError) {
        try requireTransaction()
        try keepingFailure { () throws(StoreError) in try connected().startCopy(sql, label: label) }
    }

    func copy(_ bytes: UnsafeBufferPointer<UInt8>) throws(StoreError) {
        try requireTransaction()
        try keepingFailure { () throws(StoreError) in try connected().copy(bytes) }
    }

    /// - Parameter known: called where a row's key turns out to be there: then the transaction has to be done again, by
    ///   somebody who knows better.
    func endCopy(_ label: String, known: () -> Void) throws(StoreError) {
        try requireTransaction()
        try keepingFailure { () throws(StoreError) in
            let connection = try connected()
            do throws(StoreError) {
                try connection.endCopy(label: label)
            } catch {
                guard error.code == .constraint, connection.lastState == Self.uniqueViolation else { throw error }
                known()
                throw StoreError(.retry, "\(error.message); the rows are looked up when this is done again")
            }
        }
    }

    private static let uniqueViolation = "23505"

    // MARK: Transactions

    /// Begins without waiting for the server: a session that died meanwhile shows at the first answer.
    func begin(_ kind: String = "BEGIN") throws(StoreError) {
        failure = nil
        guard !isInTransaction else { throw StoreError(.retry, "\(place): a transaction is open already") }
        try connected().enqueue(kind, nil, label: "beginning a transaction")
        isInTransaction = true
    }

    func commit() throws(StoreError) {
        defer { rollback() }
        try requireTransaction()
        try arrive()
        let connection = try connected()
        // As text, not prepared: nobody gains by it, and whoever watches the wire sees what is asked.
        try connection.enqueue(once: "COMMIT", label: "committing")
        let result = try answer(connection)
        isInTransaction = false
        guard result.command == "COMMIT" else {
            throw StoreError(.retry, "\(place): the server rolled the transaction back: do it again")
        }
    }

    func rollback() {
        defer {
            isInTransaction = false
            failure = nil
        }
        pending?.discard()
        pending = nil
        guard isInTransaction, let connection else { return }
        // What is still queued runs first, and is undone with the rest.
        try? connection.endCopy(label: "giving rows up", refusal: "the transaction is rolled back")
        _ = try? connection.collect()
        guard !connection.isBroken, (try? connection.enqueue("ROLLBACK", nil, label: "rolling back")) != nil,
            (try? connection.collect()) != nil
        else {
            // The server rolls back by itself when the session ends.
            connection.close()
            self.connection = nil
            return
        }
    }

    /// Undoes what happened since the savepoint, and with it the failure.
    func returnTo(savepoint: String) throws(StoreError) {
        let lost = failure
        failure = nil
        do throws(StoreError) {
            try execute("ROLLBACK TO \(savepoint)", "returning to a savepoint")
        } catch {
            // What was wrong first says more.
            throw lost ?? error
        }
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
            throw StoreError(.retry, "\(place): no transaction is open; begin one and do the work again")
        }
    }

    /// Keeps the error as the transaction's failure.
    func fail(_ error: StoreError) -> StoreError {
        if error.code == .retry, connection?.lastState == "55P03" { lockTimedOut = true }
        if isInTransaction, failure == nil { failure = error }
        return error
    }
}

/// Rows that were taken and have not all been sent: what a statement finds must include them.
protocol PendingRows: AnyObject {
    /// Sends or queues all that is left.
    func finish() throws(StoreError)
    /// Forgets what is left: the transaction is rolled back.
    func discard()
}
