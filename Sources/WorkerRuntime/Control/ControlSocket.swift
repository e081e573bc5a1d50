import Glibc

/// The Unix socket of a store's folder: how it is named, made and reached.
///
/// A name longer than the kernel takes (`sun_path`, 108 bytes) is reached by way of a descriptor of the folder.
enum ControlSocket {
    static let name = "worker.sock"

    struct Failure: Error {
        let code: Int32
        let message: String

        init(_ what: String) {
            code = errno
            message = "\(what): \(String(cString: strerror(code)))"
        }

        init(code: Int32, _ message: String) {
            self.code = code
            self.message = message
        }
    }

    /// Listens in the folder. Only for who holds the store's lock: a socket file that is there is a dead worker's.
    static func listen(in folder: String) throws(Failure) -> Int32 {
        let path = "\(folder)/\(name)"
        var information = stat()
        if lstat(path, &information) == 0 {
            guard information.st_mode & S_IFMT == S_IFSOCK else {
                throw Failure(code: EEXIST, "\(path) is there and is no socket: move it away")
            }
            unlink(path)
        }
        let descriptor = try make()
        var isDone = false
        defer { if !isDone { close(descriptor) } }
        // Before it is bound, so that the file never has other rights.
        fchmod(descriptor, 0o600)
        let bound = try withAddress(in: folder) { Glibc.bind(descriptor, $0, $1) }
        guard bound == 0 else { throw Failure("cannot make \(path)") }
        guard Glibc.listen(descriptor, 16) == 0 else { throw Failure("cannot listen on \(path)") }
        isDone = true
        return descriptor
    }

    /// - Returns: nil where no worker answers.
    static func connect(in folder: String) throws(Failure) -> Int32? {
        let descriptor = try make()
        let code = try withAddress(in: folder) { address, size in
            Glibc.connect(descriptor, address, size) == 0 ? 0 : errno
        }
        if code == 0 { return descriptor }
        close(descriptor)
        if code == ENOENT || code == ECONNREFUSED { return nil }
        throw Failure(code: code, "cannot reach \(folder)/\(name): \(String(cString: strerror(code)))")
    }

    static func remove(in folder: String) { unlink("\(folder)/\(name)") }

    /// Who is at the other end: only the same user, or root, may ask anything.
    static func mayAsk(_ descriptor: Int32) -> Bool {
        // The kernel's `struct ucred`, which Glibc hides behind `_GNU_SOURCE`.
        var peer: (process: pid_t, uid: uid_t, gid: gid_t) = (0, uid_t.max, gid_t.max)
        var size = socklen_t(MemoryLayout.size(ofValue: peer))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 else { return false }
        return peer.uid == geteuid() || peer.uid == 0
    }

    private static func make() throws(Failure) -> Int32 {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure("cannot make a socket") }
        return descriptor
    }

    private static func withAddress(
        in folder: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(Failure) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        var path = "\(folder)/\(name)"
        var directory: Int32 = -1
        if path.utf8.count >= capacity {
            directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { throw Failure("cannot open \(folder)") }
            path = "/proc/self/fd/\(directory)/\(name)"
        }
        defer { if directory >= 0 { close(directory) } }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Lines over a connected socket. One thread at a time; `hangUp` may come from another.
///
/// `@unchecked Sendable`: the descriptor never changes and is closed with the object alone; the buffer belongs to the
/// one thread that reads.
final class ControlStream: @unchecked Sendable {
    enum Line {
        case line([UInt8])
        /// Longer than allowed: the rest cannot be told from a next line.
        case tooLong
        /// The other end is gone.
        case end
        case nothingYet
    }

    private let descriptor: Int32
    private let limit: Int
    private var buffer: [UInt8] = []
    /// How much of the buffer is known to hold no line's end.
    private var searched = 0

    /// - Parameter limit: the longest line in bytes.
    init(_ descriptor: Int32, limit: Int) {
        self.descriptor = descriptor
        self.limit = limit
        // Whoever does not read what was asked for does not keep a thread for ever.
        var time = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Wakes whoever reads: the line is cut.
    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// The next line without its end, waiting up to `timeout` milliseconds (-1: without end).
    func read(timeout: Int32 = -1) -> Line {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                searched = 0
                return line.count > limit ? .tooLong : .line(line)
            }
            searched = buffer.count
            guard buffer.count <= limit else { return .tooLong }
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wanted, 1, timeout)
            if ready == 0 { return .nothingYet }
            if ready < 0 {
                if errno == EINTR { continue }
                return .end
            }
            var part = [UInt8](repeating: 0, count: 64 << 10)
            let count = recv(descriptor, &part, part.count, 0)
            if count > 0 {
                buffer.append(contentsOf: part[..<count])
            } else if count == 0 || errno != EINTR {
                return .end
            }
        }
    }

    /// Whether the other end is gone, without taking anything. One that only has nothing more to say is not.
    var isGone: Bool {
        var wanted = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&wanted, 1, 0) > 0
    }

    /// - Returns: false when the other end is gone.
    func write(_ bytes: [UInt8]) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(
                    descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written,
                    Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
