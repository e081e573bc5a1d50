import ProjectionStore

/// What rebuilding and putting in place of the live store need (rules 20 and 32).
extension SQLiteStoreWriter {
    /// Nobody replaces a file whose lane has not left it.
    func isReplaced() throws(StoreError) -> Bool { false }

    // MARK: Messages

    func latchOutbox() throws(StoreError) {
        try database.requireTransaction()
        try database.statement("UPDATE _outbox SET state = 'latched', reason = '' WHERE \(SystemSchema.openOutbox)")
            .run()
    }

    func carry(_ messages: [CarriedMessage]) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            UPDATE _outbox SET state = ?1, reason = ?2, settled = ?3
            WHERE id = ?4 AND (state NOT IN ('sent', 'closed') OR reason = '\(CarriedReason.beforePromotion)')
            """)
        for message in messages {
            statement.bind(1, message.state.rawValue)
            statement.bind(2, message.reason)
            statement.bind(3, message.settled)
            statement.bind(4, message.id)
            try statement.run()
        }
    }

    func carryHeld(_ messages: [OutboxDraft], reason: String) throws(StoreError) {
        try enqueue(messages)
        try holdMessages(messages.map(\.id), reason: reason)
    }

    func removeHeld(reason: String) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement("DELETE FROM _outbox WHERE state = 'held' AND reason = ?")
        statement.bind(1, reason)
        try statement.run()
    }

    func closeLatched(reason: String, at time: Int64) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            "UPDATE _outbox SET state = 'closed', reason = ?, settled = ? WHERE state = 'latched'")
        statement.bind(1, reason)
        statement.bind(2, time)
        try statement.run()
    }

    func holdMessages(_ ids: [String], reason: String) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            "UPDATE _outbox SET state = 'held', reason = ? WHERE id = ? AND state NOT IN ('sent', 'closed')")
        for id in ids {
            statement.bind(1, reason)
            statement.bind(2, id)
            try statement.run()
        }
    }

    func holdOpenMessages(reason: String) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            "UPDATE _outbox SET state = 'held', reason = ? WHERE \(SystemSchema.openOutbox)")
        statement.bind(1, reason)
        try statement.run()
    }

    // MARK: Partitions

    func setActivation(_ partition: PartitionKey, to offset: Int64) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            "UPDATE _partition SET activation_offset = ? WHERE topic = ? AND partition = ?")
        statement.bind(1, offset)
        statement.bind(2, partition.topic)
        statement.bind(3, Int64(partition.partition))
        try statement.run()
    }

    func setHeldBelow(_ offset: Int64, of partition: PartitionKey) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            INSERT INTO _restored (topic, partition, held_below) VALUES (?, ?, ?) ON CONFLICT (topic, partition)
            DO UPDATE SET held_below = max(held_below, excluded.held_below)
            """)
        statement.bind(1, partition.topic)
        statement.bind(2, Int64(partition.partition))
        statement.bind(3, offset)
        try statement.run()
    }

    func heldBelow() throws(StoreError) -> [PartitionKey: Int64] { try GenerationRows.heldBelow(database) }

    // MARK: People and acts

    func noteErased(_ owners: [ErasedID]) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement("INSERT INTO _erased (owner, at) VALUES (?, ?) ON CONFLICT DO NOTHING")
        for owner in owners {
            statement.bind(1, owner.owner)
            statement.bind(2, owner.at)
            try statement.run()
        }
    }

    func carryAudit(_ entries: [AuditEntry]) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            INSERT INTO _audit (at, actor, action, reason, detail, letter) SELECT ?1, ?2, ?3, ?4, ?5, ?6
            WHERE NOT EXISTS (SELECT 1 FROM _audit WHERE at = ?1 AND actor = ?2 AND action = ?3 AND reason = ?4
            AND detail = ?5)
            """)
        for entry in entries {
            statement.bind(1, entry.at)
            statement.bind(2, entry.actor)
            statement.bind(3, entry.action)
            statement.bind(4, entry.reason)
            statement.bind(5, entry.detail)
            statement.bind(6, entry.letter)
            try statement.run()
        }
    }

    // MARK: Journal

    func appendJournal(_ records: [JournalRecord], of partition: PartitionKey) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            INSERT INTO _journal (topic, partition, "offset", timestamp, key, headers, value)
            VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (topic, partition, "offset") DO NOTHING
            """)
        for record in records {
            statement.bind(1, partition.topic)
            statement.bind(2, Int64(partition.partition))
            statement.bind(3, record.offset)
            statement.bind(4, record.timestamp)
            statement.bind(5, blob: record.key)
            statement.bind(6, blob: HeaderCodec.encode(record.headers))
            statement.bind(7, blob: record.value)
            try statement.run()
        }
    }

    func setJournalSpan(_ span: JournalSpan, of partition: PartitionKey) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            INSERT INTO _journal_span (topic, partition, first, next) VALUES (?, ?, ?, ?)
            ON CONFLICT (topic, partition) DO UPDATE SET first = excluded.first, next = excluded.next
            """)
        statement.bind(1, partition.topic)
        statement.bind(2, Int64(partition.partition))
        statement.bind(3, span.first)
        statement.bind(4, span.next)
        try statement.run()
    }

    func journalSpans() throws(StoreError) -> [PartitionKey: JournalSpan] { try GenerationRows.spans(database) }
}
