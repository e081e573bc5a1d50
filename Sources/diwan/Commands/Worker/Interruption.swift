import Glibc
import Threads

/// SIGTERM and SIGINT, taken by a thread that waits for them, so that no handler runs between two instructions.
///
/// `block` has to be called before any other thread is started: threads inherit what is blocked.
enum Interruption {
    private static var signals: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }

    static func block() {
        var set = signals
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for the first signal.
    static func wait() {
        var set = signals
        var number: Int32 = 0
        while sigwait(&set, &number) != 0 {}
    }

    /// Waits for a signal or for `gate`, whichever comes first.
    static func wait(orUntil gate: Gate) {
        while !gate.isOpen {
            if waitOnce(milliseconds: 100) != nil { return }
        }
    }

    /// At the first signal calls `stop`; at the second one, or when leaving takes longer than `patience`, ends the process.
    ///
    /// - Parameter patience: how long the work may take to leave, once asked.
    static func watch(patience: Duration, stop: @escaping @Sendable () -> Void) throws(OSThread.StartFailure) {
        _ = try OSThread.start(name: "signals") {
            wait()
            stop()
            let deadline = MonotonicClock.deadline(after: patience)
            while let left = MonotonicClock.remaining(until: deadline), left > .zero {
                guard let second = waitOnce(milliseconds: 500) else { continue }
                Output.say("diwan: a second signal: leaving at once; what was not committed is read again next time")
                _exit(128 + second)
            }
            Output.say("diwan: leaving took too long; what was not committed is rolled back and read again next time")
            _exit(70)
        }
    }

    private static func waitOnce(milliseconds: Int) -> Int32? {
        var set = signals
        var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        let number = sigtimedwait(&set, nil, &time)
        return number > 0 ? number : nil
    }
}
