import Foundation
import Testing
import Threads
import WorkerTesting

extension BrokerScenarios {
    /// The broker hangs, and just then the supervisor asks the worker to leave; a minute later somebody, impatient, asks
    /// again. The first request is enough to leave in time; the second makes nothing worse. What was not committed is
    /// read by the next worker, once.
    @Suite struct BrokerDownLeaving {
        @Test
        func `asked while the broker hangs it leaves in time, asked twice at once, and nothing is lost or doubled`()
            async throws
        {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment("down", bootstrapServers: kafka.bootstrapServers)
                let history = try History.events()
                try deployment.send(history + History.synthetic() + (0..<20).map { try History.meeting($0) })
                for asksTwice in [false, true] {
                    let worker = try deployment.startWorker()
                    try worker.mustSay("partitions assigned")
                    try kafka.pause()
                    defer { try? kafka.resume() }
                    let asked = MonotonicClock.now
                    worker.terminate()
                    if asksTwice {
                        usleep(200_000)
                        worker.terminate()
                    }
                    let end = worker.wait(.seconds(30))
                    // Without the broker, goodbye to the group may not be said: the leaving is in order all the same.
                    #expect(
                        end == .exit(0) || (asksTwice && end == .exit(128 + SIGTERM)),
                        "\(String(describing: end)): \(worker.errors.suffix(2000))")
                    #expect(MonotonicClock.now - asked < 25_000_000_000)
                }
                try kafka.resume()
                try deployment.workThrough()
                #expect(try deployment.sql("mechanism-directory", "SELECT count(*) FROM member__facts") == "159")
                let mails = try deployment.mails()
                #expect(Set(mails).count == mails.count)
                #expect(try Set(deployment.noticeIDs()).count == mails.count)
                #expect(!mails.isEmpty)
            }
        }
    }
}
