import CSQLite

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Has the system begin to write a write-ahead log to the disk while it still grows. A checkpoint waits until all of the
/// log is there, and in one go that took a fifth of a second for 256 MB, in which nobody worked.
///
/// Of no consequence for what is kept: the checkpoint waits as before, for less.
final class LogWriteback {
    private let path: String
    /// -1 before the first use. SQLite holds no lock on the log's own file that closing this could give up.
    private var descriptor: Int32 = -1

    init(database path: String) { self.path = path + "-wal" }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What the log holds by now goes to the disk in the background.
    func begin() {
        if descriptor < 0 { descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
        guard descriptor >= 0 else { return }
        // What goes wrong shows at the checkpoint.
        diwan_sqlite_begin_writeback(descriptor)
    }
}
