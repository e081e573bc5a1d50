import ProjectionStore

extension SQLiteStoreReader {
    func deadLetters(_ filter: DeadLetterFilter, limit: Int, after: Int64) throws(StoreError) -> [DeadLetter] {
        var conditions = ["number > ?"]
        var binds: [(SQLiteStatement, Int) -> Void] = [{ $0.bind($1, after) }]
        func add(_ condition: String, _ bind: @escaping (SQLiteStatement, Int) -> Void) {
            conditions.append(condition)
            binds.append(bind)
        }
        var hint = ""
        if let states = filter.states {
            let names = states.map { "'\($0.rawValue)'" }.sorted()
            conditions.append(
                names.count == 1 ? "state = \(names[0])" : "state IN (\(names.joined(separator: ", ")))")
            // Without it SQLite would walk through all that was ever settled.
            if filter.isOnlyOfStates {
                if states == [.dead, .parked] { hint = " INDEXED BY _dead_letter_open" }
                if states.count == 1 { hint = " INDEXED BY _dead_letter_state" }
            }
        }
        if let key = filter.key { add("key = ?") { $0.bind($1, blob: key) } }
        if let id = filter.id { add("id = ?") { $0.bind($1, id) } }
        if let source = filter.source { add("source = ?") { $0.bind($1, source) } }
        if let reason = filter.reason { add("reason = ?") { $0.bind($1, reason) } }
        if let topic = filter.topic { add("topic = ?") { $0.bind($1, topic) } }
        if let partition = filter.partition { add("partition = ?") { $0.bind($1, Int64(partition)) } }
        if let offset = filter.offset { add("\"offset\" = ?") { $0.bind($1, offset) } }
        if let sequence = filter.sequenceID { add("sequence_id = ?") { $0.bind($1, sequence) } }
        if let from = filter.from { add("recorded >= ?") { $0.bind($1, from) } }
        if let before = filter.before { add("recorded < ?") { $0.bind($1, before) } }
        let statement = try database.statement(
            "\(DeadLetterRows.letters)\(hint) WHERE \(conditions.joined(separator: " AND ")) ORDER BY number LIMIT ?")
        for (index, bind) in binds.enumerated() { bind(statement, index + 1) }
        statement.bind(binds.count + 1, Int64(max(0, limit)))
        return try SystemRows.all(statement, DeadLetterRows.letter)
    }

    func deadLetter(_ number: Int64) throws(StoreError) -> DeadLetter? {
        let statement = try database.statement("\(DeadLetterRows.letters) WHERE number = ?")
        statement.bind(1, number)
        return try SystemRows.all(statement, DeadLetterRows.letter).first
    }

    func deadLetterCounts() throws(StoreError) -> [DeadLetter.State: Int] {
        let pairs = try SystemRows.all(
            try database.statement("SELECT state, count(*) FROM _dead_letter GROUP BY state")
        ) { (DeadLetter.State(rawValue: $0.text(0)), Int($0.integer(1))) }
        var counts: [DeadLetter.State: Int] = [:]
        for (state, count) in pairs { if let state { counts[state] = count } }
        return counts
    }

    func parkedSequences(limit: Int) throws(StoreError) -> [ParkedSequence] {
        let statement = try database.statement(
            """
            \(DeadLetterRows.sequences) INDEXED BY _dead_letter_sequence WHERE \(SystemSchema.openInSequence)
            GROUP BY topic, partition, sequence_id ORDER BY count(*) DESC, min(number) LIMIT ?
            """)
        statement.bind(1, Int64(max(0, limit)))
        return try SystemRows.all(statement, DeadLetterRows.sequence)
    }

    func parkedCount(owner: String?) throws(StoreError) -> Int {
        let waits = "\(SystemSchema.openDeadLetter) AND is_envelope = 0 AND kind = 'event'"
        let statement = try database.statement(
            "SELECT count(*) FROM _dead_letter WHERE \(waits)" + (owner == nil ? "" : " AND key = CAST(? AS BLOB)"))
        if let owner { statement.bind(1, owner) }
        return Int(try SystemRows.all(statement) { $0.integer(0) }.first ?? 0)
    }

    func audits(of letter: Int64?, limit: Int, after: Int64) throws(StoreError) -> [AuditEntry] {
        let statement = try database.statement(
            "\(DeadLetterRows.audits) WHERE number > ?\(letter == nil ? "" : " AND letter = ?") ORDER BY number LIMIT ?"
        )
        statement.bind(1, after)
        if let letter { statement.bind(2, letter) }
        statement.bind(letter == nil ? 2 : 3, Int64(max(0, limit)))
        return try SystemRows.all(statement, DeadLetterRows.audit)
    }
}
