import Foundation
import ProjectionStore
import Testing
import WorkerTesting

extension Scenarios {
    /// The machine's clock is an hour wrong, and somebody sets it right; another day it is the other way round. A
    /// reminder that is due by the wrong clock goes out then, early or late, but it goes out once; and one that was due
    /// when the clock went back still comes.
    @Suite struct ClockJump {
        @Test func `a clock that jumps an hour on and back fires each timer once`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try Reminders.deployment("clock", kafka)
                let clock = try TrialClock(deployment.folder)
                let now = Date()
                try deployment.send([
                    Reminders.meeting("in-half-an-hour", reminder: now.addingTimeInterval(1800)),
                    Reminders.meeting("in-ninety-minutes", reminder: now.addingTimeInterval(5400)),
                ])
                let worker = try deployment.startWorker(environment: clock.environment)
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.firings().isEmpty)

                try clock.set(.seconds(3600))
                try deployment.waitUntilFired(1, while: worker)
                #expect(try deployment.firings().map(\.name) == ["meeting-reminder/in-half-an-hour"])

                // Back: what has fired does not fire again when the clock comes there a second time.
                try clock.set(.zero)
                let due = Date(timeIntervalSinceNow: 4)
                try deployment.send([Reminders.meeting("soon", reminder: due)])
                try deployment.waitUntilCaughtUp(while: worker)
                try clock.set(.seconds(-3600))
                Reminders.sleep(until: due.addingTimeInterval(2))
                #expect(try deployment.firings().count == 1, "by that clock it is not due")
                try clock.set(.zero)
                try deployment.waitUntilFired(2, while: worker)
                try clock.set(.seconds(7200))
                try deployment.waitUntilFired(3, while: worker)
                try clock.set(.zero)
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
