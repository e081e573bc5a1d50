import Foundation
import KafkaClient
import ProjectionStore
import Testing
import Threads
import WorkerTesting

extension Scenarios {
    /// A plugin's new version counts otherwise, and its tables have to be built anew from fifteen years of events. The
    /// office cannot wait: the old version goes on answering meanwhile, notices go out as ever, and the day the new one
    /// takes over nobody gets a notice twice, and nobody misses one. The new version is not liked; the old one comes back
    /// the same day.
    @Suite struct Rebuild {
        private static let plugin = "notifications"

        private static func deployment(_ stem: String, _ options: TestDeployment.Options = .init()) throws
            -> TestDeployment
        {
            try TestDeployment(stem, bootstrapServers: try OnKafka.kafka().bootstrapServers, options: options)
        }

        @Test func `a rebuilt plugin gives the same tables, also after a crash in the middle`() async throws {
            let plugins = ["mechanism-directory", "notifications"]
            var options = TestDeployment.Options()
            options.plugins = plugins
            let deployment = try Self.deployment("rebuilt", options)
            try await onOwnThread {
                let synthetic = try History.synthetic()
                try deployment.send(try History.events() + synthetic.dropLast(4))
                let worker = try deployment.startWorker()
                try deployment.waitUntilCaughtUp(while: worker)
                let before = try deployment.fingerprints(digests: [])
                let notices = try deployment.noticeIDs().sorted()
                for plugin in plugins {
                    // Killed in its first transaction, and after the next when it goes on.
                    for place in ["before-commit:1", "after-commit:2"] {
                        let killed = try deployment.answer(
                            ["plugin", "rebuild", plugin], environment: ["DIWAN_CRASH_AT": place])
                        #expect(killed.end == .signal(SIGKILL) || place != "before-commit:1", "\(killed.errors)")
                    }
                    try deployment.run(["plugin", "rebuild", plugin])
                    let compared = try deployment.run(["plugin", "compare", plugin])
                    #expect(compared.hasSuffix("the same\n"), "\(compared)")
                }
                #expect(try deployment.noticeIDs().sorted() == notices)
                try worker.leaves()

                for plugin in plugins { try deployment.run(["plugin", "promote", plugin]) }
                #expect(try deployment.live(Self.plugin) == 2)
                #expect(try deployment.fingerprints(digests: []) == before)
                try deployment.send(Array(synthetic.suffix(4)))
                try deployment.workThrough()
                let mails = try deployment.mails()
                let sent = try deployment.noticeIDs()
                #expect(Set(sent).count == sent.count && sent.count == mails.count && sent.count > notices.count)
                let after = try deployment.fingerprints(digests: [])

                for plugin in plugins { try deployment.run(["plugin", "rollback", plugin]) }
                #expect(try deployment.live(Self.plugin) == 1)
                #expect(try deployment.fingerprints(digests: []) == after)
                for plugin in plugins { try deployment.run(["plugin", "discard", plugin]) }
                try deployment.workThrough()
                #expect(try deployment.noticeIDs().sorted() == sent.sorted())
                #expect(try deployment.mails() == mails)
            }
        }

