import PluginKit
import ProjectionStore

extension SQLiteStoreWriter {
    // MARK: Events already applied

    func applied(_ fingerprint: Fingerprint) throws(StoreError) -> Fingerprint? {
        try database.appliedContent(of: fingerprint)
    }

    func appliedLookup() throws(StoreError) -> (any AppliedLookup)? {
        let lookup = try AppliedEvents(path: path, limitBytes: filterBytes)
        lookups.append(lookup)
        return lookup
    }

    func recordApplied(_ entries: [AppliedEvent]) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            "INSERT OR REPLACE INTO _applied (fingerprint, content, record_time) VALUES (?, ?, ?)")
        // In the order of the tree: each page is visited once.
        let sorted = entries.sorted {
            ($0.fingerprint.high, $0.fingerprint.low) < ($1.fingerprint.high, $1.fingerprint.low)
        }
        for entry in sorted {
            statement.bind(1, entry.fingerprint)
            statement.bind(2, entry.content)
            statement.bind(3, entry.recordTime)
            try statement.run()
        }
    }

    /// An index by time would cost more at each event than walking through the table in steps does.
    func forgetApplied(before time: Int64) throws(StoreError) {
        try database.requireTransaction()
        let from = forgottenUpTo ?? Fingerprint(high: 0, low: 0)
        let end = try database.statement(
            "SELECT fingerprint FROM _applied WHERE fingerprint >= ? ORDER BY fingerprint LIMIT 1 OFFSET \(Self.forgetStep)"
        )
        defer { end.reset() }
        end.bind(1, from)
        let next = try end.step() ? end.fingerprint(0) : nil
        let last = Fingerprint(high: .max, low: .max)
        let delete = try database.statement(
            "DELETE FROM _applied WHERE fingerprint >= ? AND fingerprint <= ? AND record_time < ?")
        delete.bind(1, from)
        delete.bind(2, next ?? last)
        delete.bind(3, time)
        try delete.run()
        forgottenUpTo = next
    }

    private static let forgetStep = 4096

    // MARK: Retractions

    func retract(_ retraction: Retraction) throws(StoreError) {
        try database.requireTransaction()
        let statement = try database.statement(
            """
            INSERT INTO _retraction (owner, source, id, reason, replaced_by, time) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (owner, source, id) DO UPDATE SET reason = excluded.reason, replaced_by = excluded.replaced_by,
            time = excluded.time WHERE (excluded.time IS NULL, coalesce(excluded.time, ''), excluded.reason,
            coalesce(excluded.replaced_by, '')) < (_retraction.time IS NULL, coalesce(_retraction.time, ''),
            _retraction.reason, coalesce(_retraction.replaced_by, ''))
            """)
        statement.bind(1, retraction.owner)
        statement.bind(2, retraction.source)
        statement.bind(3, retraction.id)
        statement.bind(4, retraction.reason)
        statement.bind(5, retraction.replacedBy)
        statement.bind(6, retraction.time)
        try statement.run()
        let timers = try database.statement("DELETE FROM _timer WHERE owner = ? AND source = ? AND id = ?")
        timers.bind(1, retraction.owner)
        timers.bind(2, retraction.source)
        timers.bind(3, retraction.id)
        try timers.run()
    }

    // MARK: Erasing

    func erase(owner: String, at time: Int64) throws(StoreError) {
        try database.requireTransaction()
        try overwriteDeleted()
        for table in tables {
            try run("DELETE FROM \(SQLText.name(of: table)) WHERE \(SQLText.quoted(table.owner)) = ?", owner)
        }
        try run("DELETE FROM _retraction WHERE owner = ?", owner)
        try run("DELETE FROM _timer WHERE owner = ?", owner)
        try run("DELETE FROM _firing WHERE owner = ?", owner)
        try eraseDeadLetters(owner)
        let close = try database.statement(
            """
            UPDATE _outbox SET state = 'closed', reason = 'recipient-erased', settled = ?
            WHERE recipient = ? AND state NOT IN ('sent', 'closed')
            """)
        close.bind(1, time)
        close.bind(2, owner)
        try close.run()
        let entry = try database.statement("INSERT INTO _erased (owner, at) VALUES (?, ?) ON CONFLICT DO NOTHING")
        entry.bind(1, owner)
        entry.bind(2, time)
        try entry.run()
    }

    func run(_ sql: String, _ owner: String) throws(StoreError) {
        let statement = try database.statement(sql)
        statement.bind(1, owner)
        try statement.run()
    }

    func isErased(owner: String) throws(StoreError) -> Bool {
        let statement = try database.statement("SELECT 1 FROM _erased WHERE owner = ?")
        defer { statement.reset() }
        statement.bind(1, owner)
        return try statement.step()
    }
}
