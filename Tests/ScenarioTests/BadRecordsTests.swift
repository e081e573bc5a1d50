import Foundation
import KafkaClient
import ProjectionStore
import Testing
import WorkerTesting

extension Scenarios {
    /// Producers are wrong in forty ways, in the middle of good events and under their keys; somebody sends a type that
    /// nobody here knows, and a tombstone. The worker even dies while it writes down the first of them. Each bad record
    /// is one dead letter with the reason that `BadRecords/reasons.csv` names, however many plugins met it; the other
    /// two are counted; and of the good events none is missing.
    @Suite struct BadRecords {
        @Test func `forty bad records between good ones are forty dead letters, and all good ones count`() async throws
        {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka) }
        }

        private static func story(_ kafka: RealKafka) throws {
            let reasons = try BadRecord.reasons()
            #expect(reasons.count == 40 && Set(reasons.map(\.name)).count == 40)
            let deployment = try TestDeployment("bad", bootstrapServers: kafka.bootstrapServers)
            try deployment.produce(try records(reasons.map(\.name)))
            let dying = try deployment.startWorker(crash: "rows-written:2")
            #expect(dying.wait() == .signal(SIGKILL))
            let worker = try deployment.startWorker()
            try deployment.waitUntilCaughtUp(while: worker)
            #expect(worker.isRunning)
            try worker.leaves()

            let found = try deployment.reasonsByName()
            #expect(found.count == 40)
            for (name, reason) in reasons { #expect(found[name] == [reason], "\(name)") }
            let listed = try deployment.listedDeadLetters()
            #expect(listed.count == 40, "one line a record, however many plugins met it")
            #expect(listed.map(\.reason).sorted() == reasons.map(\.reason).sorted())
            #expect(listed.contains { $0.plugins.count == 3 })
            for plugin in TestPlugins.names {
                let counters = try deployment.withStore(of: plugin) { try $0.counters() }
                #expect(counters["unknown-type:org.example.unheard.of.v1"] == 1, "\(plugin): \(counters)")
                #expect(counters["tombstones"] == 1, "\(plugin): \(counters)")
            }
            try showsBytes(deployment, listed)

            let clean = try TestDeployment("clean", bootstrapServers: kafka.bootstrapServers)
            try clean.send(try History.events())
            try clean.workThrough()
            let expected = try clean.fingerprints(digests: [("arcp", 2026)])
            #expect(try deployment.fingerprints(digests: [("arcp", 2026)]) == expected)

            // Read again, nothing comes twice.
            try deployment.workThrough()
            #expect(try deployment.listedDeadLetters().count == 40)
        }

        /// The history, with a bad record after every sixth event or so.
        private static func records(_ names: [String]) throws -> [RawRecord] {
            struct Head: Decodable { let partitionkey: String }
            let history = try History.events()
            var left = names[...]
            var records: [RawRecord] = []
            for (number, text) in history.enumerated() {
                let key = try JSONDecoder().decode(Head.self, from: Data(text.utf8)).partitionkey
                records.append(RawRecord(key: key, value: Array(text.utf8)))
                // The first reused id needs an event that every plugin applied.
                guard number % 6 == 5, let name = left.popFirst() else { continue }
                records.append(try BadRecord.make(name, key: key, applied: text))
                if number == 65 {
                    let unknown = #"{"specversion":"1.0","id":"1","source":"urn:x","type":"org.example.unheard.of.v1"}"#
                    records.append(RawRecord(key: key, value: Array(unknown.utf8)))
                    records.append(RawRecord(key: key, value: nil))
                }
            }
            #expect(left.isEmpty)
            return records
        }

        /// The bytes of the record that is no UTF-8 come back as they were.
        private static func showsBytes(_ deployment: TestDeployment, _ listed: [ListedDeadLetter]) throws {
            let letter = try #require(listed.first { $0.reason == "not-utf8" })
            let text = try deployment.run(["dead-letters", "show", letter.id])
            for word in ["not-utf8", "x-name", deployment.topics.events, "offset"] {
                #expect(text.contains(word), "\(text)")
            }
        }
    }
}

struct ListedDeadLetter: Decodable {
    struct Plugin: Decodable { let plugin: String }
    let id: String
    let reason: String
    let plugins: [Plugin]
}

extension TestDeployment {
    func listedDeadLetters() throws -> [ListedDeadLetter] {
        let text = try run(["dead-letters", "list", "--format", "json"])
        return try JSONDecoder().decode([ListedDeadLetter].self, from: Data(text.utf8))
    }

    /// What each record of the story was refused for, by the name in its header, over all plugins.
    fileprivate func reasonsByName() throws -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for plugin in options.plugins {
            let letters = try withStore(of: plugin) { try $0.deadLetters(limit: 1000, after: 0) }
            for letter in letters {
                let header = letter.content.headers.first { $0.name == "x-name" }?.value ?? []
                found[String(decoding: header, as: UTF8.self), default: []].insert(letter.content.reason)
            }
        }
        return found
    }
}
