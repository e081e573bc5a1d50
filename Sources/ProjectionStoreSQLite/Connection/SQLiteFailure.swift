private import CSQLite
import Glibc
import ProjectionStore

/// Says of a result code of SQLite whose fault it is and what to do.
enum SQLiteFailure {
    // Swift does not see macros that are made of others.
    private static let busySnapshot = SQLITE_BUSY | 2 << 8
    private static let readonlyMoved = SQLITE_READONLY | 4 << 8
    private static let ioFileSystemCorrupt = SQLITE_IOERR | 33 << 8

    static func error(_ code: Int32, _ handle: OpaquePointer?, _ path: String, _ doing: String) -> StoreError {
        let said = handle.map { String(cString: sqlite3_errmsg($0)) } ?? String(cString: sqlite3_errstr(code))
        var (kind, advice) = meaning(of: code, path)
        if code & 0xFF == SQLITE_CANTOPEN, let handle, [EMFILE, ENFILE].contains(sqlite3_system_errno(handle)) {
            advice = "too many files are open: raise the limit on open files (ulimit -n, LimitNOFILE= of the service)"
        }
        return StoreError(kind, "\(path): \(doing): \(said) (SQLite \(code))\(advice.isEmpty ? "" : "; \(advice)")")
    }

    /// Failures of an input or output after which nobody can know what reached the disk.
    private static let diskFailures: Set<Int32> = Set(
        // Read, short read, write, flush, flush of a folder, shorten, ask for the size, close.
        [1, 2, 3, 4, 5, 6, 7, 16].map { SQLITE_IOERR | $0 << 8 })

    private static let readOnly = (
        StoreError.Code.notWritable, "give the worker's user the right to write the file and its folder"
    )

    /// Whether the file or its log may be written; SQLite does not tell that from a disk that fails.
    private static func isWritable(_ path: String) -> Bool {
        [path, path + "-wal"].allSatisfy { (file: String) in access(file, W_OK) == 0 || errno == ENOENT }
    }

    private static func meaning(of code: Int32, _ path: String) -> (StoreError.Code, String) {
        switch code {
        case busySnapshot:
            return (.retry, "another transaction came first: do it again")
        case readonlyMoved:
            return (.notWritable, "the file was moved or deleted while in use: restart the worker")
        case ioFileSystemCorrupt:
            return (.corrupt, "the file system is damaged: check the disk, then restore a backup or rebuild")
        default: break
        }
        switch code & 0xFF {
        case SQLITE_FULL:
            return (.unavailable, "the disk is full: free space; the worker goes on by itself")
        case SQLITE_IOERR where diskFailures.contains(code) && !isWritable(path):
            return readOnly
        case SQLITE_IOERR where diskFailures.contains(code):
            // Going on could build on pages that the system calls written and that are not.
            return (
                .corrupt,
                "the disk fails: look at the system's log and replace it; what was committed is found again at the "
                    + "next start"
            )
        case SQLITE_IOERR:
            return (.unavailable, "the disk does not answer as it should: look at the system's log")
        case SQLITE_BUSY:
            return (
                .unavailable,
                "another program has the file open for writing: close it; only the worker writes to a store"
            )
        case SQLITE_CANTOPEN:
            return (.unavailable, "look whether its folder is there and may be written")
        case SQLITE_NOMEM, SQLITE_NOLFS:
            return (.unavailable, "")
        case SQLITE_LOCKED, SQLITE_SCHEMA:
            return (.retry, "")
        case SQLITE_READONLY, SQLITE_PERM:
            return readOnly
        case SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG:
            return (.constraint, "")
        case SQLITE_NOTADB:
            return (.corrupt, "it is no SQLite database: move it away, or name another folder")
        case SQLITE_CORRUPT, SQLITE_FORMAT:
            return (.corrupt, "restore a backup, or move it away and let the worker rebuild it from the log")
        case SQLITE_INTERRUPT:
            return (.query, "it took too long and was stopped")
        case SQLITE_ERROR, SQLITE_AUTH, SQLITE_RANGE:
            return (.query, "")
        default:
            return (.unavailable, "")
        }
    }
}
