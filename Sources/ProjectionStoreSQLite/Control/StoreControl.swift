import ProjectionStore

extension SQLiteStoreWriter {
    func setHalt(_ halt: PartitionHalt?, of partition: PartitionKey) throws(StoreError) {
        try database.requireTransaction()
        guard let halt else {
            let statement = try database.statement("DELETE FROM _halt WHERE topic = ? AND partition = ?")
            statement.bind(1, partition.topic)
            statement.bind(2, Int64(partition.partition))
            return try statement.run()
        }
        let statement = try database.statement(
            """
            INSERT INTO _halt (topic, partition, code, message, at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (topic, partition) DO UPDATE SET message = excluded.message,
            at = CASE WHEN code = excluded.code THEN at ELSE excluded.at END, code = excluded.code
            """)
        statement.bind(1, partition.topic)
        statement.bind(2, Int64(partition.partition))
        statement.bind(3, halt.code)
        statement.bind(4, halt.message)
        statement.bind(5, halt.at)
        try statement.run()
    }

    func counterNames(prefix: String, limit: Int) throws(StoreError) -> [String] {
        let statement = try database.statement(
            "SELECT name FROM _counter WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name LIMIT ?2")
        statement.bind(1, prefix)
        statement.bind(2, Int64(max(0, limit)))
        return try SystemRows.all(statement) { $0.text(0) }
    }

    // MARK: Handlers that hung

    var overrunLog: any OverrunLog { OverrunFile(database: database.path) }

    func overruns() throws(StoreError) -> [HandlerOverrun] { try OverrunFile(database: database.path).read() }

    func forgetOverruns(of partition: PartitionKey, before offset: Int64) throws(StoreError) {
        try OverrunFile(database: database.path).forget(partition) { $0 >= 0 && $0 < offset }
    }

    func forgetOverruns(of partition: PartitionKey, at offset: Int64) throws(StoreError) {
        try OverrunFile(database: database.path).forget(partition) { $0 == offset }
    }
}

extension SQLiteStoreReader {
    func halts() throws(StoreError) -> [PartitionKey: PartitionHalt] {
        let statement = try database.statement("SELECT topic, partition, code, message, at FROM _halt")
        let pairs = try SystemRows.all(statement) { row in
            (
                PartitionKey(topic: row.text(0), partition: Int32(truncatingIfNeeded: row.integer(1))),
                PartitionHalt(code: row.text(2), message: row.text(3), at: row.integer(4))
            )
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
