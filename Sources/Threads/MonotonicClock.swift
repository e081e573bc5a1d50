import Glibc

/// Time that only goes forward: for deadlines, backoff and ages, never for dates.
public enum MonotonicClock {
    /// Nanoseconds of `CLOCK_MONOTONIC`; unaffected by changes of the wall clock.
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// The monotonic time that lies `timeout` ahead; nil stands for "never" and stays nil. Negative waits count as none.
    public static func deadline(after timeout: Duration?) -> Int64? {
        guard let timeout else { return nil }
        let (sum, overflow) = now.addingReportingOverflow(max(0, timeout.wholeNanoseconds))
        return overflow ? nil : sum
    }

    /// What is left until a deadline, never negative; nil where there is no deadline.
    public static func remaining(until deadline: Int64?) -> Duration? {
        deadline.map { .nanoseconds(max(0, $0 - now)) }
    }
}

extension Duration {
    /// Nanoseconds, clamped to what an `Int64` holds (292 years).
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? .max : sum
    }

    /// Milliseconds, rounded up so that a short wait never becomes none, clamped to what an `Int32` holds.
    public var wholeMilliseconds: Int32 {
        let nanoseconds = wholeNanoseconds
        if nanoseconds <= 0 { return 0 }
        let milliseconds = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1)
        return Int32(clamping: milliseconds)
    }
}
