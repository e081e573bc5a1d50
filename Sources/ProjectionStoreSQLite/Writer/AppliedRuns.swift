import ProjectionStore

/// The applied events of large transactions. Each transaction appends a run: its events in the order of their
/// fingerprints, packed into blocks of about a page. As rows of a tree they would cost an insertion each, and every
/// transaction would write most pages of the tree again, because fingerprints are random.
///
/// A block holds an equal part of the fingerprints that there can be, so a look-up computes which one it has to read in
/// each run. Runs of one level are merged into one of the next as soon as there are `fanIn` of them, so that they stay few.
///
/// On the connection that it is given: the writer's, or a reader's that only asks.
struct AppliedRuns {
    private let database: SQLiteDatabase

    /// Transactions of fewer events keep them as rows.
    static let leastEvents = 4096
    private static let fanIn = 16
    /// What is called an event's place in SQL: the run's number, then the block's.
    private static let blockBits: Int64 = 24

    init(_ database: SQLiteDatabase) { self.database = database }

    // MARK: Asking

    func content(of fingerprint: Fingerprint) throws(StoreError) -> Fingerprint? {
        // One statement, so that a merge cannot come between the list of runs and a block.
        let statement = try database.statement(
            """
            SELECT b.entries, r.horizon FROM _applied_run AS r JOIN _applied_block AS b
            ON b.place = (r.number << \(Self.blockBits)) | ((? * r.blocks) >> 32) ORDER BY r.number DESC
            """)
        defer { statement.reset() }
        statement.bind(1, Int64(fingerprint.high >> 32))
        while try statement.step() {
            let entry = statement.withBlob(0) { AppliedBlock($0).entry(of: fingerprint) }
            if let entry, entry.recordTime >= statement.integer(1) { return entry.content }
        }
        return nil
    }

    var isEmpty: Bool {
        get throws(StoreError) { try database.integer("SELECT 1 FROM _applied_run LIMIT 1") == nil }
    }

    /// Gives the fingerprints of the blocks behind `place`, of `count` blocks at most.
    ///
    /// - Returns: the place of the last block that was read; nil where there was none.
    func read(
        after place: Int64, blocks count: Int, _ take: (Fingerprint) -> Void
    ) throws(StoreError) -> Int64? {
        let statement = try database.statement(
            "SELECT place, entries FROM _applied_block WHERE place > ? ORDER BY place LIMIT ?")
        defer { statement.reset() }
        statement.bind(1, place)
        statement.bind(2, Int64(count))
        var last: Int64?
        while try statement.step() {
            last = statement.integer(0)
            statement.withBlob(1) { bytes in
                let block = AppliedBlock(bytes)
                for index in 0..<block.count { take(block[index].fingerprint) }
            }
        }
        return last
    }

    // MARK: Writing

    /// Appends a run.
    func record(_ events: [AppliedEvent]) throws(StoreError) {
        let blocks = AppliedBlock.count(forEvents: events.count)
        var ends = [Int](repeating: 0, count: blocks + 1)
        for event in events { ends[AppliedBlock.index(of: event.fingerprint, of: blocks) + 1] += 1 }
        for block in 0..<blocks { ends[block + 1] += ends[block] }
        // Each event to its block, then each block into order: the whole sort without leaving the cache.
        let scattered = [AppliedEvent](unsafeUninitializedCapacity: events.count) { target, count in
            var next = ends
            for event in events {
                let block = AppliedBlock.index(of: event.fingerprint, of: blocks)
                (target.baseAddress.unsafelyUnwrapped + next[block]).initialize(to: event)
                next[block] += 1
            }
            for block in 0..<blocks {
                target[ends[block]..<ends[block + 1]].sort { $0.fingerprint.precedes($1.fingerprint) }
            }
            count = events.count
        }
        let number = try nextNumber()
        var packed = AppliedBlock.Packing()
        for block in 0..<blocks where ends[block] < ends[block + 1] {
            for event in scattered[ends[block]..<ends[block + 1]] { packed.append(event) }
            try insert(&packed, number, block)
        }
        let newest = events.reduce(Int64.min) { max($0, $1.recordTime) }
        try add(Run(number: number, level: 0, blocks: blocks, events: events.count, newest: newest, horizon: .min))
        try merge(level: 0)
    }

    /// Nobody is told any more of events older than `time`, and runs that hold nothing else go.
    func forget(before time: Int64) throws(StoreError) {
        let old = try database.statement("SELECT number, blocks FROM _applied_run WHERE newest < ?")
        old.bind(1, time)
        var runs: [(number: Int64, blocks: Int)] = []
        while try old.step() { runs.append((old.integer(0), Int(old.integer(1)))) }
        old.reset()
        for run in runs { try remove(run.number, blocks: run.blocks) }
        let horizon = try database.statement("UPDATE _applied_run SET horizon = ?1 WHERE horizon < ?1")
        horizon.bind(1, time)
        try horizon.run()
    }

    private func nextNumber() throws(StoreError) -> Int64 {
        (try database.integer("SELECT max(number) FROM _applied_run") ?? 0) + 1
    }

