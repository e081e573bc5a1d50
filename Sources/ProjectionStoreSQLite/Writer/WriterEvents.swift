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
        try applying.record(entries)
    }

    func forgetApplied(before time: Int64) throws(StoreError) {
        try database.requireTransaction()
        try applying.forget(before: time)
    }

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
        try run("DELETE FROM _journal WHERE key = CAST(? AS BLOB)", owner)
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
