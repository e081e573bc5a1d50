import Glibc
import ProjectionStore

/// The folder that holds a deployment's stores: only its user may look in (0700), and at its files (0600).
struct StoreFolder {
    let path: String

    var lockFile: String { path + "/diwan.lock" }
    func database(of plugin: String) -> String { "\(path)/\(plugin).sqlite" }

    /// Makes the folder and those above it where they are missing.
    func create() throws(StoreError) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
            guard mkdir(made, 0o700) != 0 else { continue }
            let code = errno
            guard code == EEXIST || Self.isFolder(made) else {
                throw Self.failure(code, "cannot make the store's folder \(made)")
            }
        }
        guard Self.isFolder(path) else {
            throw StoreError(.notWritable, "\(path) is not a folder: name another one for the store")
        }
    }

    /// Makes an empty database file, so that it and what SQLite puts beside it are readable by their user alone.
    ///
    /// A file that is there is never opened here: closing it would drop the locks of other connections of this process.
    func prepareFile(_ file: String) throws(StoreError) {
        if Self.size(of: file) == nil {
            let descriptor = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 || errno == EEXIST else { throw Self.failure(errno, "cannot make \(file)") }
            if descriptor >= 0 { close(descriptor) }
        }
        guard access(file, R_OK | W_OK) == 0 else { throw Self.failure(errno, "cannot write \(file)") }
        guard access(path, W_OK | X_OK) == 0 else { throw Self.failure(errno, "cannot write in \(path)") }
    }

    /// Whether files could be written here now, or the folder be made; changes nothing.
    func check() throws(StoreError) {
        var existing = path
        while Self.size(of: existing) == nil, existing != "/", existing != "." {
            guard let slash = existing.lastIndex(of: "/") else {
                existing = "."
                break
            }
            existing = slash == existing.startIndex ? "/" : String(existing[..<slash])
        }
        guard Self.isFolder(existing) else {
            throw StoreError(.notWritable, "\(existing) is not a folder: name another one for the store")
        }
        guard access(existing, W_OK | X_OK) == 0 else { throw Self.failure(errno, "cannot write in \(existing)") }
        var space = statvfs()
        if statvfs(existing, &space) == 0 {
            let free = UInt64(space.f_bavail) * UInt64(space.f_frsize)
            guard free >= Self.neededBytes else {
                throw StoreError(
                    .unavailable, "\(existing) has only \(free >> 20) MiB left on its disk: free space for the store")
            }
        }
    }

    private static let neededBytes: UInt64 = 16 << 20

    /// nil where there is nothing.
    static func size(of file: String) -> Int64? {
        var information = stat()
        return stat(file, &information) == 0 ? Int64(information.st_size) : nil
    }

    private static func isFolder(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    static func failure(_ code: Int32, _ what: String) -> StoreError {
        let reason = String(cString: strerror(code))
        switch code {
        case ENOSPC, EDQUOT:
            return StoreError(.unavailable, "\(what): \(reason); free space on its disk")
        case EIO, EMFILE, ENFILE, ENOMEM, ENOLCK, EINTR, ESTALE:
            return StoreError(.unavailable, "\(what): \(reason)")
        default:
            return StoreError(
                .notWritable, "\(what): \(reason); give the worker's user the right to it, or name another folder")
        }
    }
}
