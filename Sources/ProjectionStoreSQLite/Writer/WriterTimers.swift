import ProjectionStore

extension SQLiteStoreWriter {
    func change(_ timer: TimerDraft) throws(StoreError) {
        try database.requireTransaction()
        guard let due = timer.due else {
            let cancel = try database.statement(
                """
                DELETE FROM _timer WHERE owner = ?1 AND name = ?2 AND NOT EXISTS
                (SELECT 1 FROM _retraction WHERE owner = ?1 AND source = ?3 AND id = ?4)
                """)
            cancel.bind(1, timer.owner)
            cancel.bind(2, timer.name)
            cancel.bind(3, timer.source)
            cancel.bind(4, timer.id)
            return try cancel.run()
        }
        let statement = try database.statement(
            """
            INSERT OR REPLACE INTO _timer
            (owner, name, due, payload, sequence, source, id, topic, partition, type, hops, silence)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 WHERE NOT EXISTS
            (SELECT 1 FROM _retraction WHERE owner = ?1 AND source = ?6 AND id = ?7)
            """)
        statement.bind(1, timer.owner)
        statement.bind(2, timer.name)
        statement.bind(3, due)
        statement.bind(4, timer.payload)
        statement.bind(5, timer.sequence)
        statement.bind(6, timer.source)
        statement.bind(7, timer.id)
        statement.bind(8, timer.partition.topic)
        statement.bind(9, Int64(timer.partition.partition))
        statement.bind(10, timer.type)
        statement.bind(11, Int64(timer.hops))
        statement.bind(12, timer.silence)
        try statement.run()
    }

    func timers(of partition: PartitionKey, dueBy time: Int64, after: TimerDraft?, limit: Int) throws(StoreError)
        -> [TimerDraft]
    {
        let statement = try database.statement(
            """
            \(SystemRows.timers) WHERE topic = ? AND partition = ? AND parked IS NULL
            AND (due, owner, name) > (?, ?, ?) AND due <= ? ORDER BY due, owner, name LIMIT ?
            """)
        bind(statement, partition, after)
        statement.bind(6, time)
        statement.bind(7, Int64(max(0, limit)))
        return try SystemRows.all(statement, SystemRows.timer)
    }

    func nextDue(of partition: PartitionKey, after: TimerDraft?) throws(StoreError) -> Int64? {
        let statement = try database.statement(
            """
            SELECT due FROM _timer WHERE topic = ? AND partition = ? AND parked IS NULL
            AND (due, owner, name) > (?, ?, ?) ORDER BY due, owner, name LIMIT 1
            """)
        bind(statement, partition, after)
        return try SystemRows.all(statement) { $0.integer(0) }.first
    }

    private func bind(_ statement: SQLiteStatement, _ partition: PartitionKey, _ after: TimerDraft?) {
        statement.bind(1, partition.topic)
        statement.bind(2, Int64(partition.partition))
        statement.bind(3, after?.due ?? .min)
        statement.bind(4, after?.owner ?? "")
        statement.bind(5, after?.name ?? "")
    }

    func timer(owner: String, name: String) throws(StoreError) -> TimerDraft? {
        let statement = try database.statement("\(SystemRows.timers) WHERE owner = ? AND name = ?")
        statement.bind(1, owner)
        statement.bind(2, name)
        return try SystemRows.all(statement, SystemRows.timer).first
    }

    func remove(_ timer: TimerDraft) throws(StoreError) -> Bool {
        try changeOne("DELETE FROM _timer", timer)
    }

    func park(_ timer: TimerDraft) throws(StoreError) -> Bool {
        try changeOne("UPDATE _timer SET parked = 1", timer)
    }

    private func changeOne(_ change: String, _ timer: TimerDraft) throws(StoreError) -> Bool {
        try database.requireTransaction()
        let statement = try database.statement(
            "\(change) WHERE owner = ? AND name = ? AND due = ? AND source = ? AND id = ? RETURNING 1")
        statement.bind(1, timer.owner)
        statement.bind(2, timer.name)
        statement.bind(3, timer.due)
        statement.bind(4, timer.source)
        statement.bind(5, timer.id)
        return try !SystemRows.all(statement) { _ in true }.isEmpty
    }

    func log(_ firing: Firing) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            INSERT INTO _firing (owner, name, due, source, id, topic, partition, after_offset, at, outcome)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        statement.bind(1, firing.owner)
        statement.bind(2, firing.name)
        statement.bind(3, firing.due)
        statement.bind(4, firing.source)
        statement.bind(5, firing.id)
        statement.bind(6, firing.partition.topic)
        statement.bind(7, Int64(firing.partition.partition))
        statement.bind(8, firing.afterOffset)
        statement.bind(9, firing.at)
        statement.bind(10, firing.outcome.rawValue)
        try statement.run()
    }
}
