import Foundation
import ProjectionStore
import Testing
import WorkerTesting

extension BrokerScenarios {
    /// The worker is down while two reminders become due. One meeting was moved before its reminder was due, the other
    /// one after: nobody may be reminded of the first one's old date, and everybody of the second one's, exactly once, as
    /// if the worker had never been away.
    @Suite struct TimerAfterOutage {
        @Test func `what was recorded before the due time counts, and what was recorded after it does not`()
            async throws
        {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try Reminders.deployment("timer-outage", kafka)
                let due = Date(timeIntervalSinceNow: 12)
                let later = Date(timeIntervalSinceNow: 864_000)
                try deployment.send([
                    Reminders.meeting("moved-before", reminder: due), Reminders.meeting("moved-after", reminder: due),
                ])
                try deployment.workThrough()
                try deployment.send([Reminders.rescheduled("moved-before", reminder: later)])
                try #require(Date() < due, "the machine is too slow for this story")
                Reminders.sleep(until: due.addingTimeInterval(0.5))
                try deployment.send([Reminders.rescheduled("moved-after", reminder: later)])
                #expect(try deployment.firings().isEmpty)

                try deployment.workThrough()
                #expect(try deployment.reminders() == Reminders.recipients.map { "moved-after to \($0)" })
                let firings = try deployment.firings()
                #expect(firings.map(\.name) == ["meeting-reminder/moved-after"])
                let end = try deployment.withStore(of: "notifications") { store in
                    try store.partitions().first { $0.key == firings.first?.partition }?.nextOffset ?? 0
                }
                #expect(firings.first?.afterOffset == end - 2, "before the second change and after the first")
                #expect(
                    try deployment.pendingTimers() == ["meeting-reminder/moved-after", "meeting-reminder/moved-before"])
                let again = try deployment.startWorker()
                try again.mustSay("partitions assigned")
                sleep(2)
                try again.leaves()
                #expect(try deployment.firings() == firings)
            }
        }
    }
}
