private import CSystemd
import Glibc

/// Tells systemd how the worker is (`sd_notify`): ready, what it does, alive, leaving. Without systemd it does nothing.
struct ServiceNotifier: Sendable {
    /// Microseconds between two signs of life that systemd asks for; nil when it asks for none.
    let watchdogInterval: UInt64?

    init() {
        var interval: UInt64 = 0
        watchdogInterval = sd_watchdog_enabled(0, &interval) > 0 ? interval : nil
    }

    func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }
    func status(_ status: String) { send("STATUS=\(status)") }
    func alive() { send("WATCHDOG=1") }
    func stopping() { send("STOPPING=1") }

    private func send(_ state: String) { _ = sd_notify(0, state) }
}
