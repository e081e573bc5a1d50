import Glibc
import PluginKit

/// Points in time as milliseconds since 1970, UTC.
enum UTCTime {
    /// The wall clock. Only the runtime reads it: for record ages, for timers, and to say when something was written.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Reads an RFC 3339 date-time; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? { RFC3339.milliseconds(text) }

    /// RFC 3339 with milliseconds, UTC.
    static func text(_ milliseconds: Int64) -> String { RFC3339.text(milliseconds) }
}
