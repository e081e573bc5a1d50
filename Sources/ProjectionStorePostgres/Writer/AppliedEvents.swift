import ProjectionStore
import Synchronization

/// Which events were applied, asked through a session of its own, so that asking never waits for the writer. Most events
/// are new; a filter in memory says so at once, and only the others cost a question to the server: one for a whole batch.
///
/// The filter is complete once all that is stored has gone into it, a step a transaction. Whoever claims a partition
/// begins anew: its former owner may have applied events that this process never saw.
///
/// When the writer had to connect again, so does this session: after a failover the old server may still answer, and
/// does not know what the new one has committed.
final class AppliedEvents: AppliedLookup {
    private let session: PostgresDatabase.Session
    private let place: String
    private let writerSessions: SessionCount
    private let recognises: (PostgresConnection) throws(StoreError) -> Void
    private var database: PostgresDatabase?
    private var seenSessions = 0
    private let filter: FingerprintFilter
    /// Up to where the table has been read into the filter; events applied meanwhile go in at once.
    private var loadedUpTo: Fingerprint?
    private var isComplete = false
    private var isClosed = false
    /// Answers to `prepare`: the content of those that were there, nil for those that were not.
    private var prepared: [Fingerprint: Fingerprint?] = [:]
    private let asked = PostgresArray(of: PostgresType.uuid)

    private static let leastStep = 4096
    private static let mostStep = 65_536
    private static let label = "looking for applied events"

    /// Connects when it is first asked what the filter does not know.
    init(
        session: PostgresDatabase.Session, place: String, writerSessions: SessionCount, allowance: FilterAllowance,
        recognises: @escaping (PostgresConnection) throws(StoreError) -> Void
    ) {
        self.session = session
        self.place = place
        self.writerSessions = writerSessions
        self.recognises = recognises
        filter = FingerprintFilter(sharing: allowance)
    }

    /// Forgets what it knows of the table.
    func beginAnew() {
        filter.removeAll()
        loadedUpTo = nil
        isComplete = false
        prepared.removeAll()
    }

    var asksTogether: Bool { true }

    func prepare(_ fingerprints: [Fingerprint]) throws(StoreError) {
        prepared.removeAll(keepingCapacity: true)
        if !isComplete, loadedUpTo == nil { try load(Self.leastStep) }
        asked.removeAll()
        for fingerprint in fingerprints where !isNew(fingerprint) {
            guard prepared.updateValue(Fingerprint?.none, forKey: fingerprint) == nil else { continue }
            asked.append(fingerprint)
        }
        guard asked.count > 0 else { return }
        do throws(StoreError) {
            let sql = "SELECT fingerprint, content FROM _applied WHERE fingerprint = ANY ($1)"
            for row in try open().run(sql, Self.label, { $0.add(self.asked) }).rows {
                if let fingerprint = row.fingerprint(0) { prepared[fingerprint] = row.fingerprint(1) }
            }
        } catch {
            prepared.removeAll()
            throw error
        }
    }

    func forget() { prepared.removeAll(keepingCapacity: true) }

    func applied(_ fingerprint: Fingerprint) throws(StoreError) -> Fingerprint? {
        if let answer = prepared[fingerprint] { return answer }
        if isNew(fingerprint) { return nil }
        return try open().run("SELECT content FROM _applied WHERE fingerprint = $1", Self.label) {
            $0.add(fingerprint)
        }.first?.fingerprint(0)
    }

    private func isNew(_ fingerprint: Fingerprint) -> Bool { isComplete && !filter.mayContain(fingerprint) }

    func note(_ fingerprint: Fingerprint) { filter.insert(fingerprint) }

    /// Reads on in the table, so that a worker starts at once on a table of any size.
    func advance(_ events: Int) throws(StoreError) {
        if !isComplete { try load(min(Self.mostStep, max(Self.leastStep, events))) }
    }

    private func load(_ count: Int) throws(StoreError) {
        let result: PostgresResult
        if let loadedUpTo {
            result = try open().run(
                "SELECT fingerprint FROM _applied WHERE fingerprint > $1 ORDER BY fingerprint LIMIT $2", Self.label
            ) {
                $0.add(loadedUpTo)
                $0.add(Int64(count))
            }
        } else {
            result = try open().run("SELECT fingerprint FROM _applied ORDER BY fingerprint LIMIT $1", Self.label) {
                $0.add(Int64(count))
            }
        }
        for row in result.rows {
            guard let fingerprint = row.fingerprint(0) else { continue }
            filter.insert(fingerprint)
            loadedUpTo = fingerprint
        }
        isComplete = result.count < count
    }

    private func open() throws(StoreError) -> PostgresDatabase {
        let current = writerSessions.value
        if let database, seenSessions == current { return database }
        guard !isClosed else { throw StoreError(.unavailable, "\(place): it was closed") }
        database?.close()
        database = nil
        let made = try PostgresDatabase(session, place: place, recognises: recognises)
        database = made
        seenSessions = current
        return made
    }

    func close() {
        isClosed = true
        database?.close()
        database = nil
    }
}

/// How many sessions a writer has had. Any thread.
final class SessionCount: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .acquiring) }
    func add() { count.add(1, ordering: .releasing) }
}
