import Foundation
import ProjectionStore
import Testing
import Threads
import WorkerTesting

extension Scenarios {
    /// A supervisor asks the worker to leave: in the middle of a backlog, a second time because it is impatient, and
    /// while the broker is down. The worker finishes or rolls back what it has in hand and is gone within 25 seconds;
    /// whatever it had not committed is read again by the next one.
    @Suite struct Leaving {
        @Test func `asked in the middle of a backlog it leaves in time and nothing is lost or doubled`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                var options = TestDeployment.Options()
                options.extra = "limits: {batch-events: 50}\n"
                let deployment = try TestDeployment(
                    "backlog", bootstrapServers: kafka.bootstrapServers, options: options)
                let events = try History.events() + History.synthetic() + (0..<40).map { try History.meeting($0) }
                try deployment.send(events, arguments: ["--repeat", "5"])
                var left = 0
                for pause in [0, 100, 300, 600] {
                    let worker = try deployment.startWorker()
                    try worker.mustSay("partitions assigned")
                    usleep(UInt32(pause) * 1000)
                    let asked = MonotonicClock.now
                    try worker.leaves()
                    #expect(MonotonicClock.now - asked < 25_000_000_000)
                    #expect(worker.errors.contains("worker: left"))
                    left += 1
                }
                #expect(left == 4)
                try deployment.workThrough()
                let counters = try deployment.withStore(of: "notifications") { try $0.counters() }
                let facts = try deployment.sql("mechanism-directory", "SELECT count(*) FROM member__facts")
                #expect(facts == "159")
                #expect((counters["duplicates"] ?? 0) > 0)
                // Forty-one meetings and a position, each to every recipient once.
                let mails = try deployment.mails()
                #expect(Set(mails).count == mails.count)
                let notices = try deployment.noticeIDs()
                #expect(Set(notices).count == notices.count, "asked in order, it repeats nothing")
                #expect(notices.count == mails.count)
            }
        }

        @Test func `asked twice it leaves at once`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment("impatient", bootstrapServers: kafka.bootstrapServers)
                try deployment.send(try History.events())
                let worker = try deployment.startWorker()
                try worker.mustSay("partitions assigned")
                worker.terminate()
                worker.terminate()
                // The first may have been enough by the time the second comes.
                let end = worker.wait(.seconds(25))
                #expect(end == .exit(0) || end == .exit(128 + SIGTERM), "\(String(describing: end))")
                try deployment.workThrough()
                #expect(try deployment.sql("mechanism-directory", "SELECT count(*) FROM member__facts") == "159")
            }
        }
    }
}
