import ProjectionStore

extension PostgresStoreWriter {
    func change(_ timer: TimerDraft) throws(StoreError) {
        guard let due = timer.due else {
            return try database.change(
                """
                DELETE FROM _timer WHERE owner = $1 AND name = $2 AND NOT EXISTS
                (SELECT 1 FROM _retraction WHERE owner = $1 AND source = $3 AND id = $4)
                """, "cancelling a timer"
            ) {
                $0.add(timer.owner)
                $0.add(timer.name)
                $0.add(timer.source)
                $0.add(timer.id)
            }
        }
        try database.change(
            """
            INSERT INTO _timer (owner, name, due, payload, sequence, source, id, topic, partition, type, hops, silence)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 WHERE NOT EXISTS
            (SELECT 1 FROM _retraction WHERE owner = $1 AND source = $6 AND id = $7)
            ON CONFLICT (owner, name) DO UPDATE SET due = excluded.due, payload = excluded.payload,
            sequence = excluded.sequence, source = excluded.source, id = excluded.id, topic = excluded.topic,
            partition = excluded.partition, type = excluded.type, hops = excluded.hops, silence = excluded.silence,
            parked = NULL
            """, "setting a timer"
        ) {
            $0.add(timer.owner)
            $0.add(timer.name)
            $0.add(due)
            $0.add(timer.payload)
            $0.add(timer.sequence)
            $0.add(timer.source)
            $0.add(timer.id)
            $0.add(timer.partition.topic)
            $0.add(Int64(timer.partition.partition))
            $0.add(timer.type)
            $0.add(Int64(timer.hops))
            $0.add(timer.silence)
        }
    }

    func timers(of partition: PartitionKey, dueBy time: Int64, after: TimerDraft?, limit: Int) throws(StoreError)
        -> [TimerDraft]
    {
        try database.run(
            """
            \(SystemRows.timers) WHERE topic = $1 AND partition = $2 AND parked IS NULL
            AND (due, owner, name) > ($3, $4, $5) AND due <= $6 ORDER BY due, owner, name LIMIT $7
            """, "reading timers"
        ) {
            Self.add($0, partition, after)
            $0.add(time)
            $0.add(Int64(max(0, limit)))
        }.rows.map(SystemRows.timer)
    }

    func nextDue(of partition: PartitionKey, after: TimerDraft?) throws(StoreError) -> Int64? {
        try database.run(
            """
            SELECT due FROM _timer WHERE topic = $1 AND partition = $2 AND parked IS NULL
            AND (due, owner, name) > ($3, $4, $5) ORDER BY due LIMIT 1
            """, "looking for the next timer"
        ) { Self.add($0, partition, after) }.first?.integer(0)
    }

    private static func add(_ parameters: PostgresParameters, _ partition: PartitionKey, _ after: TimerDraft?) {
        parameters.add(partition.topic)
        parameters.add(Int64(partition.partition))
        parameters.add(after?.due ?? .min)
        parameters.add(after?.owner ?? "")
        parameters.add(after?.name ?? "")
    }

    func timer(owner: String, name: String) throws(StoreError) -> TimerDraft? {
        try database.run("\(SystemRows.timers) WHERE owner = $1 AND name = $2", "reading a timer") {
            $0.add(owner)
            $0.add(name)
        }.first.map(SystemRows.timer)
    }

    func remove(_ timer: TimerDraft) throws(StoreError) -> Bool {
        try changeOne("DELETE FROM _timer", timer, "removing a timer")
    }

    func park(_ timer: TimerDraft) throws(StoreError) -> Bool {
        try changeOne("UPDATE _timer SET parked = 1", timer, "parking a timer")
    }

    private func changeOne(_ change: String, _ timer: TimerDraft, _ label: String) throws(StoreError) -> Bool {
        try database.requireTransaction()
        return try database.run(
            "\(change) WHERE owner = $1 AND name = $2 AND due = $3 AND source = $4 AND id = $5 RETURNING due", label
        ) {
            $0.add(timer.owner)
            $0.add(timer.name)
            $0.add(timer.due)
            $0.add(timer.source)
            $0.add(timer.id)
        }.count > 0
    }

    func log(_ firing: Firing) throws(StoreError) {
        try database.change(
            """
            INSERT INTO _firing (owner, name, due, source, id, topic, partition, after_offset, at, outcome)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """, "logging a firing"
        ) {
            $0.add(firing.owner)
            $0.add(firing.name)
            $0.add(firing.due)
            $0.add(firing.source)
            $0.add(firing.id)
            $0.add(firing.partition.topic)
            $0.add(Int64(firing.partition.partition))
            $0.add(firing.afterOffset)
            $0.add(firing.at)
            $0.add(firing.outcome.rawValue)
        }
    }
}
