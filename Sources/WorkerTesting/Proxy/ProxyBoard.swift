import Glibc
import Synchronization

/// A trigger that is waited for, told apart from those before it.
struct ProxyTrap: Sendable {
    let number: Int
    let trigger: TCPProxy.Trigger
}

/// What the network should do now, and what has happened.
struct ProxyPlan: Sendable {
    var isClosed = false
    var isRefusing = false
    /// Nanoseconds.
    var delay: Int64 = 0
    var swallowed: TCPProxy.Direction?
    var trap: ProxyTrap?
    /// To be done once by the loop.
    var cutsAll = false
    var cutsBroken = false
    var traps = 0
    /// Counted by the loop alone.
    var sprung = 0
}

/// Where the proxy's users and its thread meet: the plan behind a lock, and a descriptor that wakes the thread.
final class ProxyBoard: Sendable {
    private let plan = Mutex(ProxyPlan())
    /// Readable when the plan has changed.
    let wakeup: Int32
    private let bell: Int32

    init() throws(TCPProxy.Failure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw TCPProxy.Failure(description: "no descriptor is free") }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        wakeup = ends[0]
        bell = ends[1]
    }

    deinit {
        close(wakeup)
        close(bell)
    }

    func read<Value>(_ body: (ProxyPlan) -> Value) -> Value { plan.withLock { body($0) } }

    func change(_ body: (inout ProxyPlan) -> Void) {
        plan.withLock { body(&$0) }
        // A full pipe wakes as well.
        var ring: UInt8 = 1
        _ = write(bell, &ring, 1)
    }

    /// For the loop: the plan as it stands; what is to be done once is handed out once.
    func take() -> ProxyPlan {
        var rings = [UInt8](repeating: 0, count: 64)
        while Glibc.read(wakeup, &rings, rings.count) == rings.count {}
        return plan.withLock { plan in
            defer {
                plan.cutsAll = false
                plan.cutsBroken = false
            }
            return plan
        }
    }

    /// For the loop: the trap went off.
    func spring(_ trap: Int) { plan.withLock { plan in if plan.trap?.number == trap { plan.trap = nil } } }

    /// For the loop: an answer is lost, and its connection is cut.
    func count() { plan.withLock { $0.sprung += 1 } }
}