        /// The command that promotes dies at each of its steps while the worker goes on and meetings are scheduled. Each
        /// time one generation is live, whole: nothing is lost and nothing said twice.
        @Test func `a promotion under live traffic, killed at each step, neither loses nor doubles a notice`()
            async throws
        {
            var options = TestDeployment.Options()
            options.plugins = [Self.plugin]
            let deployment = try Self.deployment("promoted", options)
            try await onOwnThread {
                try deployment.send(try History.events() + History.synthetic())
                let worker = try deployment.startWorker()
                try deployment.waitUntilCaughtUp(while: worker)
                try deployment.run(["plugin", "rebuild", Self.plugin])
                var number = 0
                let steps = ["held", "reached", "carried", "reported", "live"]
                for step in steps {
                    for _ in 0..<3 {
                        number += 1
                        try deployment.send([try History.meeting(number)])
                    }
                    let killed = try deployment.answer(
                        ["plugin", "promote", Self.plugin], environment: ["DIWAN_CRASH_AT": "promote-\(step)"])
                    #expect(killed.end == .signal(SIGKILL), "\(step): \(killed.errors)")
                    #expect(try deployment.live(Self.plugin) == (step == "live" ? 2 : 1))
                    try deployment.waitUntilCaughtUp(while: worker)
                }
                // And once more, undisturbed, while the worker takes in what comes.
                try deployment.run(["plugin", "rebuild", Self.plugin])
                try deployment.send([try History.meeting(number + 1)])
                try deployment.run(["plugin", "promote", Self.plugin])
                try deployment.send([try History.meeting(number + 2)])
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.live(Self.plugin) == 3)
                try worker.leaves()

                try deployment.run(["plugin", "rebuild", Self.plugin])
                let compared = try deployment.run(["plugin", "compare", Self.plugin])
                #expect(compared.hasSuffix("the same\n"), "\(compared)")
                let sent = try deployment.noticeIDs()
                let mails = try deployment.mails()
                #expect(Set(sent).count == sent.count && sent.count == mails.count)
                let messages = try deployment.withStore(of: Self.plugin) { try $0.outbox(limit: 10_000, after: 0) }
                let open = messages.filter { $0.state != .sent && $0.reason != CarriedReason.beforePromotion }
                #expect(open.isEmpty, "\(open.prefix(3))")
                #expect(Set(messages.map(\.content.id)).count == sent.count + mails.count)
            }
        }