    private func insert(_ packed: inout AppliedBlock.Packing, _ number: Int64, _ block: Int) throws(StoreError) {
        let statement = try database.statement("INSERT INTO _applied_block (place, entries) VALUES (?, ?)")
        statement.bind(1, number << Self.blockBits | Int64(block))
        statement.bind(2, blob: packed.bytes)
        try statement.run()
        packed.removeAll()
    }

    private func add(_ run: Run) throws(StoreError) {
        let statement = try database.statement(
            "INSERT INTO _applied_run (number, level, blocks, events, newest, horizon) VALUES (?, ?, ?, ?, ?, ?)")
        statement.bind(1, run.number)
        statement.bind(2, Int64(run.level))
        statement.bind(3, Int64(run.blocks))
        statement.bind(4, Int64(run.events))
        statement.bind(5, run.newest)
        statement.bind(6, run.horizon)
        try statement.run()
    }

    private func remove(_ number: Int64, blocks: Int) throws(StoreError) {
        // One by one: for a statement that removes many SQLite would keep a copy of every page, in memory.
        let block = try database.statement("DELETE FROM _applied_block WHERE place = ?")
        for index in 0..<Int64(blocks) {
            block.bind(1, number << Self.blockBits | index)
            try block.run()
        }
        let run = try database.statement("DELETE FROM _applied_run WHERE number = ?")
        run.bind(1, number)
        try run.run()
    }

    // MARK: Merging

    private struct Run {
        let number: Int64
        let level: Int
        let blocks: Int
        let events: Int
        let newest: Int64
        /// Events older than this are forgotten.
        let horizon: Int64
    }

    private func merge(level: Int) throws(StoreError) {
        let runs = try runs(level)
        guard runs.count >= Self.fanIn else { return }
        let blocks = AppliedBlock.count(forEvents: runs.reduce(0) { $0 + $1.events })
        let number = try nextNumber()
        var packed = AppliedBlock.Packing()
        var cursors: [Cursor] = []
        for run in runs {
            var cursor = Cursor(run)
            try fill(&cursor)
            if cursor.head != nil { cursors.append(cursor) }
        }
        var events = 0
        var current = 0
        while var least = cursors.indices.first {
            for other in cursors.indices.dropFirst() where cursors[other].precedes(cursors[least]) { least = other }
            guard let event = cursors[least].head else { break }
            cursors[least].at += 1
            if cursors[least].head == nil {
                try fill(&cursors[least])
                if cursors[least].head == nil { cursors.remove(at: least) }
            }
            let block = AppliedBlock.index(of: event.fingerprint, of: blocks)
            if block != current, !packed.isEmpty { try insert(&packed, number, current) }
            current = block
            packed.append(event)
            events += 1
        }
        if !packed.isEmpty { try insert(&packed, number, current) }
        for run in runs { try remove(run.number, blocks: run.blocks) }
        let newest = runs.reduce(Int64.min) { max($0, $1.newest) }
        let horizon = runs.reduce(Int64.max) { min($0, $1.horizon) }
        try add(
            Run(number: number, level: level + 1, blocks: blocks, events: events, newest: newest, horizon: horizon))
        try merge(level: level + 1)
    }

    private func runs(_ level: Int) throws(StoreError) -> [Run] {
        let statement = try database.statement(
            "SELECT number, blocks, events, newest, horizon FROM _applied_run WHERE level = ? ORDER BY number")
        defer { statement.reset() }
        statement.bind(1, Int64(level))
        var runs: [Run] = []
        while try statement.step() {
            runs.append(
                Run(
                    number: statement.integer(0), level: level, blocks: Int(statement.integer(1)),
                    events: Int(statement.integer(2)), newest: statement.integer(3), horizon: statement.integer(4)))
        }
        return runs
    }

    /// Reads a run from its beginning to its end, a block at a time.
    private struct Cursor {
        let run: Run
        var block: [AppliedEvent] = []
        var at = 0
        var nextBlock = 0

        init(_ run: Run) { self.run = run }

        var head: AppliedEvent? { at < block.count ? block[at] : nil }

        func precedes(_ other: Cursor) -> Bool {
            guard let mine = head, let theirs = other.head else { return false }
            return mine.fingerprint.precedes(theirs.fingerprint)
        }
    }

    /// Brings the next block that holds anything, without what is forgotten.
    private func fill(_ cursor: inout Cursor) throws(StoreError) {
        let statement = try database.statement("SELECT entries FROM _applied_block WHERE place = ?")
        while cursor.head == nil, cursor.nextBlock < cursor.run.blocks {
            statement.bind(1, cursor.run.number << Self.blockBits | Int64(cursor.nextBlock))
            cursor.nextBlock += 1
            cursor.at = 0
            let horizon = cursor.run.horizon
            cursor.block =
                try statement.step()
                ? statement.withBlob(0) { bytes in
                    let block = AppliedBlock(bytes)
                    return (0..<block.count).map { block[$0] }.filter { $0.recordTime >= horizon }
                } : []
            statement.reset()
        }
    }
}
