import ProjectionStore

extension PostgresStoreReader {
    func timers(limit: Int, after: TimerDraft?) throws(StoreError) -> [TimerDraft] {
        try database.run(
            """
            \(SystemRows.timers) WHERE (due, owner, name) > ($1, $2, $3) ORDER BY due, owner, name LIMIT $4
            """, "reading timers"
        ) {
            $0.add(after?.due ?? .min)
            $0.add(after?.owner ?? "")
            $0.add(after?.name ?? "")
            $0.add(Int64(max(0, limit)))
        }.rows.map(SystemRows.timer)
    }

    func firings(limit: Int, after number: Int64) throws(StoreError) -> [LoggedFiring] {
        try database.run("\(SystemRows.firings) WHERE number > $1 ORDER BY number LIMIT $2", "reading firings") {
            $0.add(number)
            $0.add(Int64(max(0, limit)))
        }.rows.map(SystemRows.firing)
    }

    func timer(owner: String, name: String) throws(StoreError) -> TimerDraft? {
        try database.run("\(SystemRows.timers) WHERE owner = $1 AND name = $2", "reading a timer") {
            $0.add(owner)
            $0.add(name)
        }.first.map(SystemRows.timer)
    }

    func turns(of partition: PartitionKey, after: FiringPlace, limit: Int) throws(StoreError) -> [LoggedFiring] {
        try database.run(
            """
            \(SystemRows.firings) WHERE topic = $1 AND partition = $2 AND \(SystemSchema.firingTurn)
            AND (after_offset, number) > ($3, $4) ORDER BY after_offset, number LIMIT $5
            """, "reading firings"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(after.afterOffset)
            $0.add(after.number)
            $0.add(Int64(max(0, limit)))
        }.rows.map(SystemRows.firing)
    }

    func turn(of timer: TimerDraft, from offset: Int64) throws(StoreError) -> LoggedFiring? {
        try database.run(
            """
            \(SystemRows.firings) WHERE owner = $1 AND name = $2 AND due = $3 AND source = $4 AND id = $5
            AND \(SystemSchema.firingTurn) AND after_offset >= $6 ORDER BY after_offset, number LIMIT 1
            """, "reading a firing"
        ) {
            $0.add(timer.owner)
            $0.add(timer.name)
            $0.add(timer.due)
            $0.add(timer.source)
            $0.add(timer.id)
            $0.add(offset)
        }.first.map(SystemRows.firing)
    }

    func effectiveFiring(of timer: TimerDraft) throws(StoreError) -> LoggedFiring? {
        try database.run(
            """
            \(SystemRows.firings) WHERE owner = $1 AND name = $2 AND due = $3 AND source = $4 AND id = $5
            AND \(SystemSchema.effectiveFiring) ORDER BY number LIMIT 1
            """, "reading a firing"
        ) {
            $0.add(timer.owner)
            $0.add(timer.name)
            $0.add(timer.due)
            $0.add(timer.source)
            $0.add(timer.id)
        }.first.map(SystemRows.firing)
    }
}
