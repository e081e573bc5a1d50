import Glibc
import Threads

/// The proxy's thread: moves bytes as the plan says. Holds all connections; they end with it.
struct ProxyLoop: ~Copyable {
    let listener: Loopback.Listener
    let server: UInt16
    let board: ProxyBoard
    private var links: [ProxyLink] = []

    init(listener: Loopback.Listener, server: UInt16, board: ProxyBoard) {
        self.listener = listener
        self.server = server
        self.board = board
    }

    consuming func run() {
        // A peer that is gone shows as an error of the call, never as a signal: every send says so.
        while true {
            wait()
            // Asked after waking: what was changed before a byte came holds for that byte.
            var plan = board.take()
            if plan.isClosed { return }
            if plan.cutsAll { for link in links { link.reset() } }
            if plan.cutsBroken { for link in links where link.hasLostBytes { link.reset() } }
            links.removeAll { $0.isOver }
            accept(plan)
            for link in links {
                switch link.move(plan) {
                case .nothing: break
                case .sprung(let trap):
                    plan.trap = nil
                    board.spring(trap)
                case .replyLost: board.count()
                }
            }
            links.removeAll { $0.isOver }
        }
    }

    /// Sleeps until a socket or the plan moves, or held bytes are due.
    private func wait() {
        var polled = [
            pollfd(fd: board.wakeup, events: Int16(POLLIN), revents: 0),
            pollfd(fd: listener.socket.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        var due: Int64?
        for link in links {
            polled.append(contentsOf: link.interests)
            if let next = link.due { due = min(due ?? next, next) }
        }
        let milliseconds = MonotonicClock.remaining(until: due)?.wholeMilliseconds ?? -1
        _ = poll(&polled, nfds_t(polled.count), milliseconds)
    }

    private mutating func accept(_ plan: ProxyPlan) {
        while let client = Loopback.accept(listener) {
            guard !plan.isRefusing, let server = Loopback.connect(to: server) else {
                // Without a server the client sees its connection reset, as from a host that just went down.
                client.resetsWhenClosed()
                continue
            }
            links.append(ProxyLink(client: client, server: server))
        }
    }
}
