import Glibc
import Threads

/// One direction of a connection: bytes wait here until they are due and the target takes them.
final class ProxyPipe {
    /// A side is gone; the connection cannot go on.
    struct Broken: Error {}

    private struct Piece {
        let due: Int64
        var bytes: ArraySlice<UInt8>
    }

    let target: Socket
    private let source: Socket
    private var pieces: [Piece] = []
    private var held = 0
    private var hasEnded = false
    private var endDue: Int64 = 0
    private var endIsLost = false
    private var endIsGiven = false
    /// Bytes, or the end: the one side now believes what is not so.
    private(set) var hasLostBytes = false
    /// When bytes were lost last, by the monotonic clock.
    private(set) var lostLast: Int64?

    /// More than this is left with the sender, as a full pipe would.
    private static let capacity = 4 << 20

    init(from source: Socket, to target: Socket) {
        self.source = source
        self.target = target
    }

    /// Nothing will move any more.
    var isDone: Bool { endIsGiven }

    var interests: [pollfd] {
        var found: [pollfd] = []
        if !hasEnded, held < Self.capacity {
            found.append(pollfd(fd: source.descriptor, events: Int16(POLLIN), revents: 0))
        }
        if let first = pieces.first, first.due <= MonotonicClock.now {
            found.append(pollfd(fd: target.descriptor, events: Int16(POLLOUT), revents: 0))
        }
        return found
    }

    /// When held bytes may go on; nil where none are held, or only the target is waited for.
    var due: Int64? {
        let now = MonotonicClock.now
        if let first = pieces.first { return first.due > now ? first.due : nil }
        return hasEnded && !endIsGiven && !endIsLost && endDue > now ? endDue : nil
    }

    /// Reads what has come.
    ///
    /// - Returns: the new bytes, whether they go on or are lost.
    func take(delay: Int64, swallows: Bool) throws(Broken) -> [UInt8] {
        var arrived: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while !hasEnded, held + arrived.count < Self.capacity {
            let count = recv(source.descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                arrived.append(contentsOf: buffer[..<count])
            } else if count < 0, errno == EAGAIN {
                break
            } else if count < 0, errno == EINTR {
                continue
            } else if count == 0 || swallows {
                hasEnded = true
                endDue = MonotonicClock.now + delay
                endIsLost = swallows
                if swallows { hasLostBytes = true }
            } else {
                throw Broken()
            }
        }
        if arrived.isEmpty { return arrived }
        if swallows {
            hasLostBytes = true
            lostLast = MonotonicClock.now
        } else {
            pieces.append(Piece(due: MonotonicClock.now + delay, bytes: arrived[...]))
            held += arrived.count
        }
        return arrived
    }

    /// Hands on what is due.
    func give() throws(Broken) {
        let now = MonotonicClock.now
        while let first = pieces.first, first.due <= now {
            let count = first.bytes.withUnsafeBytes {
                send(target.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EAGAIN { return }
                if errno == EINTR { continue }
                throw Broken()
            }
            held -= count
            if count == first.bytes.count {
                pieces.removeFirst()
            } else {
                pieces[0].bytes = first.bytes.dropFirst(count)
            }
        }
        if hasEnded, !endIsLost, !endIsGiven, pieces.isEmpty, endDue <= now {
            shutdown(target.descriptor, Int32(SHUT_WR))
            endIsGiven = true
        }
    }
}
