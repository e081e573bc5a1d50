import Foundation
import ProjectionStore
import Testing
import WorkerTesting

extension Scenarios {
    /// A reminder is due, and the power fails just then: after the handler ran and before the commit; again right after
    /// the commit, before anything was sent; and a third time after the first letters went out. Whoever comes next finds
    /// the timer, or finds it fired, and never both.
    @Suite struct TimerKilled {
        @Test func `a reminder fires once though the worker is killed around it`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try Reminders.deployment("timer-killed", kafka)
                let due = Date(timeIntervalSinceNow: 8)
                try deployment.send([Reminders.meeting("m1", reminder: due)])
                let first = try deployment.startWorker(crash: "timer-fired:1")
                try deployment.waitUntilCaughtUp(while: first)
                #expect(try deployment.pendingTimers() == ["meeting-reminder/m1"])
                #expect(first.wait(.seconds(60)) == .signal(SIGKILL), "\(first.errors.suffix(3000))")
                #expect(Date() >= due)
                #expect(try deployment.firings().isEmpty, "nothing was committed")
                #expect(try deployment.reminders().isEmpty)

                let second = try deployment.startWorker(crash: "timer-committed:1")
                #expect(second.wait(.seconds(60)) == .signal(SIGKILL), "\(second.errors.suffix(3000))")
                #expect(try deployment.firings().map(\.outcome) == [.fired])
                #expect(try deployment.pendingTimers().isEmpty)

                let third = try deployment.startWorker(crash: "after-send-before-settle:1")
                #expect(third.wait(.seconds(60)) == .signal(SIGKILL), "\(third.errors.suffix(3000))")
                try deployment.workThrough()
                #expect(try deployment.firings().count == 1)
                #expect(try deployment.reminders() == Reminders.recipients.map { "m1 to \($0)" })
                // The announcement and the reminder, to each of the two; the topic may show one again under its id.
                #expect(try Set(deployment.noticeIDs()).count == 4)
                #expect(try deployment.mails().count == 4)

                // As the operator sees it.
                #expect(try deployment.run(["timers", "list"]) == "no timers\n")
                let log = try deployment.run(["timers", "list", "--fired", "--plugin", "notifications"])
                #expect(log.contains("fired") && log.contains("meeting-reminder/m1"), "\(log)")
            }
        }
    }
}
