import Glibc

/// A socket that is closed with the object.
final class Socket: Sendable {
    let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Lets the other side see a reset instead of an orderly end when the socket is closed.
    func resetsWhenClosed() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    /// No program that this one starts inherits it: it would hold the connection open.
    fileprivate func endsWithThisProgram() { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

    fileprivate func neverBlocks() { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }

    fileprivate func sendsAtOnce() {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// Sockets on 127.0.0.1 that never block.
enum Loopback {
    struct Listener: Sendable {
        let socket: Socket
        let port: UInt16
    }

    /// Listens on a free port.
    static func listen() throws(TCPProxy.Failure) -> Listener {
        let socket = try make()
        var address = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return bind(socket.descriptor, start, length) == 0 && Glibc.listen(socket.descriptor, 64) == 0
                && getsockname(socket.descriptor, start, &length) == 0
        }
        guard isBound else { throw TCPProxy.Failure(description: "no loopback port is free") }
        socket.neverBlocks()
        return Listener(socket: socket, port: UInt16(bigEndian: address.sin_port))
    }

    /// The next client that waits; nil where none does.
    static func accept(_ listener: Listener) -> Socket? {
        let descriptor = Glibc.accept(listener.socket.descriptor, nil, nil)
        guard descriptor >= 0 else { return nil }
        let socket = Socket(descriptor)
        socket.endsWithThisProgram()
        socket.neverBlocks()
        socket.sendsAtOnce()
        return socket
    }

    /// Connects; nil where nobody listens. On loopback that is known at once.
    static func connect(to port: UInt16) -> Socket? {
        guard let socket = try? make() else { return nil }
        var address = Self.address(port)
        let isConnected = withUnsafeBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return Glibc.connect(socket.descriptor, start, socklen_t(bytes.count)) == 0
        }
        guard isConnected else { return nil }
        socket.neverBlocks()
        socket.sendsAtOnce()
        return socket
    }

    private static func make() throws(TCPProxy.Failure) -> Socket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw TCPProxy.Failure(description: "cannot make a socket: \(String(cString: strerror(errno)))")
        }
        return Socket(descriptor)
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
