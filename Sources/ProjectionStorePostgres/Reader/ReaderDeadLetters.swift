import ProjectionStore

extension PostgresStoreReader {
    func deadLetters(_ filter: DeadLetterFilter, limit: Int, after: Int64) throws(StoreError) -> [DeadLetter] {
        var conditions = ["number > $1"]
        var fills: [(PostgresParameters) -> Void] = [{ $0.add(after) }]
        func add(_ condition: String, _ fill: @escaping (PostgresParameters) -> Void) {
            fills.append(fill)
            conditions.append("\(condition) $\(fills.count)")
        }
        if let states = filter.states {
            // Of no state is nothing.
            let names = states.isEmpty ? ["''"] : states.map { "'\($0.rawValue)'" }.sorted()
            conditions.append("state IN (\(names.joined(separator: ", ")))")
        }
        if let key = filter.key { add("key =") { $0.add(blob: key) } }
        if let id = filter.id { add("id =") { $0.add(id) } }
        if let source = filter.source { add("source =") { $0.add(source) } }
        if let reason = filter.reason { add("reason =") { $0.add(reason) } }
        if let topic = filter.topic { add("topic =") { $0.add(topic) } }
        if let partition = filter.partition { add("partition =") { $0.add(Int64(partition)) } }
        if let offset = filter.offset { add("\"offset\" =") { $0.add(offset) } }
        if let sequence = filter.sequenceID { add("sequence_id =") { $0.add(sequence) } }
        if let from = filter.from { add("recorded >=") { $0.add(from) } }
        if let before = filter.before { add("recorded <") { $0.add(before) } }
        let sql =
            "\(DeadLetterRows.letters) WHERE \(conditions.joined(separator: " AND ")) ORDER BY number "
            + "LIMIT $\(fills.count + 1)"
        return try database.run(sql, "reading dead letters") { parameters in
            for fill in fills { fill(parameters) }
            parameters.add(Int64(max(0, limit)))
        }.rows.map(DeadLetterRows.letter)
    }

    func deadLetter(_ number: Int64) throws(StoreError) -> DeadLetter? {
        try database.run("\(DeadLetterRows.letters) WHERE number = $1", "reading a dead letter") { $0.add(number) }
            .first.map(DeadLetterRows.letter)
    }

    func deadLetterCounts() throws(StoreError) -> [DeadLetter.State: Int] {
        let rows = try database.run("SELECT state, count(*) FROM _dead_letter GROUP BY state", "counting dead letters")
            .rows
        var counts: [DeadLetter.State: Int] = [:]
        for row in rows {
            if let state = DeadLetter.State(rawValue: row.text(0)) { counts[state] = Int(row.integer(1)) }
        }
        return counts
    }

    func parkedSequences(limit: Int) throws(StoreError) -> [ParkedSequence] {
        try database.run(
            """
            \(DeadLetterRows.sequences) WHERE \(SystemSchema.openInSequence)
            GROUP BY topic, partition, sequence_id ORDER BY count(*) DESC, min(number) LIMIT $1
            """, "reading parked sequences"
        ) { $0.add(Int64(max(0, limit))) }.rows.map(DeadLetterRows.sequence)
    }

    func parkedCount(owner: String?) throws(StoreError) -> Int {
        let waits = "\(SystemSchema.openDeadLetter) AND is_envelope = 0 AND kind = 'event'"
        let sql = "SELECT count(*) FROM _dead_letter WHERE \(waits)"
        let label = "counting parked events"
        let result =
            if let owner {
                try database.run("\(sql) AND key = $1", label) { $0.add(blob: Array(owner.utf8)) }
            } else {
                try database.run(sql, label)
            }
        return Int(result.first?.integer(0) ?? 0)
    }

    func audits(of letter: Int64?, limit: Int, after: Int64) throws(StoreError) -> [AuditEntry] {
        let label = "reading the audit"
        if let letter {
            return try database.run(
                "\(DeadLetterRows.audits) WHERE number > $1 AND letter = $2 ORDER BY number LIMIT $3", label
            ) {
                $0.add(after)
                $0.add(letter)
                $0.add(Int64(max(0, limit)))
            }.rows.map(DeadLetterRows.audit)
        }
        return try database.run("\(DeadLetterRows.audits) WHERE number > $1 ORDER BY number LIMIT $2", label) {
            $0.add(after)
            $0.add(Int64(max(0, limit)))
        }.rows.map(DeadLetterRows.audit)
    }
}
