private import CSQLite
import ProjectionStore

/// The settings of the one connection that writes and checkpoints, and how far its write-ahead log has grown.
final class WriterConnection {
    let database: SQLiteDatabase
    /// Pages in the log; SQLite tells it at each commit.
    private let frames: UnsafeMutablePointer<Int32>
    private var mustTruncate = false
    /// Nil where each commit waits for the disk anyway.
    private let writeback: LogWriteback?

    static let pageBytes = 16_384
    /// While live a checkpoint is small, so that no commit waits long behind one; behind, pages that change again and
    /// again are moved once.
    static let liveFrames: Int32 = 8 << 20 / 16_384
    static let behindFrames: Int32 = 256 << 20 / 16_384

    init(path: String, provider: SQLiteStoreProvider, overwritesDeleted: Bool) throws(StoreError) {
        database = try SQLiteDatabase(path: path, mode: .write)
        writeback = provider.durability == .full ? nil : LogWriteback(database: path)
        frames = .allocate(capacity: 1)
        frames.initialize(to: 0)
        sqlite3_busy_timeout(database.handle, 1000)
        // The page size counts only before the first table and before WAL.
        try database.execute("PRAGMA page_size = \(Self.pageBytes)")
        guard try database.text("PRAGMA journal_mode = WAL") == "wal" else {
            throw StoreError(
                .notWritable,
                "\(path): its file system cannot keep a write-ahead log (a network share?): put the store on a local "
                    + "disk")
        }
        let settings = [
            "synchronous = \(provider.durability == .full ? "FULL" : "NORMAL")",
            "wal_autocheckpoint = 0",
            "journal_size_limit = \(Int(Self.behindFrames) * Self.pageBytes)",
            "cache_size = -\(max(1 << 20, provider.cacheBytes) / 1024)",
            "secure_delete = \(overwritesDeleted ? "ON" : "OFF")",
            "temp_store = MEMORY",
            // Otherwise (Debian's default) a replaced row is looked for and deleted first.
            "recursive_triggers = OFF",
        ]
        for setting in settings { try database.execute("PRAGMA \(setting)") }
        sqlite3_wal_hook(
            database.handle,
            { context, _, _, count in
                context?.assumingMemoryBound(to: Int32.self).pointee = count
                return SQLITE_OK
            }, frames)
    }

    deinit {
        close()
        frames.deallocate()
    }

    /// The last connection to close moves the log into the database: the writer, because readers never do.
    func close() {
        guard database.handle != nil else { return }
        database.rollback()
        sqlite3_wal_hook(database.handle, nil, nil)
        database.close()
    }

    // MARK: The log

    /// Has the next checkpoint empty the log, so that no old page stays in it.
    func truncateSoon() { mustTruncate = true }

    /// Empties the log now if that was asked for and no reader stands in the way.
    func truncateIfAsked() {
        guard mustTruncate, !database.isInTransaction else { return }
        // A reader may hold the log for seconds, and the lane should not: the next checkpoint tries again.
        sqlite3_busy_timeout(database.handle, 50)
        defer { sqlite3_busy_timeout(database.handle, 1000) }
        guard sqlite3_wal_checkpoint_v2(database.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil) == SQLITE_OK else {
            return
        }
        frames.pointee = 0
        mustTruncate = false
    }

    func checkpoint(behind: Bool) throws(StoreError) {
        guard !database.isInTransaction, database.damage == nil else { return }
        truncateIfAsked()
        if frames.pointee >= (behind ? Self.behindFrames : Self.liveFrames) {
            try checkpointNow()
        } else if behind {
            writeback?.begin()
        }
    }

    /// Moves what no reader still needs.
    func checkpointNow() throws(StoreError) {
        var inLog: Int32 = 0
        var moved: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(database.handle, nil, SQLITE_CHECKPOINT_PASSIVE, &inLog, &moved)
        // Busy: someone else checkpoints just now, which only a foreign program would do.
        guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else { throw database.fail(code, "a checkpoint") }
        // What was moved is written over by the next commit, which then tells the new length.
        frames.pointee = max(0, inLog - moved)
    }
}
