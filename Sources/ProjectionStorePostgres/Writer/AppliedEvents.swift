import ProjectionStore

/// The events of one store that were applied (rule 6). Most events are new; a filter in memory says so at once, and
/// only the others cost a question to the server.
///
/// The filter is complete once all that is stored has gone into it, a step a transaction. Whoever claims a partition
/// begins anew: its former owner may have applied events that this process never saw.
final class AppliedEvents {
    private let database: PostgresDatabase
    private var filter: AppliedFilter
    private let limitBytes: Int
    /// Up to where the table has been read into the filter; events written meanwhile go in at once.
    private var loadedUpTo: Fingerprint?
    private var isComplete = false
    private let columns = [
        PostgresArray(of: PostgresType.uuid), PostgresArray(of: PostgresType.uuid), PostgresArray(of: PostgresType.big),
    ]

    private static let leastStep = 4096

    init(_ database: PostgresDatabase, limitBytes: Int) throws(StoreError) {
        self.database = database
        self.limitBytes = limitBytes
        filter = AppliedFilter(limitBytes: limitBytes)
        isComplete = try database.run("SELECT 1 FROM _applied LIMIT 1", "looking for applied events").count == 0
    }

    /// Forgets what it knows of the table.
    func beginAnew() {
        filter = AppliedFilter(limitBytes: limitBytes)
        loadedUpTo = nil
        isComplete = false
    }

    func content(of fingerprint: Fingerprint) throws(StoreError) -> Fingerprint? {
        if isComplete, !filter.mayContain(fingerprint) { return nil }
        return try database.run("SELECT content FROM _applied WHERE fingerprint = $1", "looking for an applied event") {
            $0.add(fingerprint)
        }.first?.fingerprint(0)
    }

    func record(_ entries: [AppliedEvent]) throws(StoreError) {
        guard !entries.isEmpty else { return }
        // In the order of the tree, each once: of several the last.
        let sorted = entries.enumerated().sorted {
            ($0.element.fingerprint.high, $0.element.fingerprint.low, $0.offset)
                < ($1.element.fingerprint.high, $1.element.fingerprint.low, $1.offset)
        }.map(\.element)
        for column in columns { column.removeAll() }
        for (index, entry) in sorted.enumerated() {
            if index + 1 < sorted.count, sorted[index + 1].fingerprint == entry.fingerprint { continue }
            columns[0].append(entry.fingerprint)
            columns[1].append(entry.content)
            columns[2].append(entry.recordTime)
            filter.insert(entry.fingerprint)
        }
        try database.change(
            """
            INSERT INTO _applied (fingerprint, content, record_time) SELECT * FROM unnest($1, $2, $3)
            ON CONFLICT (fingerprint) DO UPDATE SET content = excluded.content, record_time = excluded.record_time
            """, "noting applied events"
        ) { parameters in
            for column in self.columns { parameters.add(column) }
        }
        try load(max(Self.leastStep, entries.count))
    }

    /// Reads on in the table, so that a worker starts at once on a table of any size.
    private func load(_ count: Int) throws(StoreError) {
        guard !isComplete else { return }
        let label = "reading applied events"
        let result: PostgresResult
        if let loadedUpTo {
            result = try database.run(
                "SELECT fingerprint FROM _applied WHERE fingerprint > $1 ORDER BY fingerprint LIMIT $2", label
            ) {
                $0.add(loadedUpTo)
                $0.add(Int64(count))
            }
        } else {
            result = try database.run("SELECT fingerprint FROM _applied ORDER BY fingerprint LIMIT $1", label) {
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
}
