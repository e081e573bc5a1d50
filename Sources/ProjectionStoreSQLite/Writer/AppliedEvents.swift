import ProjectionStore

/// The events of one store that were applied: the filter, once all that is stored has gone into it, before the table,
/// which a connection of its own reads, so that asking never waits for the writer.
final class AppliedEvents: AppliedLookup {
    private let database: SQLiteDatabase
    private let runs: AppliedRuns
    private let filter: FingerprintFilter
    /// Up to where the table has been read into the filter; events applied meanwhile go in at once.
    private var loadedUpTo: AppliedPlace?
    /// The same of the runs' blocks, which come after the table.
    private var loadedBlocks: Int64 = 0
    private var hasRows: Bool
    private var isComplete: Bool

    init(path: String, limitBytes: Int) throws(StoreError) {
        database = try SQLiteDatabase(path: path, mode: .read)
        runs = AppliedRuns(database)
        filter = FingerprintFilter(limitBytes: limitBytes)
        hasRows = try database.integer("SELECT 1 FROM _applied LIMIT 1") != nil
        isComplete = hasRows ? false : try runs.isEmpty
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
        guard hasRows else { return try advanceBlocks(count) }
        let statement = try database.statement(
            """
            SELECT segment, fingerprint FROM _applied WHERE (segment, fingerprint) > (?, ?)
            ORDER BY segment, fingerprint LIMIT ?
            """)
        defer { statement.reset() }
        statement.bind(1, loadedUpTo?.segment ?? -1)
        statement.bind(2, loadedUpTo?.fingerprint ?? Fingerprint(high: 0, low: 0))
        statement.bind(3, Int64(count))
        var found = 0
        while try statement.step() {
            guard let fingerprint = statement.fingerprint(1) else { continue }
            filter.insert(fingerprint)
            loadedUpTo = AppliedPlace(segment: statement.integer(0), fingerprint: fingerprint)
            found += 1
        }
        hasRows = found == count
    }

    private func advanceBlocks(_ count: Int) throws(StoreError) {
        let filter = filter
        let last = try runs.read(after: loadedBlocks, blocks: AppliedBlock.count(forEvents: count)) {
            filter.insert($0)
        }
        if let last { loadedBlocks = last } else { isComplete = true }
    }

    func close() { database.close() }
}

/// A row of the table of applied events, by its key.
struct AppliedPlace {
    let segment: Int64
    let fingerprint: Fingerprint
}

extension SQLiteDatabase {
    /// Asks the newest segment first: what repeats mostly repeats soon.
    func appliedContent(of fingerprint: Fingerprint) throws(StoreError) -> Fingerprint? {
        if let content = try appliedRow(fingerprint) { return content }
        return try AppliedRuns(self).content(of: fingerprint)
    }

    private func appliedRow(_ fingerprint: Fingerprint) throws(StoreError) -> Fingerprint? {
        guard let newest = try appliedSegment("max"), let oldest = try appliedSegment("min") else { return nil }
        let statement = try statement("SELECT content FROM _applied WHERE segment = ? AND fingerprint = ?")
        var segment = newest
        while segment >= oldest {
            statement.bind(1, segment)
            statement.bind(2, fingerprint)
            let content = try statement.step() ? statement.fingerprint(0) : nil
            statement.reset()
            if let content { return content }
            segment -= 1
        }
        return nil
    }

    /// - Parameter end: `min` or `max`.
    fileprivate func appliedSegment(_ end: StaticString) throws(StoreError) -> Int64? {
        let statement = try statement("SELECT \(end)(segment) FROM _applied")
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0) : nil
    }
}

/// Writes the applied events of small transactions into segments, those of large ones as runs: fingerprints are random, and each transaction would touch every page of one large
/// tree; a segment stays small enough that the pages it touches are few, however many events are remembered.
///
/// What it holds in memory may run ahead of a transaction that is rolled back: a segment then begins early, and that is
/// all.
final class AppliedWriting {
    private let database: SQLiteDatabase
    private let runs: AppliedRuns
    private var segment: Int64?
    private var count = 0
    /// Where forgetting goes on.
    private var forgottenUpTo: AppliedPlace?

    /// Of about 20 MB.
    private static let segmentEvents = 400_000
    private static let forgetStep = 4096

    init(_ database: SQLiteDatabase) {
        self.database = database
        runs = AppliedRuns(database)
    }

    func record(_ entries: [AppliedEvent]) throws(StoreError) {
        if entries.count >= AppliedRuns.leastEvents { return try runs.record(entries) }
        let segment = try openSegment()
        count += entries.count
        let statement = try database.statement(
            "INSERT OR REPLACE INTO _applied (segment, fingerprint, content, record_time) VALUES (?, ?, ?, ?)")
        // In the order of the tree: each page is visited once.
        let sorted = entries.sorted { $0.fingerprint.precedes($1.fingerprint) }
        // Bound once; bindings outlive a reset.
        statement.bind(1, segment)
        for entry in sorted {
            statement.bind(2, entry.fingerprint)
            statement.bind(3, entry.content)
            statement.bind(4, entry.recordTime)
            try statement.run()
        }
    }

    private func openSegment() throws(StoreError) -> Int64 {
        if let segment, count < Self.segmentEvents { return segment }
        if let segment {
            self.segment = segment + 1
            count = 0
            return segment + 1
        }
        let newest = try database.appliedSegment("max") ?? 0
        let statement = try database.statement("SELECT count(*) FROM _applied WHERE segment = ?")
        defer { statement.reset() }
        statement.bind(1, newest)
        count = try statement.step() ? Int(statement.integer(0)) : 0
        segment = newest
        return count < Self.segmentEvents ? newest : try openSegment()
    }

    /// An index by time would cost more at each event than walking through the table in steps does.
    func forget(before time: Int64) throws(StoreError) {
        try runs.forget(before: time)
        let from = forgottenUpTo ?? AppliedPlace(segment: -1, fingerprint: Fingerprint(high: 0, low: 0))
        let end = try database.statement(
            """
            SELECT segment, fingerprint FROM _applied WHERE (segment, fingerprint) >= (?, ?)
            ORDER BY segment, fingerprint LIMIT 1 OFFSET \(Self.forgetStep)
            """)
        defer { end.reset() }
        end.bind(1, from.segment)
        end.bind(2, from.fingerprint)
        var next: AppliedPlace?
        if try end.step(), let fingerprint = end.fingerprint(1) {
            next = AppliedPlace(segment: end.integer(0), fingerprint: fingerprint)
        }
        end.reset()
        let delete = try database.statement(
            """
            DELETE FROM _applied WHERE (segment, fingerprint) >= (?, ?) AND (segment, fingerprint) < (?, ?)
            AND record_time < ?
            """)
        delete.bind(1, from.segment)
        delete.bind(2, from.fingerprint)
        delete.bind(3, next?.segment ?? .max)
        delete.bind(4, next?.fingerprint ?? Fingerprint(high: .max, low: .max))
        delete.bind(5, time)
        try delete.run()
        forgottenUpTo = next
    }
}
