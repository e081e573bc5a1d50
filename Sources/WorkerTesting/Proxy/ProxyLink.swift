import Glibc
import Threads

/// One connection through the proxy.
final class ProxyLink {
    enum Incident {
        case nothing
        /// The client has sent what the trap waits for.
        case sprung(trap: Int)
        /// The server has answered into the trap, and the connection is cut.
        case replyLost
    }

    private let toServer: ProxyPipe
    private let toClient: ProxyPipe
    private(set) var isOver = false
    /// Set by a trap: the server's answers are lost from here on.
    private var losesReply = false
    private var watched = TriggerWatch()

    /// How long a server must have been silent before its answer counts as given.
    private static let quiet: Int64 = 100_000_000

    init(client: Socket, server: Socket) {
        toServer = ProxyPipe(from: client, to: server)
        toClient = ProxyPipe(from: server, to: client)
    }

    var hasLostBytes: Bool { toServer.hasLostBytes || toClient.hasLostBytes }

    var interests: [pollfd] { toServer.interests + toClient.interests }

    /// When something has to be done although no socket moves: held bytes, or the end of a lost answer.
    var due: Int64? {
        [toServer.due, toClient.due, losesReply ? toClient.lostLast.map { $0 + Self.quiet } : nil].compactMap(\.self)
            .min()
    }

    /// Cuts it: both sides see a reset.
    func reset() {
        toServer.target.resetsWhenClosed()
        toClient.target.resetsWhenClosed()
        isOver = true
    }

    /// Moves what there is to move.
    func move(_ plan: ProxyPlan) -> Incident {
        var incident = Incident.nothing
        do throws(ProxyPipe.Broken) {
            let arrived = try toServer.take(delay: plan.delay, swallows: plan.swallowed == .toServer)
            if let trap = plan.trap, !losesReply, watched.sees(trap, arrived) {
                losesReply = true
                incident = .sprung(trap: trap.number)
            }
            _ = try toClient.take(delay: plan.delay, swallows: losesReply || plan.swallowed == .toClient)
            try toServer.give()
            try toClient.give()
        } catch {
            reset()
            return incident
        }
        if losesReply, let last = toClient.lostLast, MonotonicClock.now - last >= Self.quiet {
            // The server is left in an orderly way: a reset could throw away what it has not read yet.
            toClient.target.resetsWhenClosed()
            isOver = true
            return .replyLost
        }
        if toServer.isDone, toClient.isDone { isOver = true }
        return incident
    }
}

/// Looks for a trap's trigger in what a client sends since the trap was set.
private struct TriggerWatch {
    private var number = 0
    private var count = 0
    private var tail: [UInt8] = []

    mutating func sees(_ trap: ProxyTrap, _ bytes: [UInt8]) -> Bool {
        if bytes.isEmpty { return false }
        if trap.number != number {
            number = trap.number
            count = 0
            tail = []
        }
        switch trap.trigger {
        case .bytes(let wanted):
            count += bytes.count
            return count >= wanted
        case .text(let text):
            let pattern = Array(text.utf8)
            tail.append(contentsOf: bytes)
            if tail.contains(pattern) { return true }
            tail = tail.suffix(max(0, pattern.count - 1))
            return false
        }
    }
}
