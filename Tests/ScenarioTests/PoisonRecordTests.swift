import Foundation
import ProjectionStore
import Testing
import WorkerTesting

extension Scenarios {
    /// A meeting is announced for 31 February: the schema lets it through, the plugin cannot take it. The worker dies
    /// while it writes that down, before and after the commit. Each such record is one dead letter, never none and never
    /// two, the offset is behind it, and the meetings beside it are announced once.
    @Suite struct PoisonRecord {
        @Test(arguments: ["rows-written:1", "before-commit:1", "after-commit:1"])
        func `a dead letter and its offset are written together`(_ crash: String) async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                var options = TestDeployment.Options()
                options.plugins = ["notifications"]
                let deployment = try TestDeployment(
                    "poison", bootstrapServers: kafka.bootstrapServers, partitions: 1, options: options)
                try deployment.send(try History.events() + History.synthetic() + [History.meeting(1)])
                try deployment.workThrough()
                let before = try deployment.mails().count
                try deployment.send([try History.impossibleMeeting(2), try History.meeting(3)])
                let dying = try deployment.startWorker(crash: crash)
                #expect(dying.wait() == .signal(SIGKILL))
                try deployment.workThrough()
                #expect(try deployment.letters("notifications") == ["dead 1"])
                let mails = try deployment.mails()
                #expect(mails.count > before)
                #expect(Set(mails).count == mails.count)
                let letter = try deployment.withStore(of: "notifications") {
                    try $0.deadLetters(.open, limit: 2, after: 0)
                }
                #expect(letter.first?.content.reason == "date-invalid")
                #expect(letter.first?.content.isEnvelope == false)
            }
        }
    }
}
