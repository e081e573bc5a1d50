import Glibc
import Threads

/// Waiting, of the thread that drives the run.
enum Pause {
    static func milliseconds(_ count: Int) { usleep(UInt32(max(0, count)) * 1000) }
}

/// How long something may take.
struct Patience {
    private let deadline: Int64?

    init(_ duration: Duration) { deadline = MonotonicClock.deadline(after: duration) }

    var isOver: Bool { MonotonicClock.remaining(until: deadline) == .zero }
}
