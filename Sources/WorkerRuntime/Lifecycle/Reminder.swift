import Threads

/// When to say again that something is away: at once, and then every 30 seconds.
struct Reminder {
    private static let pause: Int64 = 30_000_000_000

    /// When the next one is due, by the monotonic clock in nanoseconds.
    private(set) var next: Int64 = .min

    /// Whether it is to be said now; then it counts as said.
    mutating func isDue() -> Bool {
        guard MonotonicClock.now >= next else { return false }
        next = MonotonicClock.now + Self.pause
        return true
    }
}
