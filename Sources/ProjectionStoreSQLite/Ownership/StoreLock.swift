import Glibc
import ProjectionStore
import Synchronization

/// The lock file of a deployment's store folder: one process holds it (rule 19).
///
/// `flock` belongs to the open file, not to the process: no other descriptor that closes can lose it, and the kernel
/// frees it when the holder dies, however it dies. It is close-on-exec, so no child keeps it alive.
enum StoreLock {
    enum Attempt {
        case taken(Int32)
        case held(by: String)
    }

    static func attempt(_ path: String) throws(StoreError) -> Attempt {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw StoreFolder.failure(errno, "cannot open the lock file \(path)") }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
            // A name that cannot be written (a full disk) does not weaken the lock.
            writeHolder(descriptor)
            return .taken(descriptor)
        }
        let code = errno
        defer { close(descriptor) }
        guard code == EWOULDBLOCK || code == EINTR else {
            throw StoreFolder.failure(code, "cannot lock \(path)")
        }
        return .held(by: settledHolder(descriptor))
    }

    static func release(_ descriptor: Int32) {
        _ = ftruncate(descriptor, 0)
        close(descriptor)
    }

    private static func writeHolder(_ descriptor: Int32) {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let text = "process \(getpid()) on \(name) since \(now())\n"
        _ = ftruncate(descriptor, 0)
        _ = text.utf8.withContiguousStorageIfAvailable { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    /// A holder writes its name just after it has the lock: what is read twice alike is its own, and not that of one who
    /// died before.
    private static func settledHolder(_ descriptor: Int32) -> String {
        var last = readHolder(descriptor)
        for _ in 0..<10 {
            usleep(20_000)
            let now = readHolder(descriptor)
            if let now, now == last { return now }
            last = now
        }
        return last ?? "a process that has not written its name"
    }

    /// nil where nothing stands there.
    private static func readHolder(_ descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 300)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        // Whatever stands there goes into a message: one line of printable ASCII, or nothing.
        let line = bytes.prefix(max(0, count)).prefix { $0 >= 0x20 && $0 < 0x7F }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }

    private static func now() -> String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Whether this process holds the folder, shared by all copies of a provider.
final class OwnershipState: Sendable {
    private let holders = Mutex(0)

    var isHeld: Bool { holders.withLock { $0 > 0 } }
    func taken() { holders.withLock { $0 += 1 } }
    func released() { holders.withLock { $0 -= 1 } }
}

/// Releases once, at the latest when nobody refers to it any more.
final class SQLiteStoreOwnership: StoreOwnership {
    private let descriptor: Mutex<Int32?>
    private let state: OwnershipState

    init(descriptor: Int32, state: OwnershipState) {
        self.descriptor = Mutex(descriptor)
        self.state = state
        state.taken()
    }

    deinit { release() }

    func release() {
        guard let held = descriptor.withLock({ $0.take() }) else { return }
        state.released()
        StoreLock.release(held)
    }
}
