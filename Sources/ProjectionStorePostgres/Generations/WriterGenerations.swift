import ProjectionStore

/// What rebuilding and putting in place of the live store need (rules 20 and 32).
extension PostgresStoreWriter {
    func isReplaced() throws(StoreError) -> Bool {
        try database.execute("SELECT id FROM _store", "recognising the store").first?.text(0) != identity
    }

    // MARK: Messages

    func latchOutbox() throws(StoreError) {
        try database.change(
            "UPDATE _outbox SET state = 'latched', reason = '' WHERE \(SystemSchema.openOutbox)", "latching messages")
    }

    func carry(_ messages: [CarriedMessage]) throws(StoreError) {
        for message in messages {
            try database.change(
                """
                UPDATE _outbox SET state = $1, reason = $2, settled = $3
                WHERE id = $4 AND (state NOT IN ('sent', 'closed') OR reason = '\(CarriedReason.beforePromotion)')
                """, "carrying a message's state over"
            ) {
                $0.add(message.state.rawValue)
                $0.add(message.reason)
                $0.add(message.settled)
                $0.add(message.id)
            }
        }
    }

    func carryHeld(_ messages: [OutboxDraft], reason: String) throws(StoreError) {
        try enqueue(messages)
        try holdMessages(messages.map(\.id), reason: reason)
    }

    func removeHeld(reason: String) throws(StoreError) {
        try database.change(
            "DELETE FROM _outbox WHERE state = 'held' AND reason = $1", "removing what was carried over"
        ) { $0.add(reason) }
    }

    func closeLatched(reason: String, at time: Int64) throws(StoreError) {
        try database.change(
            "UPDATE _outbox SET state = 'closed', reason = $1, settled = $2 WHERE state = 'latched'",
            "settling latched messages"
        ) {
            $0.add(reason)
            $0.add(time)
        }
    }

    func holdMessages(_ ids: [String], reason: String) throws(StoreError) {
        for id in ids {
            try database.change(
                "UPDATE _outbox SET state = 'held', reason = $1 WHERE id = $2 AND state NOT IN ('sent', 'closed')",
                "holding a message"
            ) {
                $0.add(reason)
                $0.add(id)
            }
        }
    }

    func holdOpenMessages(reason: String) throws(StoreError) {
        try database.change(
            "UPDATE _outbox SET state = 'held', reason = $1 WHERE \(SystemSchema.openOutbox)", "holding messages"
        ) { $0.add(reason) }
    }

    // MARK: Partitions

    func setActivation(_ partition: PartitionKey, to offset: Int64) throws(StoreError) {
        try database.change(
            "UPDATE _partition SET activation_offset = $1 WHERE topic = $2 AND partition = $3",
            "setting an activation offset"
        ) {
            $0.add(offset)
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
        }
    }

    func setHeldBelow(_ offset: Int64, of partition: PartitionKey) throws(StoreError) {
        try database.change(
            """
            INSERT INTO _restored (topic, partition, held_below) VALUES ($1, $2, $3) ON CONFLICT (topic, partition)
            DO UPDATE SET held_below = greatest(_restored.held_below, excluded.held_below)
            """, "noting a restore"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(offset)
        }
    }

    func heldBelow() throws(StoreError) -> [PartitionKey: Int64] { try GenerationRows.heldBelow(database) }

    // MARK: People and acts

    func noteErased(_ owners: [ErasedID]) throws(StoreError) {
        for owner in owners {
            try database.change(
                "INSERT INTO _erased (owner, at) VALUES ($1, $2) ON CONFLICT DO NOTHING", "noting erased ids"
            ) {
                $0.add(owner.owner)
                $0.add(owner.at)
            }
        }
    }

    func carryAudit(_ entries: [AuditEntry]) throws(StoreError) {
        for entry in entries {
            try database.change(
                """
                INSERT INTO _audit (at, actor, action, reason, detail, letter) SELECT $1, $2, $3, $4, $5, $6
                WHERE NOT EXISTS (SELECT 1 FROM _audit WHERE at = $1 AND actor = $2 AND action = $3 AND reason = $4
                AND detail = $5)
                """, "carrying the audit over"
            ) {
                $0.add(entry.at)
                $0.add(entry.actor)
                $0.add(entry.action)
                $0.add(entry.reason)
                $0.add(entry.detail)
                $0.add(entry.letter)
            }
        }
    }

    // MARK: Journal

    func appendJournal(_ records: [JournalRecord], of partition: PartitionKey) throws(StoreError) {
        for record in records {
            try database.change(
                """
                INSERT INTO _journal (topic, partition, "offset", timestamp, key, headers, value)
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (topic, partition, "offset") DO NOTHING
                """, "writing the journal"
            ) {
                $0.add(partition.topic)
                $0.add(Int64(partition.partition))
                $0.add(record.offset)
                $0.add(record.timestamp)
                $0.add(blob: record.key)
                $0.add(blob: HeaderCodec.encode(record.headers))
                $0.add(blob: record.value)
            }
        }
    }

    func setJournalSpan(_ span: JournalSpan, of partition: PartitionKey) throws(StoreError) {
        try database.change(
            """
            INSERT INTO _journal_span (topic, partition, first, next) VALUES ($1, $2, $3, $4)
            ON CONFLICT (topic, partition) DO UPDATE SET first = excluded.first, next = excluded.next
            """, "writing the journal"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(span.first)
            $0.add(span.next)
        }
    }

    func journalSpans() throws(StoreError) -> [PartitionKey: JournalSpan] { try GenerationRows.spans(database) }
}
