import Glibc

/// Keeps a loopback port for a mock broker that is down: librdkafka aborts the process when the broker comes up again and
/// somebody else has got its port meanwhile, as any outgoing connection may.
final class HeldPort: Sendable {
    private let socket: Int32

    /// Nil where the port cannot be had: then nothing is kept.
    init?(_ port: UInt16) {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        // The connections of the broker that went down may linger on the port.
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        socket = descriptor
    }

    deinit { Glibc.close(socket) }
}
