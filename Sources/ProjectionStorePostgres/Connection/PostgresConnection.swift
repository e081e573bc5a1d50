private import CPQ
import Glibc
import ProjectionStore

/// One session with the server, in pipeline mode: statements are queued without waiting, and what they gave is taken
/// in together when somebody needs an answer. One thread at a time.
final class PostgresConnection {
    /// For messages.
    let place: String
    private var handle: OpaquePointer?
    /// Names of statements by their text.
    private var prepared: [String: String] = [:]
    private var madeNames = 0
    private var queue: [Queued] = []
    /// Bytes of parameters that were queued since libpq's buffer was last empty.
    private var queuedBytes = 0
    /// Whether rows are on their way: then nothing else may be queued.
    private(set) var isCopying = false
    /// The SQLSTATE of the last failure that the server reported.
    private(set) var lastState = ""

    private struct Queued {
        /// For messages.
        let label: String
        /// The text of the statement that this one prepares.
        let preparing: String?
        let isQuery: Bool
    }

    /// - Parameter settings: statements without parameters that every session begins with, separated by semicolons.
    /// - Throws: `.unavailable` when nobody answers, `.notWritable` when we are not let in.
    init(_ connection: ConnectionSettings, applicationName: String, writes: Bool, settings: String) throws(StoreError) {
        try connection.checkReadable()
        place = connection.place
        let parameters = try connection.parameters(applicationName: applicationName, writes: writes)
        let names = parameters.map { strdup($0.0) }
        let values = parameters.map { strdup($0.1) }
        defer { for pointer in names + values { free(pointer) } }
        handle = PQconnectdbParams(
            names.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
        guard PQstatus(handle) == CONNECTION_OK else {
            let error = PostgresFailure.connecting(Self.message(handle), place)
            close()
            throw error
        }
        diwan_pq_drop_notices(handle)
        do throws(StoreError) {
            try start(settings)
        } catch {
            close()
            throw error
        }
    }

    private func start(_ settings: String) throws(StoreError) {
        let result = PQexec(handle, settings)
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_COMMAND_OK else { throw failure(of: result, "preparing the session") }
        // Not blocking: a server that is frozen must not freeze a lane, see `wait`.
        guard PQenterPipelineMode(handle) == 1, PQsetnonblocking(handle, 1) == 0 else { throw lost() }
    }

    deinit { close() }

    func close() {
        PQfinish(handle)
        handle = nil
        isCopying = false
        queue.removeAll()
    }

    var isBroken: Bool { handle == nil || PQstatus(handle) != CONNECTION_OK }

    /// Whether an idle session still stands, as far as this end of it knows: asks nobody and waits for nothing.
    func isAlive() -> Bool {
        guard !isBroken else { return false }
        // The first call may read the server's farewell, the second finds the end behind it.
        return PQconsumeInput(handle) == 1 && PQconsumeInput(handle) == 1 && !isBroken
    }

    // MARK: Queueing

    /// Queues a statement that stays prepared; what it gives is dropped unless `collect` follows at once.
    ///
    /// - Parameter label: what it does, for messages.
    func enqueue(_ sql: String, _ parameters: PostgresParameters?, label: String) throws(StoreError) {
        let name: String
        if let known = prepared[sql] {
            name = known
        } else {
            madeNames += 1
            name = "s\(madeNames)"
            let types = parameters?.types ?? []
            guard PQsendPrepare(handle, name, sql, Int32(types.count), types) == 1 else { throw lost() }
            prepared[sql] = name
            queue.append(Queued(label: label, preparing: sql, isQuery: false))
        }
        let sent =
            parameters?.withPointers { types, values, lengths, formats in
                PQsendQueryPrepared(handle, name, Int32(types.count), values, lengths, formats, 1)
            } ?? PQsendQueryPrepared(handle, name, 0, nil, nil, nil, 1)
        guard sent == 1 else { throw lost() }
        queue.append(Queued(label: label, preparing: nil, isQuery: false))
        // What waits in libpq's buffer is memory of ours.
        queuedBytes += parameters?.byteCount ?? 0
        if queuedBytes > Self.unsentBytes { try flush() }
    }

    private static let unsentBytes = 256 << 10

    /// Queues a statement without parameters that is not worth preparing.
    func enqueue(once sql: String, label: String) throws(StoreError) {
        guard PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 1) == 1 else { throw lost() }
        queue.append(Queued(label: label, preparing: nil, isQuery: false))
    }

    /// Queues a manifest's query: parameters as text whose types the server finds, cells as text. Nothing is kept.
    func enqueue(query sql: String, _ texts: [String?], label: String) throws(StoreError) {
        let copies = texts.map { $0.map { strdup(PostgresText.storable($0)) } ?? nil }
        defer { for copy in copies { free(copy) } }
        let values = copies.map { UnsafePointer($0) }
        guard PQsendQueryParams(handle, sql, Int32(values.count), nil, values, nil, nil, 0) == 1 else { throw lost() }
        queue.append(Queued(label: label, preparing: nil, isQuery: true))
    }

    /// Queues only the taking apart of a manifest's query, which locks the tables it names.
    func enqueue(parsing sql: String, label: String) throws(StoreError) {
        guard PQsendPrepare(handle, "", sql, 0, nil) == 1 else { throw lost() }
        queue.append(Queued(label: label, preparing: nil, isQuery: true))
    }

    // MARK: Collecting

