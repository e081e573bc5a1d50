import Glibc
import Threads

/// A small TCP proxy on loopback between a client and its server: what a bad network does, at a moment that a test
/// chooses. It begins by passing everything on.
///
/// Bytes that were swallowed are lost for good, so a connection that lost some is cut when `pass` is asked again, as a
/// real stream would break. May be used by many threads; one thread of its own moves the bytes.
public final class TCPProxy: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public enum Direction: Sendable {
        case toServer, toClient
    }

    /// What a client sends last before the server's answer is swallowed.
    public enum Trigger: Sendable {
        /// This many further bytes on one connection.
        case bytes(Int)
        /// A text, such as `COMMIT`, wherever the stream is cut into segments.
        case text(String)
    }

    /// Where clients connect to, on 127.0.0.1.
    public let port: UInt16

    private let board: ProxyBoard
    private let thread: OSThread

    /// - Parameter server: the port on 127.0.0.1 that connections are passed on to; nobody has to listen yet.
    public init(to server: UInt16) throws {
        let listener = try Loopback.listen()
        let board = try ProxyBoard()
        port = listener.port
        self.board = board
        thread = try OSThread.start(name: "tcp-proxy") {
            ProxyLoop(listener: listener, server: server, board: board).run()
        }
    }

    deinit { close() }

    // MARK: What the network does

    /// Everything goes through at once. Connections that lost bytes are cut.
    public func pass() {
        change { plan in
            plan.isRefusing = false
            plan.delay = 0
            plan.swallowed = nil
            plan.trap = nil
            plan.cutsBroken = true
        }
    }

    /// Resets every connection; new ones are taken.
    public func cut() { change { $0.cutsAll = true } }

    /// Resets every connection, and new ones as soon as they come, until `pass`.
    public func refuse() {
        change { plan in
            plan.cutsAll = true
            plan.isRefusing = true
        }
    }

    /// Holds each piece back for so long, in both directions, until `pass`.
    public func delay(_ duration: Duration) { change { $0.delay = max(0, duration.wholeNanoseconds) } }

    /// Loses without a word whatever goes in one direction, the end of the connection included, until `pass`: the one
    /// side believes that it is heard.
    public func halfOpen(_ direction: Direction) { change { $0.swallowed = direction } }

    /// Once, on the first connection where the client sends what `trigger` says: that reaches the server, the answer is
    /// lost, and when the server has said what it had to say the connection is cut. Other connections are unharmed.
    public func swallowReply(after trigger: Trigger) {
        change { plan in
            plan.traps += 1
            plan.trap = ProxyTrap(number: plan.traps, trigger: trigger)
        }
    }

    // MARK: What happened

    /// How many answers `swallowReply` has lost since the start.
    public var swallowedReplies: Int { board.read { $0.sprung } }

    /// Waits until another answer has been lost than `before` counted; false when none was in time.
    public func waitForSwallowedReply(beyond before: Int, within timeout: Duration) -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        while swallowedReplies <= before {
            if MonotonicClock.remaining(until: deadline) == .zero { return false }
            usleep(5_000)
        }
        return true
    }

    /// Ends every connection and gives the port back. Does nothing the second time.
    public func close() {
        change { $0.isClosed = true }
        thread.join()
    }

    private func change(_ body: (inout ProxyPlan) -> Void) { board.change(body) }
}
