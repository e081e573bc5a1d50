import Foundation
import Synchronization
import Threads

/// Answers each client with what it sent. Ends with the object.
final class EchoServer: Sendable {
    struct Failure: Error {}

    let port: UInt16
    private let listener: Int32
    private let counts = Counts()

    private final class Counts: Sendable {
        let content = Mutex((received: 0, ended: 0))

        func add(_ bytes: Int, _ ends: Int) {
            content.withLock { content in
                content.received += bytes
                content.ended += ends
            }
        }
    }

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = address.withPointer { pointer in
            bind(descriptor, pointer, length) == 0 && listen(descriptor, 16) == 0
                && getsockname(descriptor, pointer, &length) == 0
        }
        guard descriptor >= 0, isBound else { throw Failure() }
        listener = descriptor
        port = UInt16(bigEndian: address.sin_port)
        _ = try OSThread.start(name: "echo") { [counts] in Self.serve(descriptor) { counts.add($0, $1) } }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Bytes that all clients sent.
    var received: Int { counts.content.withLock { $0.received } }
    /// Clients of which the end was seen.
    var ended: Int { counts.content.withLock { $0.ended } }

    private static func serve(_ listener: Int32, _ count: @escaping @Sendable (Int, Int) -> Void) {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else {
                close(listener)
                return
            }
            _ = try? OSThread.start(name: "echo-client") {
                var buffer = [UInt8](repeating: 0, count: 32 << 10)
                while true {
                    let read = recv(client, &buffer, buffer.count, 0)
                    guard read > 0 else { break }
                    count(read, 0)
                    var sent = 0
                    while sent < read {
                        let wrote = buffer[sent..<read].withUnsafeBytes {
                            send(client, $0.baseAddress, $0.count, noSignal)
                        }
                        guard wrote > 0 else { break }
                        sent += wrote
                    }
                }
                count(0, 1)
                close(client)
            }
        }
    }
}

/// A blocking client.
final class TestClient: Sendable {
    private let descriptor: Int32

    init(_ port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in.loopback(port)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard address.withPointer({ connect(descriptor, $0, length) }) == 0 else { throw EchoServer.Failure() }
    }

    deinit { close(descriptor) }

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let wrote = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, noSignal) }
            guard wrote > 0 else { return }
            sent += wrote
        }
    }

    /// Says that nothing more comes.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// That many bytes; nil when the connection ended or failed first.
    func read(_ count: Int, within timeout: Duration = .seconds(30)) -> [UInt8]? {
        var found: [UInt8] = []
        while found.count < count {
            guard let more = receive(count - found.count, timeout), !more.isEmpty else { return nil }
            found += more
        }
        return found
    }

    func readAll() -> [UInt8] {
        var found: [UInt8] = []
        while let more = receive(1 << 16, .seconds(30)), !more.isEmpty { found += more }
        return found
    }

    /// Whether neither a byte nor an end comes for so long.
    func stillWaits(for duration: Duration) -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&polled, 1, duration.wholeMilliseconds) == 0
    }

    /// Empty at the end; nil after a reset or when nothing came in time.
    private func receive(_ most: Int, _ timeout: Duration) -> [UInt8]? {
        if stillWaits(for: timeout) { return nil }
        var buffer = [UInt8](repeating: 0, count: most)
        let count = recv(descriptor, &buffer, most, 0)
        return count < 0 ? nil : Array(buffer[..<count])
    }
}

private let noSignal = Int32(MSG_NOSIGNAL)

extension sockaddr_in {
    fileprivate static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    fileprivate mutating func withPointer<Result>(_ body: (UnsafeMutablePointer<sockaddr>) -> Result) -> Result {
        withUnsafeMutablePointer(to: &self) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }
}