    /// Waits for everything that was queued, and gives what the last statement gave.
    ///
    /// - Throws: the first failure among them; what was queued behind it was not done.
    @discardableResult
    func collect() throws(StoreError) -> PostgresResult? {
        guard !queue.isEmpty else { return nil }
        let awaited = queue
        queue.removeAll(keepingCapacity: true)
        guard PQpipelineSync(handle) == 1 else { throw lost() }
        try flush()
        var failure: StoreError?
        var last: PostgresResult?
        for entry in awaited {
            last = nil
            while let result = try nextResult() {
                switch PQresultStatus(result) {
                case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
                    last = PostgresResult(result)
                    continue
                case PGRES_PIPELINE_ABORTED: break
                default:
                    if failure == nil { failure = self.failure(of: result, entry.label, isQuery: entry.isQuery) }
                }
                PQclear(result)
                if let sql = entry.preparing { prepared[sql] = nil }
            }
        }
        // The mark of the pipeline's end.
        let mark = try nextResult()
        let isEnded = PQresultStatus(mark) == PGRES_PIPELINE_SYNC
        PQclear(mark)
        if let failure { throw failure }
        guard isEnded, !isBroken else { throw lost() }
        return last
    }

    // MARK: Copying

    /// Begins a `COPY ... FROM STDIN`, after waiting for everything that was queued.
    func startCopy(_ sql: String, label: String) throws(StoreError) {
        try collect()
        // The pipeline takes no COPY.
        guard PQexitPipelineMode(handle) == 1, PQsendQuery(handle, sql) == 1 else { throw lost() }
        try flush()
        let result = try nextResult()
        guard PQresultStatus(result) == PGRES_COPY_IN else { throw try endCopying(with: result, label) ?? lost() }
        PQclear(result)
        isCopying = true
    }

    /// Sends rows in COPY's form, and waits where the server does not keep up.
    func copy(_ bytes: UnsafeBufferPointer<UInt8>) throws(StoreError) {
        guard let start = bytes.baseAddress else { return }
        let characters = UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self)
        guard PQputCopyData(handle, characters, Int32(clamping: bytes.count)) == 1 else { throw lost() }
        try flush()
    }

    /// Ends the COPY and waits until the rows are in the table.
    ///
    /// - Parameter refusal: given where the rows are not to stay: the server undoes them, and nothing is thrown for that.
    func endCopy(label: String, refusal: String? = nil) throws(StoreError) {
        guard isCopying else { return }
        isCopying = false
        guard PQputCopyEnd(handle, refusal) == 1 else { throw lost() }
        try flush()
        if let failure = try endCopying(with: try nextResult(), label), refusal == nil { throw failure }
    }

    /// Takes in what is left of a COPY's answer, and goes back to the pipeline.
    private func endCopying(with first: OpaquePointer?, _ label: String) throws(StoreError) -> StoreError? {
        var failure: StoreError?
        var next = first
        while let result = next {
            if PQresultStatus(result) != PGRES_COMMAND_OK, failure == nil { failure = self.failure(of: result, label) }
            PQclear(result)
            next = try nextResult()
        }
        guard !isBroken, PQenterPipelineMode(handle) == 1 else { throw failure ?? lost() }
        return failure
    }

    // MARK: Waiting

    /// The next result; nil at the end of a statement's.
    private func nextResult() throws(StoreError) -> OpaquePointer? {
        while PQisBusy(handle) == 1 {
            _ = try wait(for: POLLIN)
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
        return PQgetResult(handle)
    }

    /// Sends what is queued, taking in what the server says meanwhile.
    private func flush() throws(StoreError) {
        while true {
            let left = PQflush(handle)
            if left == 0 {
                queuedBytes = 0
                return
            }
            guard left == 1 else { throw lost() }
            let events = try wait(for: POLLIN | POLLOUT)
            if events & Int16(POLLIN) != 0, PQconsumeInput(handle) != 1 { throw lost() }
        }
    }

    /// How long a server may say nothing to a statement, in milliseconds: longer than any transaction takes, shorter than
    /// the time after which a worker that does not come around counts as dead.
    private static let patience: Int64 = 45_000

    /// - Throws: `.unavailable` where nothing came in time; the session is given up then.
    private func wait(for events: Int32) throws(StoreError) -> Int16 {
        var entry = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
        guard entry.fd >= 0 else { throw lost() }
        while true {
            let count = poll(&entry, 1, Int32(Self.patience))
            if count > 0 { return entry.revents }
            if count < 0, errno == EINTR { continue }
            close()
            throw StoreError(
                .unavailable,
                "\(place): the server has not answered for \(Self.patience / 1000) s; the worker goes on when it does")
        }
    }

    // MARK: Failures

    private func failure(of result: OpaquePointer?, _ label: String, isQuery: Bool = false) -> StoreError {
        func field(_ code: Character) -> String {
            guard let ascii = code.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else { return "" }
            return String(cString: text)
        }
        let said = field("M")
        guard !said.isEmpty else { return lost() }
        lastState = field("C")
        return PostgresFailure.error(lastState, said, "\(place): \(label)", isQuery: isQuery)
    }

    /// The connection is gone: what was sent may or may not have been done.
    private func lost() -> StoreError {
        let said = Self.message(handle)
        return StoreError(
            .unavailable,
            "\(place): the connection was lost\(said.isEmpty ? "" : ": \(said)"); the worker goes on when it answers")
    }

    private static func message(_ handle: OpaquePointer?) -> String {
        let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
