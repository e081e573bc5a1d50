import ProjectionStore
import ProjectionStorePostgres
import Testing
import WorkerTesting

@Suite("A PostgreSQL that goes away loses nothing and doubles nothing", .enabled(if: PostgresCluster.isAvailable))
struct FailureTests {
    @Test("a connection cut within a transaction undoes it, and the next one goes on")
    func connectionCut() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let provider = store.provider()
            let ownership = try provider.takeOwnership(waiting: nil)
            defer { ownership.release() }
            let writer = try provider.openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            try writer.transaction { _ = try writer.claim(TestStore.state(), replacing: nil) }

            try writer.begin()
            try TestStore.put([("a", "lost", 1)], writer)
            #expect(try TestStore.count(writer) == 1)
            #expect(try store.cluster.cutConnections(named: "for \(store.deployment)") == 1)
            fails(.unavailable) { _ = try writer.advance(TestStore.partition, expected: 0, epoch: 1, to: 5, last: nil) }
            fails(.unavailable) { try writer.commit() }
            writer.rollback()

            #expect(try writer.partitions().first?.nextOffset == 0)
            try writer.transaction {
                try TestStore.put([("b", "kept", 1)], writer)
                let moved = try writer.advance(TestStore.partition, expected: 0, epoch: 1, to: 5, last: nil)
                #expect(moved)
            }
            #expect(try writer.partitions().first?.nextOffset == 5)
            #expect(try TestStore.count(writer) == 1)
        }
    }

    @Test("a session that died while idle is replaced before a transaction begins")
    func idleCut() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let provider = store.provider()
            let ownership = try provider.takeOwnership(waiting: nil)
            defer { ownership.release() }
            let writer = try provider.openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            try store.cluster.cutConnections(named: "for \(store.deployment)")
            try writer.transaction { try TestStore.put([("a", "x", 1)], writer) }
            #expect(try TestStore.count(writer) == 1)
        }
    }

    @Test("a crash of the server within a transaction undoes it; what was committed is there")
    func crash() async throws {
        try await onOwnThread {
            let cluster = try PostgresCluster()
            let store = try TestStore(cluster)
            let provider = store.provider()
            let ownership = try provider.takeOwnership(waiting: nil)
            defer { ownership.release() }
            let writer = try provider.openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            let reader = try provider.openReader(TestStore.manifest())
            defer { reader.close() }
            try writer.transaction {
                _ = try writer.claim(TestStore.state(), replacing: nil)
                try TestStore.put([("a", "before", 1)], writer)
            }
            for round in 0..<2 {
                try writer.begin()
                try TestStore.put([("b", "within", 1)], writer)
                if round == 0 { #expect(try TestStore.count(writer) == 2) }
                try cluster.stop(.immediate)
                fails(.unavailable) { try writer.commit() }
                fails(.unavailable) { try writer.begin() }
                fails(.unavailable) { _ = try writer.partitions() }
                try cluster.start()
                #expect(try TestStore.count(writer) == 1)
                #expect(try reader.partitions().map(\.nextOffset) == [0])
            }
            try writer.transaction {
                let moved = try writer.advance(TestStore.partition, expected: 0, epoch: 1, to: 9, last: nil)
                #expect(moved)
            }
            #expect(try reader.partitions().map(\.nextOffset) == [9])
        }
    }

    @Test("a commit whose answer is lost says unavailable, and the offset says that it was done")
    func lostCommitAnswer() async throws {
        try await onOwnThread {
            // A standby that never comes: the commit is on the disk and waits, and its session is ended meanwhile.
            let cluster = try PostgresCluster(settings: [
                "synchronous_standby_names": "nobody", "synchronous_commit": "local",
            ])
            let store = try TestStore(cluster)
            let patient = PostgresStoreProvider(
                uri: cluster.uri(), deployment: store.deployment, durability: .normal)
            var ownership = try patient.takeOwnership(waiting: nil)
            var writer = try patient.openWriter(TestStore.manifest(), data: [:])
            try writer.transaction { _ = try writer.claim(TestStore.state(), replacing: nil) }
            writer.close()
            ownership.release()

            let provider = store.provider()
            let opened = try openDespiteWaiting(provider, cluster)
            (ownership, writer) = opened
            defer {
                writer.close()
                ownership.release()
            }
            let cutter = Cutter(cluster, waiting: "SyncRep")
            let failure = code {
                try writer.transaction {
                    try TestStore.put([("a", "done", 1)], writer)
                    let moved = try writer.advance(TestStore.partition, expected: 0, epoch: 1, to: 5, last: nil)
                    #expect(moved)
                }
            }
            #expect(cutter.finish() == 1)
            #expect(failure == .unavailable)
            writer.rollback()
            #expect(try writer.partitions().first?.nextOffset == 5)
            #expect(try TestStore.count(writer) == 1)
            // Doing the batch again blindly would be refused.
            fails(.retry) {
                try writer.transaction {
                    let moved = try writer.advance(TestStore.partition, expected: 0, epoch: 1, to: 5, last: nil)
                    #expect(!moved)
                }
            }
        }
    }

    /// Opening an existing store writes nothing, so its commit waits for nobody.
    private func openDespiteWaiting(_ provider: PostgresStoreProvider, _ cluster: PostgresCluster) throws
        -> (any StoreOwnership, any StoreWriter)
    {
        let ownership = try provider.takeOwnership(waiting: nil)
        return (ownership, try provider.openWriter(TestStore.manifest(), data: [:]))
    }

    @Test("a worker whose partition another one claimed finds a stale epoch, also after connecting again")
    func staleOwner() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let writer = try store.provider().openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            try writer.transaction { _ = try writer.claim(TestStore.state(), replacing: nil) }
            try writer.begin()
            try TestStore.put([("a", "stale", 1)], writer)

            let successor = try store.provider().openWriter(TestStore.manifest(), data: [:])
            defer { successor.close() }
            try successor.transaction {
                let moved = try successor.claim(TestStore.state(epoch: 2), replacing: 1)
                #expect(moved)
            }

            let moved = try writer.advance(TestStore.partition, expected: 0, epoch: 1, to: 5, last: nil)
            #expect(!moved)
            fails(.retry) { try writer.commit() }
            #expect(try TestStore.count(successor) == 0)
            try store.cluster.cutConnections(named: "writer % for \(store.deployment)")
            try writer.begin()
            let movedAgain = try writer.advance(TestStore.partition, expected: 0, epoch: 1, to: 5, last: nil)
            #expect(!movedAgain)
            writer.rollback()
        }
    }

    @Test("two transactions that wait for each other: one is told to do its work again")
    func deadlock() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let provider = store.provider()
            let ownership = try provider.takeOwnership(waiting: nil)
            defer { ownership.release() }
            let writer = try provider.openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            try writer.transaction { try writer.count(["a": 1, "b": 1]) }
            try writer.begin()
            try writer.count(["a": 1])
            #expect(try writer.setting("flush") == nil)
            let other = Background {
                try store.cluster.sql(
                    """
                    SET deadlock_timeout = '20s'; SET search_path = "diwan_\(store.deployment)_small"; BEGIN;
                    UPDATE _counter SET value = 7 WHERE name = 'b'; UPDATE _counter SET value = 7 WHERE name = 'a'; COMMIT
                    """)
            }
            let waiting =
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%value = 7%'"
            // Patient: on a busy machine the other takes its time to come to the lock.
            for _ in 0..<3000 {
                if try store.cluster.sql(waiting) != "0" { break }
                pause(milliseconds: 10)
            }
            let failure = code {
                try writer.count(["b": 1])
                try writer.commit()
            }
            #expect(failure == .retry)
            writer.rollback()
            try other.finish()
            try writer.transaction { try writer.count(["b": 1]) }
            let reader = try provider.openReader(TestStore.manifest())
            defer { reader.close() }
            #expect(try reader.counters() == ["a": 7, "b": 8])
        }
    }
}
