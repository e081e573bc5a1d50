import ProjectionStore

extension PostgresStoreWriter {
    func setHalt(_ halt: PartitionHalt?, of partition: PartitionKey) throws(StoreError) {
        guard let halt else {
            return try database.change(
                "DELETE FROM _halt WHERE topic = $1 AND partition = $2", "taking back that \(partition) is halted"
            ) {
                $0.add(partition.topic)
                $0.add(Int64(partition.partition))
            }
        }
        try database.change(
            """
            INSERT INTO _halt AS h (topic, partition, code, message, at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (topic, partition) DO UPDATE SET message = excluded.message,
            at = CASE WHEN h.code = excluded.code THEN h.at ELSE excluded.at END, code = excluded.code
            """, "noting that \(partition) is halted"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(halt.code)
            $0.add(halt.message)
            $0.add(halt.at)
        }
    }

    func counterNames(prefix: String, limit: Int) throws(StoreError) -> [String] {
        try database.run(
            "SELECT name FROM _counter WHERE starts_with(name, $1) ORDER BY name LIMIT $2", "reading counters"
        ) {
            $0.add(prefix)
            $0.add(Int64(max(0, limit)))
        }.rows.map { $0.text(0) }
    }

    // MARK: Handlers that hung

    var overrunLog: any OverrunLog { OverrunTable(session: database.session, place: database.place) }

    func overruns() throws(StoreError) -> [HandlerOverrun] {
        try database.run(
            "SELECT topic, partition, \"offset\", attempts FROM _overrun ORDER BY topic, partition, \"offset\"",
            "reading where handlers hung"
        ).rows.map { row in
            HandlerOverrun(
                partition: PartitionKey(topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1))),
                offset: row.integer(2), attempts: row.integer(3))
        }
    }

    func forgetOverruns(of partition: PartitionKey, before offset: Int64) throws(StoreError) {
        _ = try database.run(
            "DELETE FROM _overrun WHERE topic = $1 AND partition = $2 AND \"offset\" >= 0 AND \"offset\" < $3",
            "forgetting where handlers hung"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(offset)
        }
    }

    func forgetOverruns(of partition: PartitionKey, at offset: Int64) throws(StoreError) {
        _ = try database.run(
            "DELETE FROM _overrun WHERE topic = $1 AND partition = $2 AND \"offset\" = $3",
            "forgetting where a timer's handler hung"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(offset)
        }
    }
}

/// Notes where a handler hung through a session of its own, because the writer's is in the hanging handler's
/// transaction.
struct OverrunTable: OverrunLog {
    let session: PostgresDatabase.Session
    let place: String

    func note(_ partition: PartitionKey, offset: Int64, at time: Int64) throws(StoreError) {
        let database = try PostgresDatabase(session, place: place)
        defer { database.close() }
        _ = try database.run(
            """
            INSERT INTO _overrun AS o (topic, partition, "offset", attempts, at) VALUES ($1, $2, $3, 1, $4)
            ON CONFLICT (topic, partition, "offset") DO UPDATE SET attempts = o.attempts + 1, at = excluded.at
            """, "noting where a handler hung"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(offset)
            $0.add(time)
        }
    }
}

extension PostgresStoreReader {
    func halts() throws(StoreError) -> [PartitionKey: PartitionHalt] {
        let pairs = try database.run("SELECT topic, partition, code, message, at FROM _halt", "reading halts").rows
            .map { row in
                (
                    PartitionKey(topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1))),
                    PartitionHalt(code: row.text(2), message: row.text(3), at: row.integer(4))
                )
            }
        return Dictionary(pairs) { first, _ in first }
    }
}
