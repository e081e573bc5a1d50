import Foundation
import ProjectionStore
import Testing
import WorkerTesting

extension Scenarios {
    /// The machine's clock is an hour wrong, and somebody sets it right; another day it is the other way round. A
    /// reminder that is due by the wrong clock goes out then, early or late, but it goes out once; and one that was due
    /// when the clock went back still comes.
    @Suite(.enabled(if: FakeClock.isAvailable)) struct ClockJump {
        @Test func `a clock that jumps an hour on and back fires each timer once`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try Reminders.deployment("clock", kafka)
                let clock = try FakeClock(deployment.folder)
                let now = Date()
                try deployment.send([
                    Reminders.meeting("in-half-an-hour", reminder: now.addingTimeInterval(1800)),
                    Reminders.meeting("in-ninety-minutes", reminder: now.addingTimeInterval(5400)),
                ])
                let worker = try deployment.startWorker(environment: clock.environment)
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.firings().isEmpty)

                try clock.set("+3600s")
                try deployment.waitUntilFired(1, while: worker)
                #expect(try deployment.firings().map(\.name) == ["meeting-reminder/in-half-an-hour"])

                // Back: what has fired does not fire again when the clock comes there a second time.
                try clock.set("+0s")
                let due = Date(timeIntervalSinceNow: 4)
                try deployment.send([Reminders.meeting("soon", reminder: due)])
                try deployment.waitUntilCaughtUp(while: worker)
                try clock.set("-3600s")
                Reminders.sleep(until: due.addingTimeInterval(2))
                #expect(try deployment.firings().count == 1, "by that clock it is not due")
                try clock.set("+0s")
                try deployment.waitUntilFired(2, while: worker)
                try clock.set("+7200s")
                try deployment.waitUntilFired(3, while: worker)
                try clock.set("+0s")
                try worker.leaves()

                let next = try deployment.startWorker()
                try next.mustSay("partitions assigned")
                try deployment.waitUntilCaughtUp(while: next)
                try next.leaves()
                let names = ["in-half-an-hour", "soon", "in-ninety-minutes"]
                #expect(try deployment.firings().map(\.name) == names.map { "meeting-reminder/\($0)" })
                #expect(
                    try deployment.reminders()
                        == names.flatMap { name in Reminders.recipients.map { "\(name) to \($0)" } }.sorted())
            }
        }
    }
}

/// A wall clock for one process that a test sets, by libfaketime; the monotonic clock runs on.
struct FakeClock {
    private static let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
    static var isAvailable: Bool {
        let isThere = FileManager.default.fileExists(atPath: library)
        if !isThere { print("SKIPPED: clock jumps were not tried: the package faketime is not installed") }
        return isThere
    }

    private let file: String

    init(_ folder: URL) throws {
        file = folder.appendingPathComponent("clock").path
        try set("+0s")
    }

    /// For the worker's environment. Without `FAKETIME_SHARED` the library changes the environment while the program is
    /// loaded, and a Swift program no longer finds its arguments.
    var environment: [String: String] {
        [
            "LD_PRELOAD": Self.library, "FAKETIME_TIMESTAMP_FILE": file, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "FAKETIME_SHARED": "/none /none",
        ]
    }

    /// - Parameter offset: to the real clock, such as `+3600s`.
    func set(_ offset: String) throws { try "\(offset)\n".write(toFile: file, atomically: true, encoding: .utf8) }
}
