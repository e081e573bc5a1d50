import Glibc
import ProjectionStore

/// The files of a plugin's generations: `NAME.sqlite` is the first, `NAME.gN.sqlite` the Nth, and `NAME.live` says in
/// one number which is live. Without it the first is.
struct GenerationFiles {
    let folder: StoreFolder
    let plugin: String

    func database(_ generation: Int) -> String {
        generation == 1 ? folder.database(of: plugin) : "\(folder.path)/\(plugin).g\(generation).sqlite"
    }

    /// Held by whoever writes a generation that is not live.
    func lockFile(_ generation: Int) -> String { "\(folder.path)/\(plugin).g\(generation).lock" }

    private var pointer: String { "\(folder.path)/\(plugin).live" }

    // MARK: Which is live

    func live() throws(StoreError) -> Int {
        let descriptor = open(pointer, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return 1 }
            throw StoreFolder.failure(errno, "cannot read \(pointer)")
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(descriptor, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0x0A }, as: UTF8.self)
        guard count > 0, let number = Int(text), number > 0 else {
            throw StoreError(
                .corrupt,
                "\(pointer) does not say which generation of plugin \(plugin) is live: it holds one number, that of "
                    + "NAME.gN.sqlite, or 1 for NAME.sqlite; write it, or restore a backup")
        }
        return number
    }

    /// Replaced as a whole: whoever reads it finds the old number or the new one, also after a power cut.
    func setLive(_ generation: Int) throws(StoreError) {
        let draft = pointer + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StoreFolder.failure(errno, "cannot make \(draft)") }
        var text = "\(generation)\n"
        let written = text.withUTF8 { write(descriptor, $0.baseAddress, $0.count) }
        let isKept = written == text.utf8.count && fsync(descriptor) == 0
        let code = errno
        close(descriptor)
        guard isKept else {
            unlink(draft)
            throw StoreFolder.failure(code, "cannot write \(draft)")
        }
        guard rename(draft, pointer) == 0 else { throw StoreFolder.failure(errno, "cannot replace \(pointer)") }
        try syncFolder()
    }

    // MARK: Which there are

    /// Ascending.
    func existing() throws(StoreError) -> [Int] {
        guard let listing = opendir(folder.path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw StoreFolder.failure(errno, "cannot look into \(folder.path)")
        }
        defer { closedir(listing) }
        var found: [Int] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = number(of: name), (StoreFolder.size(of: "\(folder.path)/\(name)") ?? 0) > 0 {
                found.append(number)
            }
        }
        return found.sorted()
    }

    /// No plugin's name holds a dot, so no other plugin's file looks like it.
    private func number(of file: String) -> Int? {
        if file == "\(plugin).sqlite" { return 1 }
        let prefix = "\(plugin).g"
        let suffix = ".sqlite"
        guard file.hasPrefix(prefix), file.hasSuffix(suffix), file.utf8.count > prefix.utf8.count + suffix.utf8.count
        else { return nil }
        let digits = file.dropFirst(prefix.count).dropLast(suffix.count)
        guard let number = Int(digits), number > 1, String(number) == digits else { return nil }
        return number
    }

    /// Removes a generation's files; the database last, so that what is left of a removal that was cut short is still
    /// listed.
    func remove(_ generation: Int) throws(StoreError) {
        let database = database(generation)
        for file in [database + "-wal", database + "-shm", database, lockFile(generation)] {
            guard unlink(file) == 0 || errno == ENOENT else {
                throw StoreFolder.failure(errno, "cannot remove \(file)")
            }
        }
        try syncFolder()
    }

    private func syncFolder() throws(StoreError) {
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreFolder.failure(errno, "cannot open \(folder.path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreFolder.failure(errno, "cannot flush \(folder.path)") }
    }
}
