import Foundation
import ProjectionStore
import Testing
import WorkerTesting

extension Scenarios {
    /// The server lost its disk, and last night's backup was put back. Since then a meeting was announced and a reminder
    /// of another one went out, the last thing of the day. The operator accepts the backup while the worker waits; the
    /// tables catch up, and nobody gets anything twice that the operator does not let go.
    @Suite(.enabled(if: PostgresCluster.isAvailable)) struct RestoredServer {
        @Test func `a restored server catches up under a running worker, and what it says again is held`() async throws
        {
            _ = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment.shared("server-restored", plugins: ["notifications"])
                let due = Date(timeIntervalSinceNow: 12)
                try deployment.send(Reminders.people + [Reminders.meeting("soon", reminder: due)])
                try deployment.workThrough()
                let cluster = try PostgresCluster.shared.get()
                let schema = "diwan_\(deployment.name)_notifications"
                let backup = try cluster.dump(schema: schema)
                #expect(try deployment.firings().isEmpty, "the machine is too slow for this story")

                try deployment.send([
                    Reminders.meeting("later", reminder: Date(timeIntervalSinceNow: 864_000))
                ])
                let first = try deployment.startWorker()
                try deployment.waitUntilFired(1, while: first)
                try deployment.waitUntilCaughtUp(while: first)
                try first.leaves()
                let tables = try deployment.fingerprints(digests: [])
                let mails = try deployment.mails()
                let notices = try deployment.noticeIDs().sorted()
                #expect(try deployment.reminders() == Reminders.recipients.map { "soon to \($0)" })

                try cluster.sql("DROP SCHEMA \"\(schema)\" CASCADE")
                try cluster.restore(backup)
                let worker = try deployment.startWorker()
                try worker.mustSay("diwan plugin accept-restore")
                try deployment.run(["plugin", "accept-restore", "notifications"])
                try deployment.waitUntilFired(1, while: worker)
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.fingerprints(digests: []) == tables)
                #expect(try deployment.reminders() == Reminders.recipients.map { "soon to \($0)" })
                #expect(try deployment.mails() == mails)
                #expect(try deployment.noticeIDs().sorted() == notices)
                let held = try deployment.held("notifications")
                // A reminder and an announcement, to two people on two channels.
                #expect(held.count == 8)

                try deployment.run(["notices", "release", try #require(held.first), "--plugin", "notifications"])
                try deployment.run(["notices", "drop", "--all", "--plugin", "notifications", "--reason", "sent before"])
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.held("notifications").isEmpty)
                let again = try deployment.noticeIDs()
                #expect(Set(again) == Set(notices) && again.count <= notices.count + 1)
                #expect(try deployment.mails() == mails)

                try deployment.send([Reminders.meeting("new", reminder: Date(timeIntervalSinceNow: 900_000))])
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.mails().count > mails.count)
                try worker.leaves()
            }
        }
    }
}
