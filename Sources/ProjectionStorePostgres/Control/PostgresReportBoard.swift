import PluginKit
import ProjectionStore

/// What one worker says, in the live schemas of its plugins: always in the one that is live now.
final class PostgresReportBoard: ReportBoard {
    private let database: PostgresDatabase
    private let deployment: String

    init(_ database: PostgresDatabase, deployment: String) {
        self.database = database
        self.deployment = deployment
    }

    deinit { close() }

    func close() { database.close() }

    func put(_ lanes: [String], of worker: WorkerName, for plugin: Manifest) throws(StoreError) {
        let table = try table(of: plugin)
        for (number, report) in lanes.enumerated() {
            _ = try database.run(
                """
                INSERT INTO \(table) (worker, process, since, lane, report, seen)
                VALUES ($1, $2, $3, $4, $5, clock_timestamp()) ON CONFLICT (worker, process, since, lane)
                DO UPDATE SET report = excluded.report, seen = excluded.seen
                """, "saying what the worker does"
            ) {
                worker.add(to: $0)
                $0.add(Int64(number + 1))
                $0.add(report)
            }
        }
    }

    func remove(_ worker: WorkerName, from plugin: Manifest) throws(StoreError) {
        _ = try database.run(
            "DELETE FROM \(table(of: plugin)) WHERE worker = $1 AND process = $2 AND since = $3",
            "taking the worker's report away"
        ) { worker.add(to: $0) }
    }

    func clear(for worker: WorkerName, in plugin: Manifest) throws(StoreError) {
        _ = try database.run(
            """
            DELETE FROM \(table(of: plugin)) WHERE seen < clock_timestamp() - interval '1 hour'
            OR (worker = $1 AND seen < clock_timestamp() - make_interval(secs => $2::bigint / 1000.0))
            """, "clearing old reports"
        ) {
            $0.add(worker.id)
            $0.add(StoredReport.staleAge)
        }
    }

    private func table(of plugin: Manifest) throws(StoreError) -> String {
        let schema = SchemaName(deployment: deployment, plugin: plugin.name)
        try schema.check()
        let name = "\(schema.quoted)._worker"
        guard !known.contains(name) else { return name }
        // A statement that fails would stand in the server's log again and again.
        let found = try database.run("SELECT (to_regclass($1) IS NOT NULL)::int", "looking for the plugin's store") {
            $0.add(name)
        }
        guard found.first?.integer(0) == 1 else {
            throw StoreError(.absent, "plugin \(plugin.name) has no store yet (schema \(schema.plain))")
        }
        known.insert(name)
        return name
    }

    private var known: Set<String> = []
}

extension WorkerName {
    fileprivate func add(to parameters: PostgresParameters) {
        parameters.add(id)
        parameters.add(Int64(process))
        parameters.add(since)
    }
}

extension PostgresStoreReader {
    func workerReports() throws(StoreError) -> [StoredReport] {
        try database.run(
            """
            SELECT worker, process, since, lane, report,
            greatest(0, extract(epoch FROM clock_timestamp() - seen) * 1000)::bigint FROM _worker
            ORDER BY worker, process, since, lane LIMIT 10000
            """, "reading what workers say"
        ).rows.map { row in
            StoredReport(
                worker: WorkerName(
                    id: row.text(0), process: Int32(truncatingIfNeeded: row.integer(1)), since: row.integer(2)),
                lane: Int(row.integer(3)), text: row.text(4), age: row.integer(5))
        }
    }
}
