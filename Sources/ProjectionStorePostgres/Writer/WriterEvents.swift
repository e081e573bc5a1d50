import PluginKit
import ProjectionStore

extension PostgresStoreWriter {
    // MARK: Events already applied

    func applied(_ fingerprint: Fingerprint) throws(StoreError) -> Fingerprint? {
        try database.run("SELECT content FROM _applied WHERE fingerprint = $1", "looking for an applied event") {
            $0.add(fingerprint)
        }.first?.fingerprint(0)
    }

    func recordApplied(_ entries: [AppliedEvent]) throws(StoreError) {
        try database.requireTransaction()
        try applying.record(entries)
    }

    /// An index by time would cost more at each event than walking through the table in steps does.
    func forgetApplied(before time: Int64) throws(StoreError) {
        try database.requireTransaction()
        let from = forgottenUpTo ?? Fingerprint(high: 0, low: 0)
        let label = "forgetting applied events"
        let next = try database.run(
            "SELECT fingerprint FROM _applied WHERE fingerprint >= $1 ORDER BY fingerprint LIMIT 1 OFFSET 4096", label
        ) { $0.add(from) }.first?.fingerprint(0)
        try database.change(
            "DELETE FROM _applied WHERE fingerprint >= $1 AND fingerprint <= $2 AND record_time < $3", label
        ) {
            $0.add(from)
            $0.add(next ?? Fingerprint(high: .max, low: .max))
            $0.add(time)
        }
        forgottenUpTo = next
    }

    // MARK: Retractions

    func retract(_ retraction: Retraction) throws(StoreError) {
        try database.change(
            """
            INSERT INTO _retraction (owner, source, id, reason, replaced_by, time) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (owner, source, id) DO UPDATE SET reason = excluded.reason, replaced_by = excluded.replaced_by,
            time = excluded.time WHERE (excluded.time IS NULL, coalesce(excluded.time, ''), excluded.reason,
            coalesce(excluded.replaced_by, '')) < (_retraction.time IS NULL, coalesce(_retraction.time, ''),
            _retraction.reason, coalesce(_retraction.replaced_by, ''))
            """, "taking an event back"
        ) {
            $0.add(retraction.owner)
            $0.add(retraction.source)
            $0.add(retraction.id)
            $0.add(retraction.reason)
            $0.add(retraction.replacedBy)
            $0.add(retraction.time)
        }
        try database.change(
            "DELETE FROM _timer WHERE owner = $1 AND source = $2 AND id = $3", "cancelling its timers"
        ) {
            $0.add(retraction.owner)
            $0.add(retraction.source)
            $0.add(retraction.id)
        }
    }

    // MARK: Erasing

    func erase(owner: String, at time: Int64) throws(StoreError) {
        let label = "erasing"
        try database.requireTransaction()
        hasErased = true
        for table in tables {
            try database.change(
                "DELETE FROM \(SQLText.name(of: table)) WHERE \(SQLText.quoted(table.owner)) = $1", label
            ) { $0.add(owner) }
        }
        for table in ["_retraction", "_timer", "_firing"] {
            try database.change("DELETE FROM \(table) WHERE owner = $1", label) { $0.add(owner) }
        }
        try eraseDeadLetters(owner, label)
        try database.change("DELETE FROM _journal WHERE key = $1", label) { $0.add(blob: Array(owner.utf8)) }
        try database.change(
            """
            UPDATE _outbox SET state = 'closed', reason = 'recipient-erased', settled = $1
            WHERE recipient = $2 AND state NOT IN ('sent', 'closed')
            """, label
        ) {
            $0.add(time)
            $0.add(owner)
        }
        try database.change("INSERT INTO _erased (owner, at) VALUES ($1, $2) ON CONFLICT DO NOTHING", label) {
            $0.add(owner)
            $0.add(time)
        }
    }

    func isErased(owner: String) throws(StoreError) -> Bool {
        try database.run("SELECT 1 FROM _erased WHERE owner = $1", "looking whether an id was erased") { $0.add(owner) }
            .count > 0
    }
}
