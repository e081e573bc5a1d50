import Foundation
import ProjectionStore
import Testing
import Threads
import WorkerRuntime
import WorkerTesting

extension Scenarios {
    /// A meeting is announced for 31 February and then moved, twice. The announcement cannot be taken; what moves the
    /// meeting waits behind it, while another meeting is announced at once. The operator tries again in vain, then edits
    /// the date; the worker dies in the middle of that, before and after the commit. In the end every event has had
    /// its effect once and in order, and every attempt can be read.
    @Suite struct ParkedSequence {
        @Test(arguments: StoreKind.available)
        func `what is parked waits in order, and is redriven once whatever dies`(_ store: StoreKind) async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka, store) }
        }

        private static let plugin = "notifications"

        private static func story(_ kafka: RealKafka, _ store: StoreKind) throws {
            var options = TestDeployment.Options()
            options.plugins = [plugin]
            options.store = try store.store()
            // With less a server that crashes takes back what was committed.
            options.durability = store == .sqlite ? "normal" : "full"
            let deployment = try TestDeployment("parked", bootstrapServers: kafka.bootstrapServers, options: options)
            try deployment.send(try History.events() + History.synthetic())
            try deployment.workThrough()
            let before = try deployment.mails()
            try deployment.send([
                try History.impossibleMeeting(1), History.moved(1, 1), try History.meeting(2), History.moved(1, 2),
            ])
            let worker = try deployment.startWorker()
            try deployment.waitUntilCaughtUp(while: worker)
            #expect(try deployment.letters(plugin) == ["dead 1", "parked 0", "parked 0"])
            let announced = Set(try deployment.mails()).subtracting(before)
            #expect(!announced.isEmpty)
            try saysWhatWaits(deployment)

            // In vain, twice: two callers at the same moment.
            #expect(try twoCallers(deployment) == [["failedAgain"], ["failedAgain"]])
            #expect(try deployment.letters(plugin) == ["dead 3", "parked 0", "parked 0"])
            #expect(Set(try deployment.mails()).subtracting(before) == announced)
            let replacement = try History.meeting(1)
            let trial = try deployment.ask(plugin, .edit, [1], replacement: replacement, dry: true)
            #expect(trial?.states == ["edited", "redriven", "redriven", "redriven"])
            #expect(trial?.first?.rows.map(\.table).sorted() == ["meeting", "meeting_change", "meeting_change"])
            #expect(trial?.first?.messages.isEmpty == false)
            try worker.leaves()

            // It dies before the commit: nothing has happened.
            try dies(deployment, store, "redrive-written:1", replacement)
            #expect(try deployment.letters(plugin) == ["dead 3", "parked 0", "parked 0"])
            // It dies after the commit of the first step, which has happened as a whole. The next worker goes on with the
            // rest by itself, and the same command again does nothing twice.
            try dies(deployment, store, "redrive-committed:1", replacement)
            #expect(try audited(deployment).contains("edit"))
            let last = try deployment.startWorker()
            try last.mustSay(store.reading)
            #expect(try deployment.ask(plugin, .edit, [1], replacement: replacement)?.last?.isFinished == true)
            #expect(try deployment.letters(plugin) == ["redriven 3", "redriven 0", "redriven 0"])
            #expect(try deployment.ask(plugin, .edit, [1], replacement: replacement)?.states == ["settled"])
            try deployment.waitUntilCaughtUp(while: last)
            try last.leaves()

            let changes = try deployment.sql(
                plugin,
                "SELECT event_id FROM meeting_change__facts WHERE event_id LIKE 'synthetic/moved/%' ORDER BY event_id")
            #expect(changes == "synthetic/moved/1/1\nsynthetic/moved/1/2")
            let mails = try deployment.mails()
            #expect(Set(mails).count == mails.count)
            // The edited announcement tells as many as the other meeting's did.
            #expect(mails.count == before.count + 2 * announced.count)
            #expect(Set(trial?.first?.messages.map(\.id) ?? []).isSubset(of: try ids(deployment)))
            #expect(try audited(deployment) == ["redrive", "redrive", "edit", "redrive"])
        }

        /// In both languages.
        private static func saysWhatWaits(_ deployment: TestDeployment) throws {
            let english = try deployment.run(["projection", "show", "recipients", "--language", "en"])
            #expect(english.contains("3 events are parked"), "\(english)")
            let arabic = try deployment.run(["projection", "show", "recipients", "--language", "ar"])
            #expect(arabic.contains("أحداث معلّقة"), "\(arabic)")
        }

        /// Two redrives at the same moment; what each heard.
        private static func twoCallers(_ deployment: TestDeployment) throws -> [[String]?] {
            let heard = (0..<2).map { _ in OneShot<Result<[String]?, any Error>>() }
            for answer in heard {
                _ = try OSThread.start(name: "caller") {
                    answer.give(Result { try deployment.ask(plugin, .redrive, [1])?.states })
                }
            }
            return try heard.map { try $0.wait()?.get() ?? nil }
        }

        private static func dies(
            _ deployment: TestDeployment, _ store: StoreKind, _ crash: String, _ replacement: String
        ) throws {
            let dying = try deployment.startWorker(crash: crash)
            try dying.mustSay(store.reading)
            #expect(try deployment.ask(plugin, .edit, [1], replacement: replacement, of: dying) == nil)
            #expect(dying.wait() == .signal(SIGKILL))
        }

        /// What was done with the announcement, by whom and why.
        private static func audited(_ deployment: TestDeployment) throws -> [String] {
            let audit = try deployment.withStore(of: plugin) { try $0.audits(of: 1, limit: 20, after: 0) }
            #expect(audit.allSatisfy { $0.actor == "operator" && $0.reason == "a test" })
            return audit.map(\.action)
        }

        private static func ids(_ deployment: TestDeployment) throws -> Set<String> {
            try deployment.withStore(of: plugin) { Set(try $0.outbox(limit: 10_000, after: 0).map(\.content.id)) }
        }
    }
}
