import ProjectionStore

/// The events of one store that were applied: the filter, once all that is stored has gone into it, before the table,
/// which a connection of its own reads, so that asking never waits for the writer.
final class AppliedEvents: AppliedLookup {
    private let database: SQLiteDatabase
    private let filter: AppliedFilter
    /// Up to where the table has been read into the filter; events applied meanwhile go in at once.
    private var loadedUpTo: Fingerprint?
    private var isComplete: Bool

    init(path: String, limitBytes: Int) throws(StoreError) {
        database = try SQLiteDatabase(path: path, mode: .read)
        filter = AppliedFilter(limitBytes: limitBytes)
        isComplete = try database.integer("SELECT 1 FROM _applied LIMIT 1") == nil
    }

    func applied(_ fingerprint: Fingerprint) throws(StoreError) -> Fingerprint? {
        if isComplete, !filter.mayContain(fingerprint) { return nil }
        return try database.appliedContent(of: fingerprint)
    }

    func note(_ fingerprint: Fingerprint) { filter.insert(fingerprint) }

    private static let leastStep = 4096

    /// Reads on in the table, so that a worker starts at once on a table of any size.
    func advance(_ events: Int) throws(StoreError) {
        guard !isComplete else { return }
        let count = max(Self.leastStep, events)
        let statement = try database.statement(
            "SELECT fingerprint FROM _applied WHERE fingerprint > ? ORDER BY fingerprint LIMIT ?")
        defer { statement.reset() }
        statement.bind(1, blob: [])
        if let loadedUpTo { statement.bind(1, loadedUpTo) }
        statement.bind(2, Int64(count))
        var found = 0
        while try statement.step() {
            guard let fingerprint = statement.fingerprint(0) else { continue }
            filter.insert(fingerprint)
            loadedUpTo = fingerprint
            found += 1
        }
        isComplete = found < count
    }

    func close() { database.close() }
}

extension SQLiteDatabase {
    func appliedContent(of fingerprint: Fingerprint) throws(StoreError) -> Fingerprint? {
        let statement = try statement("SELECT content FROM _applied WHERE fingerprint = ?")
        defer { statement.reset() }
        statement.bind(1, fingerprint)
        return try statement.step() ? statement.fingerprint(0) : nil
    }
}
