import ProjectionStore

extension PostgresStoreWriter {
    /// Ends sessions of other workers that hold this store's rows and say nothing: a worker that is frozen in the middle
    /// of its transaction would hold them until it wakes up, and nobody could take its partitions over. Its transaction
    /// is undone as if it had died.
    ///
    /// A worker moves its partitions and counters at the end of a transaction and commits at once: one that has done so
    /// and leaves the server waiting for seconds is frozen, or behind a network that is as good as dead. So is one in the
    /// middle of a COPY, for which the server waits; that counts as no idle time for the server's own limit. Whoever is
    /// ended by mistake, because the machine is slow, does its transaction again.
    func endFrozenSessions() throws(StoreError) {
        _ = try database.run(
            """
            SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity AS a
            WHERE a.pid <> pg_catalog.pg_backend_pid() AND a.usename = current_user
            AND a.wait_event_type = 'Client' AND a.wait_event = 'ClientRead' AND a.xact_start IS NOT NULL
            AND a.state_change < pg_catalog.clock_timestamp() - interval '3 seconds'
            AND EXISTS (SELECT 1 FROM pg_catalog.pg_locks AS l WHERE l.pid = a.pid AND l.locktype = 'relation'
            AND l.mode = 'RowExclusiveLock' AND l.granted AND l.database = (SELECT d.oid
            FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
            AND (l.relation IN ('_partition'::pg_catalog.regclass, '_counter'::pg_catalog.regclass)
            OR a.state = 'active' AND a.query LIKE 'COPY %' AND l.relation IN (SELECT c.oid
            FROM pg_catalog.pg_class AS c WHERE c.relnamespace = (SELECT p.relnamespace FROM pg_catalog.pg_class AS p
            WHERE p.oid = '_partition'::pg_catalog.regclass))))
            """, "ending sessions of frozen workers")
    }
}
