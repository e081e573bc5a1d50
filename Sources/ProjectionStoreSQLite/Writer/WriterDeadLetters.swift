import ProjectionStore

extension SQLiteStoreWriter {
    // MARK: Adding

    func add(_ deadLetter: DeadLetterDraft) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            INSERT INTO _dead_letter (state, attempts, topic, partition, "offset", timestamp, key, headers, value,
            reason, detail, is_envelope, type, source, id, sequence, recorded, kind, sequence_id, tried)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        let isParked = deadLetter.isParked
        statement.bind(1, (isParked ? DeadLetter.State.parked : .dead).rawValue)
        statement.bind(2, Int64(isParked ? 0 : 1))
        statement.bind(3, deadLetter.partition.topic)
        statement.bind(4, Int64(deadLetter.partition.partition))
        statement.bind(5, deadLetter.offset)
        statement.bind(6, deadLetter.timestamp)
        statement.bind(7, blob: deadLetter.key)
        statement.bind(8, blob: HeaderCodec.encode(deadLetter.headers))
        statement.bind(9, blob: deadLetter.value)
        statement.bind(10, deadLetter.reason)
        statement.bind(11, deadLetter.detail)
        statement.bind(12, Int64(deadLetter.isEnvelope ? 1 : 0))
        statement.bind(13, deadLetter.type)
        statement.bind(14, deadLetter.source)
        statement.bind(15, deadLetter.id)
        statement.bind(16, deadLetter.sequence)
        statement.bind(17, deadLetter.recorded)
        statement.bind(18, deadLetter.kind.rawValue)
        statement.bind(19, deadLetter.sequenceID)
        statement.bind(20, isParked ? nil : deadLetter.recorded)
        try statement.run()
    }

    // MARK: Looking

    func deadLetter(_ number: Int64) throws(StoreError) -> DeadLetter? {
        let statement = try database.statement("\(DeadLetterRows.letters) WHERE number = ?")
        statement.bind(1, number)
        return try SystemRows.all(statement, DeadLetterRows.letter).first
    }

    func parkedSequences(of partition: PartitionKey) throws(StoreError) -> [ParkedSequence] {
        let statement = try database.statement(
            """
            \(DeadLetterRows.sequences) WHERE topic = ? AND partition = ? AND \(SystemSchema.openInSequence)
            GROUP BY topic, partition, sequence_id
            """)
        statement.bind(1, partition.topic)
        statement.bind(2, Int64(partition.partition))
        return try SystemRows.all(statement, DeadLetterRows.sequence)
    }

    func openEntries(of sequence: Fingerprint, in partition: PartitionKey, after: Int64, limit: Int) throws(StoreError)
        -> [DeadLetter]
    {
        let statement = try database.statement(
            """
            \(DeadLetterRows.letters) INDEXED BY _dead_letter_sequence WHERE topic = ? AND partition = ?
            AND sequence_id = ? AND \(SystemSchema.openInSequence) AND number > ? ORDER BY number LIMIT ?
            """)
        statement.bind(1, partition.topic)
        statement.bind(2, Int64(partition.partition))
        statement.bind(3, sequence)
        statement.bind(4, after)
        statement.bind(5, Int64(max(0, limit)))
        return try SystemRows.all(statement, DeadLetterRows.letter)
    }

    func wasEdited(source: String, id: String, from original: Fingerprint) throws(StoreError) -> Bool {
        let statement = try database.statement(
            "SELECT 1 FROM _dead_letter WHERE id = ? AND source = ? AND original = ? AND state = 'redriven' LIMIT 1")
        statement.bind(1, id)
        statement.bind(2, source)
        statement.bind(3, original)
        return try !SystemRows.all(statement) { _ in true }.isEmpty
    }

    // MARK: Changing

    func settle(_ number: Int64, as state: DeadLetter.State, at time: Int64) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            "UPDATE _dead_letter SET state = ?, settled = ? WHERE number = ? AND \(SystemSchema.openDeadLetter)")
        statement.bind(1, state.rawValue)
        statement.bind(2, time)
        statement.bind(3, number)
        try statement.run()
    }

    func fail(_ number: Int64, _ failure: DeadLetterFailure, at time: Int64) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            UPDATE _dead_letter SET state = 'dead', attempts = attempts + 1, tried = ?1, reason = ?2, detail = ?3,
            is_envelope = ?4, type = coalesce(?5, type), source = coalesce(?6, source), id = coalesce(?7, id),
            sequence = CASE WHEN ?4 = 1 THEN NULL ELSE coalesce(?8, sequence) END,
            sequence_id = CASE WHEN ?4 = 1 THEN NULL ELSE coalesce(?9, sequence_id) END
            WHERE number = ?10 AND \(SystemSchema.openDeadLetter)
            """)
        statement.bind(1, time)
        statement.bind(2, failure.reason)
        statement.bind(3, failure.detail)
        statement.bind(4, Int64(failure.isEnvelope ? 1 : 0))
        statement.bind(5, failure.type)
        statement.bind(6, failure.source)
        statement.bind(7, failure.id)
        statement.bind(8, failure.sequence)
        statement.bind(9, failure.sequenceID)
        statement.bind(10, number)
        try statement.run()
    }

    func park(_ number: Int64, in sequence: String, _ id: Fingerprint) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            UPDATE _dead_letter SET state = 'parked', reason = 'parked', is_envelope = 0, sequence = ?, sequence_id = ?
            WHERE number = ? AND \(SystemSchema.openDeadLetter)
            """)
        statement.bind(1, sequence)
        statement.bind(2, id)
        statement.bind(3, number)
        try statement.run()
    }

    func replaceValue(of number: Int64, by value: [UInt8], original: Fingerprint?) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            UPDATE _dead_letter SET value = ?, original = coalesce(original, ?)
            WHERE number = ? AND \(SystemSchema.openDeadLetter)
            """)
        statement.bind(1, blob: value)
        statement.bind(2, original)
        statement.bind(3, number)
        try statement.run()
    }

    func audit(_ entry: AuditEntry) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            "INSERT INTO _audit (at, actor, action, reason, detail, letter) VALUES (?, ?, ?, ?, ?, ?)")
        statement.bind(1, entry.at)
        statement.bind(2, entry.actor)
        statement.bind(3, entry.action)
        statement.bind(4, entry.reason)
        statement.bind(5, entry.detail)
        statement.bind(6, entry.letter)
        try statement.run()
    }

    /// Removes what is kept under a person's record key. Of what was done with it stays who did it and when; the words
    /// go, because they may speak of the person.
    func eraseDeadLetters(_ owner: String) throws(StoreError) {
        try run(
            """
            UPDATE _audit SET reason = '', detail = 'erased'
            WHERE letter IN (SELECT number FROM _dead_letter WHERE key = CAST(? AS BLOB))
            """, owner)
        try run("DELETE FROM _dead_letter WHERE key = CAST(? AS BLOB)", owner)
    }
}
