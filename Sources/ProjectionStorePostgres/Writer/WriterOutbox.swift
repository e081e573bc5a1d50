import ProjectionStore

extension PostgresStoreWriter {
    // MARK: Outbox

    func enqueue(_ messages: [OutboxDraft]) throws(StoreError) {
        try database.requireTransaction()
        guard !messages.isEmpty else { return }
        let texts = (0..<6).map { _ in PostgresArray(of: PostgresType.text) }
        let times = (0..<2).map { _ in PostgresArray(of: PostgresType.big) }
        for message in messages {
            texts[0].append(message.id)
            texts[1].append(message.kind.rawValue)
            texts[2].append(message.destination)
            texts[3].append(message.key)
            texts[4].append(message.payload)
            texts[5].append(message.recipient)
            times[0].append(message.created)
            if let until = message.validUntil { times[1].append(until) } else { times[1].appendNull() }
        }
        // Numbered in the order in which they are given.
        try database.change(
            """
            INSERT INTO _outbox (id, kind, destination, key, payload, recipient, created, valid_until, state, reason)
            SELECT id, kind, destination, key, payload, recipient, created, valid_until, 'pending', ''
            FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY
            AS given (id, kind, destination, key, payload, recipient, created, valid_until, place) ORDER BY place
            ON CONFLICT (id) DO NOTHING
            """, "taking messages into the outbox"
        ) { parameters in
            for array in texts + times { parameters.add(array) }
        }
    }

    func pendingOutbox(after: Int64, limit: Int) throws(StoreError) -> [OutboxMessage] {
        try database.run(
            "\(SystemRows.outbox) WHERE \(SystemSchema.openOutbox) AND number > $1 ORDER BY number LIMIT $2",
            "reading the outbox"
        ) {
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
