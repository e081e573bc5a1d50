import Foundation
import Glibc
import Synchronization
import Threads
import WorkerTesting

/// Hears what a worker tells its supervisor through `NOTIFY_SOCKET`.
final class Supervisor: Sendable {
    /// For the worker's environment.
    let path: String
    private let messages = Messages()
    private let stopping = Flag()
    private let reader: OSThread

    init() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "notify-\(UUID().uuidString.prefix(8))"
        )
        .path
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8).prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw Diwan.Unexpected("cannot bind \(path): \(String(cString: strerror(errno)))") }
        self.path = path
        // The kernel keeps a few messages, and whoever sends one more waits: they are read as they come.
        reader = try OSThread.start(name: "supervisor") { [messages, stopping] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while !stopping.isSet {
                let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count > 0 { messages.add(String(decoding: buffer[..<count], as: UTF8.self)) } else { usleep(10_000) }
            }
            close(descriptor)
            unlink(path)
        }
    }

    deinit {
        stopping.set()
        reader.join()
    }

    /// Waits until it is told this; messages from before count too.
    func hears(_ text: String, within timeout: Duration = .seconds(10)) -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        while !messages.contain(text) {
            if MonotonicClock.remaining(until: deadline) == .zero { return false }
            usleep(20_000)
        }
        return true
    }

    /// Whether it was told this so far.
    func hasHeard(_ text: String) -> Bool { messages.contain(text) }

    private final class Messages: Sendable {
        private let all = Mutex<[String]>([])
        func add(_ message: String) { all.withLock { $0.append(message) } }
        func contain(_ text: String) -> Bool { all.withLock { $0.contains { $0.contains(text) } } }
    }
}
