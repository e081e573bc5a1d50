import ProjectionStore

extension SQLiteStoreWriter {
    // MARK: Outbox

    func enqueue(_ messages: [OutboxDraft]) throws(StoreError) {
        try database.requireTransaction()
        let insert = try database.statement(
            """
            INSERT INTO _outbox (id, kind, destination, key, payload, recipient, created, valid_until, topic, partition,
            state, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', '') ON CONFLICT (id) DO NOTHING
            """)
        for message in messages {
            insert.bind(1, message.id)
            insert.bind(2, message.kind.rawValue)
            insert.bind(3, message.destination)
            insert.bind(4, message.key)
            insert.bind(5, message.payload)
            insert.bind(6, message.recipient)
            insert.bind(7, message.created)
            insert.bind(8, message.validUntil)
            insert.bind(9, message.partition.topic)
            insert.bind(10, Int64(message.partition.partition))
            try insert.run()
        }
    }

    func pendingOutbox(of partitions: [PartitionKey], after: Int64, limit: Int) throws(StoreError) -> [OutboxMessage] {
        let statement = try database.statement(
            "\(SystemRows.outbox) WHERE \(SystemSchema.openOutbox) AND number > ? ORDER BY number")
        defer { statement.reset() }
        statement.bind(1, after)
        // The one writer owns nearly all partitions, so hardly a row is read for nothing.
        let own = Set(partitions)
        var messages: [OutboxMessage] = []
        while messages.count < limit, try statement.step() {
            let message = SystemRows.message(statement)
            if own.contains(message.content.partition) { messages.append(message) }
        }
        return messages
    }

    func settleOutbox(_ results: [OutboxResult]) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            UPDATE _outbox SET state = ?1, reason = ?2, settled = ?3
            WHERE number = ?4 AND state NOT IN ('sent', 'closed')
            """)
        for result in results {
            let isFinal = result.state == .sent || result.state == .closed
            statement.bind(1, result.state.rawValue)
            statement.bind(2, result.reason)
            statement.bind(3, isFinal ? result.at : nil)
            statement.bind(4, result.number)
            try statement.run()
        }
    }

    func addSilence(_ entry: SilenceEntry) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            "INSERT INTO _silence (rule, source, id, reason, recipients, at) VALUES (?, ?, ?, ?, ?, ?)")
        statement.bind(1, entry.rule)
        statement.bind(2, entry.source)
        statement.bind(3, entry.id)
        statement.bind(4, entry.reason)
        statement.bind(5, entry.recipients)
        statement.bind(6, entry.at)
        try statement.run()
    }

    // MARK: Counters and settings

    func count(_ deltas: [String: Int64]) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            INSERT INTO _counter (name, value) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET value = value + excluded.value
            """)
        for (name, delta) in deltas {
            statement.bind(1, name)
            statement.bind(2, delta)
            try statement.run()
        }
    }

    func setting(_ name: String) throws(StoreError) -> String? {
        let statement = try database.statement("SELECT value FROM _setting WHERE name = ?")
        defer { statement.reset() }
        statement.bind(1, name)
        return try statement.step() ? statement.text(0) : nil
    }

    func set(_ name: String, to value: String) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement("INSERT OR REPLACE INTO _setting (name, value) VALUES (?, ?)")
        statement.bind(1, name)
        statement.bind(2, value)
        try statement.run()
    }
}
