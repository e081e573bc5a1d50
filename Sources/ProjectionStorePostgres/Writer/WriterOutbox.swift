import ProjectionStore

extension PostgresStoreWriter {
    // MARK: Outbox

    func enqueue(_ messages: [OutboxDraft]) throws(StoreError) {
        try database.requireTransaction()
        guard !messages.isEmpty else { return }
        let texts = (0..<7).map { _ in PostgresArray(of: PostgresType.text) }
        let numbers = (0..<3).map { _ in PostgresArray(of: PostgresType.big) }
        for message in messages {
            texts[0].append(message.id)
            texts[1].append(message.kind.rawValue)
            texts[2].append(message.destination)
            texts[3].append(message.key)
            texts[4].append(message.payload)
            texts[5].append(message.recipient)
            texts[6].append(message.partition.topic)
            numbers[0].append(message.created)
            if let until = message.validUntil { numbers[1].append(until) } else { numbers[1].appendNull() }
            numbers[2].append(Int64(message.partition.partition))
        }
        // Numbered in the order in which they are given.
        try database.change(
            """
            INSERT INTO _outbox (id, kind, destination, key, payload, recipient, topic, created, valid_until, partition,
            state, reason)
            SELECT id, kind, destination, key, payload, recipient, topic, created, valid_until, partition, 'pending', ''
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY
            AS given (id, kind, destination, key, payload, recipient, topic, created, valid_until, partition, place)
            ORDER BY place
            ON CONFLICT (id) DO NOTHING
            """, "taking messages into the outbox"
        ) { parameters in
            for array in texts + numbers { parameters.add(array) }
        }
    }

    func pendingOutbox(of partitions: [PartitionKey], after: Int64, limit: Int) throws(StoreError) -> [OutboxMessage] {
        guard !partitions.isEmpty else { return [] }
        let topics = PostgresArray(of: PostgresType.text)
        let numbers = PostgresArray(of: PostgresType.big)
        for key in partitions {
            topics.append(key.topic)
            numbers.append(Int64(key.partition))
        }
        // Partition by partition, so that a backlog is never read as a whole.
        return try database.run(
            """
            SELECT message.* FROM unnest($1, $2) AS own (topic, partition) CROSS JOIN LATERAL (\(SystemRows.outbox)
            WHERE _outbox.topic = own.topic AND _outbox.partition = own.partition AND \(SystemSchema.openOutbox)
            AND number > $3 ORDER BY number LIMIT $4) AS message ORDER BY message.number LIMIT $4
            """, "reading the outbox"
        ) {
            $0.add(topics)
            $0.add(numbers)
            $0.add(after)
            $0.add(Int64(max(0, limit)))
        }.rows.map(SystemRows.message)
    }

    func settleOutbox(_ results: [OutboxResult]) throws(StoreError) {
        try database.requireTransaction()
        for result in results {
            let isFinal = result.state == .sent || result.state == .closed
            try database.change(
                """
                UPDATE _outbox SET state = $1, reason = $2, settled = $3
                WHERE number = $4 AND state NOT IN ('sent', 'closed')
                """, "settling a message"
            ) {
                $0.add(result.state.rawValue)
                $0.add(result.reason)
                $0.add(isFinal ? result.at : nil)
                $0.add(result.number)
            }
        }
    }

    func addSilence(_ entry: SilenceEntry) throws(StoreError) {
        try database.change(
            "INSERT INTO _silence (rule, source, id, reason, recipients, at) VALUES ($1, $2, $3, $4, $5, $6)",
            "noting a silence"
        ) {
            $0.add(entry.rule)
            $0.add(entry.source)
            $0.add(entry.id)
            $0.add(entry.reason)
            $0.add(entry.recipients)
            $0.add(entry.at)
        }
    }

    // MARK: Counters and settings

    func count(_ deltas: [String: Int64]) throws(StoreError) {
        try database.requireTransaction()
        // Sorted, so that two workers lock them in one order.
        var bounded: [String: Int64] = [:]
        for (name, delta) in deltas { bounded[Self.bounded(name), default: 0] += delta }
        guard !bounded.isEmpty else { return }
        let names = PostgresArray(of: PostgresType.text)
        let values = PostgresArray(of: PostgresType.big)
        for (name, delta) in bounded.sorted(by: { $0.key < $1.key }) {
            names.append(name)
            values.append(delta)
        }
        try database.change(
            """
            INSERT INTO _counter (name, value) SELECT * FROM unnest($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = _counter.value + excluded.value
            """, "counting"
        ) {
            $0.add(names)
            $0.add(values)
        }
    }

    /// A counter's name may hold an event type of another system, as long as it likes; an index entry may not.
    private static func bounded(_ name: String) -> String {
        let storable = PostgresText.storable(name)
        guard storable.utf8.count > 1000 else { return storable }
        return String(decoding: storable.utf8.prefix(1000), as: UTF8.self) + "…"
    }

    func setting(_ name: String) throws(StoreError) -> String? {
        try database.run("SELECT value FROM _setting WHERE name = $1", "reading a setting") { $0.add(name) }
            .first?.text(0)
    }

    func set(_ name: String, to value: String) throws(StoreError) {
        try database.change(
            """
            INSERT INTO _setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, "writing a setting"
        ) {
            $0.add(name)
            $0.add(value)
        }
    }
}
