import ProjectionStore

extension SQLiteStoreReader {
    func timers(limit: Int, after: TimerDraft?) throws(StoreError) -> [TimerDraft] {
        let statement = try database.statement(
            """
            \(SystemRows.timers) WHERE (due, owner, name) > (?, ?, ?) ORDER BY due, owner, name LIMIT ?
            """)
        statement.bind(1, after?.due ?? .min)
        statement.bind(2, after?.owner ?? "")
        statement.bind(3, after?.name ?? "")
        statement.bind(4, Int64(max(0, limit)))
        return try SystemRows.all(statement, SystemRows.timer)
    }

    func firings(limit: Int, after number: Int64) throws(StoreError) -> [LoggedFiring] {
        let statement = try database.statement("\(SystemRows.firings) WHERE number > ? ORDER BY number LIMIT ?")
        statement.bind(1, number)
        statement.bind(2, Int64(max(0, limit)))
        return try SystemRows.all(statement, SystemRows.firing)
    }

    func timer(owner: String, name: String) throws(StoreError) -> TimerDraft? {
        let statement = try database.statement("\(SystemRows.timers) WHERE owner = ? AND name = ?")
        statement.bind(1, owner)
        statement.bind(2, name)
        return try SystemRows.all(statement, SystemRows.timer).first
    }

    func turns(of partition: PartitionKey, after: FiringPlace, limit: Int) throws(StoreError) -> [LoggedFiring] {
        let statement = try database.statement(
            """
            \(SystemRows.firings) WHERE topic = ? AND partition = ? AND \(SystemSchema.firingTurn)
            AND (after_offset, number) > (?, ?) ORDER BY after_offset, number LIMIT ?
            """)
        statement.bind(1, partition.topic)
        statement.bind(2, Int64(partition.partition))
        statement.bind(3, after.afterOffset)
        statement.bind(4, after.number)
        statement.bind(5, Int64(max(0, limit)))
        return try SystemRows.all(statement, SystemRows.firing)
    }

    func turn(of timer: TimerDraft, from offset: Int64) throws(StoreError) -> LoggedFiring? {
        let statement = try database.statement(
            """
            \(SystemRows.firings) WHERE owner = ? AND name = ? AND due = ? AND source = ? AND id = ?
            AND \(SystemSchema.firingTurn) AND after_offset >= ? ORDER BY after_offset, number LIMIT 1
            """)
        statement.bind(1, timer.owner)
        statement.bind(2, timer.name)
        statement.bind(3, timer.due)
        statement.bind(4, timer.source)
        statement.bind(5, timer.id)
        statement.bind(6, offset)
        return try SystemRows.all(statement, SystemRows.firing).first
    }

    func effectiveFiring(of timer: TimerDraft) throws(StoreError) -> LoggedFiring? {
        let statement = try database.statement(
            """
            \(SystemRows.firings) WHERE owner = ? AND name = ? AND due = ? AND source = ? AND id = ?
            AND \(SystemSchema.effectiveFiring) ORDER BY number LIMIT 1
            """)
        statement.bind(1, timer.owner)
        statement.bind(2, timer.name)
        statement.bind(3, timer.due)
        statement.bind(4, timer.source)
        statement.bind(5, timer.id)
        return try SystemRows.all(statement, SystemRows.firing).first
    }
}