        /// The same with tables in PostgreSQL and a worker of several lanes, which is not asked: it finds that its store
        /// was swapped and comes up with the other one.
        @Test(.enabled(if: PostgresCluster.isAvailable))
        func `in PostgreSQL the lanes come up with the generation that has become live`() async throws {
            let deployment = try TestDeployment.shared("swapped", plugins: [Self.plugin])
            try await onOwnThread {
                try deployment.send(try History.events() + History.synthetic())
                let worker = try deployment.startWorker()
                try deployment.waitUntilCaughtUp(while: worker)
                try deployment.run(["plugin", "rebuild", Self.plugin])
                let compared = try deployment.run(["plugin", "compare", Self.plugin])
                #expect(compared.hasSuffix("the same\n"), "\(compared)")
                for (number, step) in ["reached", "reported"].enumerated() {
                    let killed = try deployment.answer(
                        ["plugin", "promote", Self.plugin], environment: ["DIWAN_CRASH_AT": "promote-\(step)"])
                    #expect(killed.end == .signal(SIGKILL), "\(step): \(killed.errors)")
                    #expect(try deployment.live(Self.plugin) == 1)
                    try deployment.send([try History.meeting(number)])
                    try deployment.waitUntilCaughtUp(while: worker)
                }
                try deployment.run(["plugin", "promote", Self.plugin])
                try deployment.send([try History.meeting(10)])
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.live(Self.plugin) == 2)
                try worker.mustSay("another generation of the store has become live")
                try deployment.run(["plugin", "rollback", Self.plugin])
                try deployment.send([try History.meeting(11)])
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.live(Self.plugin) == 1)
                try deployment.run(["plugin", "discard", Self.plugin])
                try worker.leaves()
                let sent = try deployment.noticeIDs()
                #expect(try Set(sent).count == deployment.mails().count && sent.count >= Set(sent).count)
            }
        }

        /// The topic keeps records for a week only. Where the store keeps a journal the plugin can be rebuilt all the
        /// same; where not, the command says so and does nothing.
        @Test func `what the log has forgotten comes from the journal, and without one the rebuild is refused`()
            async throws
        {
            var options = TestDeployment.Options()
            options.plugins = ["mechanism-directory"]
            let without = try Self.deployment("forgotten", options)
            options.topicExtra = ", journal: true"
            let journaled = try Self.deployment("journaled", options)
            try await onOwnThread {
                for deployment in [without, journaled] {
                    try deployment.send(try History.events())
                    try deployment.workThrough()
                    let before = try deployment.fingerprints(digests: [])
                    try deployment.forgetRecords()
                    let answer = try deployment.answer(["plugin", "rebuild", "mechanism-directory"])
                    guard deployment === journaled else {
                        #expect(answer.end == .exit(70), "\(answer.errors)")
                        #expect(
                            answer.errors.contains("history-incomplete") || answer.errors.contains("begins at offset"))
                        #expect(answer.errors.contains("start: earliest-available"), "\(answer.errors)")
                        continue
                    }
                    #expect(answer.end == .exit(0), "\(answer.errors)")
                    try deployment.run(["plugin", "compare", "mechanism-directory"])
                    try deployment.run(["plugin", "promote", "mechanism-directory"])
                    #expect(try deployment.fingerprints(digests: []) == before)
                    // The new generation has the journal too.
                    try deployment.run(["plugin", "discard", "mechanism-directory"])
                    try deployment.run(["plugin", "rebuild", "mechanism-directory"])
                    try deployment.run(["plugin", "compare", "mechanism-directory"])
                }
            }
        }
    }

    /// Yesterday's backup was put back, and today's store is lost for good. The operator accepts the older copy: the
    /// tables catch up, and the notices of the hours between wait for a decision, because they have gone out already.
    @Suite struct RestoreAccepted {
        @Test func `an accepted restore catches up and holds the notices between for the operator`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                var options = TestDeployment.Options()
                options.plugins = ["mechanism-directory", "notifications"]
                let deployment = try TestDeployment(
                    "restored", bootstrapServers: kafka.bootstrapServers, options: options)
                let synthetic = try History.synthetic()
                try deployment.send(try History.events() + synthetic.dropLast(4))
                try deployment.workThrough()
                let yesterday = try deployment.copyStore("yesterday")
                try deployment.send(try synthetic.suffix(4) + [History.meeting(1), History.meeting(2)])
                try deployment.workThrough()
                let tables = try deployment.fingerprints(digests: [])
                let mails = try deployment.mails()
                let notices = try deployment.noticeIDs().sorted()

                try deployment.replaceStore(by: yesterday)
                let worker = try deployment.startWorker()
                try worker.mustSay("diwan plugin accept-restore")
                for plugin in options.plugins { try deployment.run(["plugin", "accept-restore", plugin]) }
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.fingerprints(digests: []) == tables)
                #expect(try deployment.mails() == mails)
                #expect(try deployment.noticeIDs().sorted() == notices)

                let held = try deployment.held("notifications")
                #expect(held.count > 1)
                let first = try #require(held.first)
                try deployment.run(["notices", "release", first, "--plugin", "notifications"])
                try deployment.run(["notices", "drop", "--all", "--plugin", "notifications", "--reason", "sent before"])
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.held("notifications").isEmpty)
                // What was released went out again under the id it had: the same file, or one record more.
                let again = try deployment.noticeIDs()
                #expect(Set(again) == Set(notices) && again.count <= notices.count + 1)
                #expect(try deployment.mails() == mails)
                // New events speak as ever.
                try deployment.send([try History.meeting(3)])
                try deployment.waitUntilCaughtUp(while: worker)
                #expect(try deployment.mails().count > mails.count)
                try worker.leaves()
            }
        }
    }
}

extension TestDeployment {
    /// Which generation of a plugin is live.
    fileprivate func live(_ plugin: String) throws -> Int {
        struct Shown: Decodable { let live: Int }
        let text = try run(["plugin", "show", plugin, "--format", "json"])
        return try JSONDecoder().decode(Shown.self, from: Data(text.utf8)).live
    }

    /// Deletes every record of the topics that are read, as retention does in the end.
    fileprivate func forgetRecords() throws {
        let admin = try Admin(kafka)
        defer { admin.close(timeout: .seconds(1)) }
        var ends: [TopicPartition: Int64] = [:]
        for topic in [topics.events] {
            for partition in try admin.metadata(topic: topic, timeout: .seconds(10)).topic(topic)?.partitions ?? [] {
                let place = TopicPartition(topic, partition.id)
                ends[place] = try admin.watermarks(place, timeout: .seconds(10)).high
            }
        }
        for result in try admin.deleteRecords(before: ends, timeout: .seconds(30)).values { _ = try result.get() }
    }
}
