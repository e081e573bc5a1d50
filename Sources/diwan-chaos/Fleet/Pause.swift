import Glibc

/// Waiting, of the thread that drives the run.
enum Pause {
    static func milliseconds(_ count: Int) { usleep(UInt32(max(0, count)) * 1000) }
}
