import ProjectionStore

extension PostgresStoreWriter {
    // MARK: Adding

    func add(_ deadLetter: DeadLetterDraft) throws(StoreError) {
        let isParked = deadLetter.isParked
        try database.change(
            """
            INSERT INTO _dead_letter (state, attempts, topic, partition, "offset", timestamp, key, headers, value,
            reason, detail, is_envelope, type, source, id, sequence, recorded, kind, sequence_id, tried)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            """, "adding a dead letter"
        ) {
            $0.add((isParked ? DeadLetter.State.parked : .dead).rawValue)
            $0.add(Int64(isParked ? 0 : 1))
            $0.add(deadLetter.partition.topic)
            $0.add(Int64(deadLetter.partition.partition))
            $0.add(deadLetter.offset)
            $0.add(deadLetter.timestamp)
            $0.add(blob: deadLetter.key)
            $0.add(blob: HeaderCodec.encode(deadLetter.headers))
            $0.add(blob: deadLetter.value)
            $0.add(deadLetter.reason)
            $0.add(deadLetter.detail)
            $0.add(Int64(deadLetter.isEnvelope ? 1 : 0))
            $0.add(deadLetter.type)
            $0.add(deadLetter.source)
            $0.add(deadLetter.id)
            $0.add(deadLetter.sequence)
            $0.add(deadLetter.recorded)
            $0.add(deadLetter.kind.rawValue)
            $0.add(deadLetter.sequenceID)
            $0.add(isParked ? nil : deadLetter.recorded)
        }
    }

    // MARK: Looking

    func deadLetter(_ number: Int64) throws(StoreError) -> DeadLetter? {
        try database.run("\(DeadLetterRows.letters) WHERE number = $1", "reading a dead letter") { $0.add(number) }
            .first.map(DeadLetterRows.letter)
    }

    func parkedSequences(of partition: PartitionKey) throws(StoreError) -> [ParkedSequence] {
        try database.run(
            """
            \(DeadLetterRows.sequences) WHERE topic = $1 AND partition = $2 AND \(SystemSchema.openInSequence)
            GROUP BY topic, partition, sequence_id
            """, "reading parked sequences"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
        }.rows.map(DeadLetterRows.sequence)
    }

    func openEntries(of sequence: Fingerprint, in partition: PartitionKey, after: Int64, limit: Int) throws(StoreError)
        -> [DeadLetter]
    {
        try database.run(
            """
            \(DeadLetterRows.letters) WHERE topic = $1 AND partition = $2 AND sequence_id = $3
            AND \(SystemSchema.openInSequence) AND number > $4 ORDER BY number LIMIT $5
            """, "reading a parked sequence"
        ) {
            $0.add(partition.topic)
            $0.add(Int64(partition.partition))
            $0.add(sequence)
            $0.add(after)
            $0.add(Int64(max(0, limit)))
        }.rows.map(DeadLetterRows.letter)
    }

    func wasEdited(source: String, id: String, from original: Fingerprint) throws(StoreError) -> Bool {
        try database.run(
            "SELECT 1 FROM _dead_letter WHERE id = $1 AND source = $2 AND original = $3 AND state = 'redriven' LIMIT 1",
            "looking for an edited event"
        ) {
            $0.add(id)
            $0.add(source)
            $0.add(original)
        }.count > 0
    }

    // MARK: Changing

    func settle(_ number: Int64, as state: DeadLetter.State, at time: Int64) throws(StoreError) {
        try database.change(
            "UPDATE _dead_letter SET state = $1, settled = $2 WHERE number = $3 AND \(SystemSchema.openDeadLetter)",
            "settling a dead letter"
        ) {
            $0.add(state.rawValue)
            $0.add(time)
            $0.add(number)
        }
    }

    func fail(_ number: Int64, _ failure: DeadLetterFailure, at time: Int64) throws(StoreError) {
        try database.change(
            """
            UPDATE _dead_letter SET state = 'dead', attempts = attempts + 1, tried = $1, reason = $2, detail = $3,
            is_envelope = $4, type = coalesce($5, type), source = coalesce($6, source), id = coalesce($7, id),
            sequence = CASE WHEN $4 = 1 THEN NULL ELSE coalesce($8, sequence) END,
            sequence_id = CASE WHEN $4 = 1 THEN NULL ELSE coalesce($9, sequence_id) END
            WHERE number = $10 AND \(SystemSchema.openDeadLetter)
            """, "failing a dead letter again"
        ) {
            $0.add(time)
            $0.add(failure.reason)
            $0.add(failure.detail)
            $0.add(Int64(failure.isEnvelope ? 1 : 0))
            $0.add(failure.type)
            $0.add(failure.source)
            $0.add(failure.id)
            $0.add(failure.sequence)
            $0.add(failure.sequenceID)
            $0.add(number)
        }
    }

    func park(_ number: Int64, in sequence: String, _ id: Fingerprint) throws(StoreError) {
        try database.change(
            """
            UPDATE _dead_letter SET state = 'parked', reason = 'parked', is_envelope = 0, sequence = $1,
            sequence_id = $2 WHERE number = $3 AND \(SystemSchema.openDeadLetter)
            """, "parking a dead letter"
        ) {
            $0.add(sequence)
            $0.add(id)
            $0.add(number)
        }
    }

    func replaceValue(of number: Int64, by value: [UInt8], original: Fingerprint?) throws(StoreError) {
        try database.change(
            """
            UPDATE _dead_letter SET value = $1, original = coalesce(original, $2)
            WHERE number = $3 AND \(SystemSchema.openDeadLetter)
            """, "editing a dead letter"
        ) {
            $0.add(blob: value)
            $0.add(original)
            $0.add(number)
        }
    }

    func audit(_ entry: AuditEntry) throws(StoreError) {
        try database.change(
            "INSERT INTO _audit (at, actor, action, reason, detail, letter) VALUES ($1, $2, $3, $4, $5, $6)",
            "writing the audit"
        ) {
            $0.add(entry.at)
            $0.add(entry.actor)
            $0.add(entry.action)
            $0.add(entry.reason)
            $0.add(entry.detail)
            $0.add(entry.letter)
        }
    }

    /// Removes what is kept under a person's record key. Of what was done with it stays who did it and when; the words
    /// go, because they may speak of the person.
    func eraseDeadLetters(_ owner: String, _ label: String) throws(StoreError) {
        let key = Array(owner.utf8)
        try database.change(
            """
            UPDATE _audit SET reason = '', detail = 'erased'
            WHERE letter IN (SELECT number FROM _dead_letter WHERE key = $1)
            """, label
        ) { $0.add(blob: key) }
        try database.change("DELETE FROM _dead_letter WHERE key = $1", label) { $0.add(blob: key) }
    }
}
