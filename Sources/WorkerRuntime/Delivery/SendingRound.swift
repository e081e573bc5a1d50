import Threads

/// Tells a sender's thread which messages still count: each recall begins a round, and what was handed on in an older
/// one is not sent any more.
///
/// `@unchecked Sendable`: all state is guarded by the monitor.
final class SendingRound: @unchecked Sendable {
    private let monitor = Monitor()
    private var round = 0
    private var isSending = false

    var current: Int { monitor.withLock { round } }

    /// On the sender's thread, before it sends messages of `round`; false where they were recalled.
    func begin(_ round: Int) -> Bool {
        monitor.withLock {
            guard round == self.round else { return false }
            isSending = true
            return true
        }
    }

    func end() {
        monitor.withLock {
            isSending = false
            monitor.broadcast()
        }
    }

    /// Begins another round and waits until nothing of the old one is being sent; false where the deadline passed.
    func next(until deadline: Int64) -> Bool {
        monitor.withLock {
            round += 1
            while isSending {
                if !monitor.wait(until: deadline) { return !isSending }
            }
            return true
        }
    }
}
