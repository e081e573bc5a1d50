import Foundation
import Glibc
import KafkaClient
import ProjectionStore
import Testing
import Threads
import WorkerTesting

extension BrokerScenarios {
    /// Another system publishes its events in Kafka's transactions. Some are committed, some are aborted, one of them as
    /// the last thing in the log. The topic of people is compacted meanwhile: older descriptions vanish, and one person
    /// is taken back by a tombstone. The log is full of holes, and that is normal: what was aborted is never seen, what
    /// stands behind a hole is, and whoever was taken back is erased.
    @Suite(.enabled(if: Kcat.isInstalled)) struct AbortedTransactions {
        @Test func `events of aborted transactions are never seen, and holes in the log are normal`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka) }
        }

        private static func story(_ kafka: RealKafka) throws {
            let directory = "mechanism-directory"
            var options = TestDeployment.Options()
            options.plugins = [directory, "notifications"]
            options.maildir = false
            options.noticesTopic = false
            let deployment = try TestDeployment(
                "transactions", bootstrapServers: kafka.bootstrapServers, topics: try Self.topics(kafka),
                options: options)
            let history = try History.events()
            try deployment.send(Array(history.prefix(100)))
            try Transactions(deployment, "committed").publish(Array(history[100..<180]), aborts: false)
            try Transactions(deployment, "aborted").publish(try Self.never(1...30), aborts: true)
            try deployment.send(Array(history.dropFirst(180)))
            try Self.compactPeople(deployment)

            try deployment.workThrough()
            try Transactions(deployment, "last").publish(try Self.never(31...90), aborts: true)
            let log = try Transactions.everything(deployment)
            #expect(log.contains("never-1-") && log.contains("never-31-"), "nothing was aborted")
            // A second start finds marks at the end of the log, and the last record in its place.
            let worker = try deployment.startWorker()
            try worker.mustSay("worker: ready")
            try worker.leaves()
            #expect(!worker.errors.contains("halt"), "\(worker.errors)")

            #expect(try deployment.sql(directory, "SELECT count(*) FROM member__facts") == "159")
            for plugin in [directory, "notifications"] {
                let seen = try deployment.sql(
                    plugin, "SELECT count(*) FROM mechanism__facts WHERE mechanism LIKE 'never-%'")
                #expect(seen == "0", "\(plugin)")
                #expect(try deployment.withStore(of: plugin) { try $0.deadLetters(limit: 10, after: 0).isEmpty })
            }
            #expect(
                try deployment.sql("notifications", "SELECT person, name_en FROM person ORDER BY person")
                    == "synthetic-a Version 3\nsynthetic-c Version 3")
            let erased = try deployment.withStore(of: "notifications") { try $0.isErased(owner: "synthetic-b") }
            #expect(erased)
        }

        /// Mechanisms that must never be registered.
        private static func never(_ numbers: ClosedRange<Int>) throws -> [String] {
            let lines = try History.events().filter { $0.contains("org.iscm.mechanism.registered.") }
            struct Registered: Decodable { let partitionkey: String }
            let line = try #require(lines.first)
            let name = try JSONDecoder().decode(Registered.self, from: Data(line.utf8)).partitionkey
            return numbers.map { line.replacingOccurrences(of: name, with: "never-\($0)-") }
        }

        /// The topic of people is one that Kafka compacts at once.
        private static func topics(_ kafka: RealKafka) throws -> TestDeployment.Topics {
            let name = "transactions-\(UUID().uuidString.prefix(8).lowercased())"
            let admin = try Admin(KafkaConfiguration(bootstrapServers: kafka.bootstrapServers))
            defer { admin.close(timeout: .seconds(1)) }
            let compacted = [
                "cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.001",
                "max.compaction.lag.ms": "100", "delete.retention.ms": "600000",
            ]
            let made = try admin.createTopics(
                [
                    TopicSpecification(name: "\(name).events", partitions: 1),
                    TopicSpecification(name: "\(name).people", partitions: 1, configuration: compacted),
                ], timeout: .seconds(30))
            for result in made.values { try result.get() }
            return TestDeployment.Topics(events: "\(name).events", people: "\(name).people", notices: "\(name).notices")
        }

        /// Three versions of three persons, of whom one is taken back, until Kafka has dropped the first versions.
        private static func compactPeople(_ deployment: TestDeployment) throws {
            let topic = deployment.topics.people
            func person(_ name: String, _ version: Int) -> RawRecord {
                let text =
                    #"{"specversion":"1.0","id":"\#(name)-\#(version)","source":"urn:diwan:synthetic","#
                    + #""type":"org.iscm.person.described.v1","subject":"synthetic-\#(name)","#
                    + #""partitionkey":"synthetic-\#(name)","data":{"name_ar":"شخص مصطنع","#
                    + #""name_en":"Version \#(version)","languages":["en"],"synthetic":true}}"#
                return RawRecord(key: "synthetic-\(name)", value: Array(text.utf8))
            }
            for version in 1...3 {
                try deployment.produce(["a", "b", "c"].map { person($0, version) }, topic: topic)
                usleep(200_000)
            }
            try deployment.produce([RawRecord(key: "synthetic-b", value: nil)], topic: topic)
            // Each further record closes a segment, which can then be cleaned.
            for _ in 0..<60 {
                usleep(300_000)
                try deployment.produce([person("c", 3)], topic: topic)
                let left = try deployment.values(of: topic).compactMap { $0 }.map {
                    String(decoding: $0, as: UTF8.self)
                }
                if !left.contains(where: { $0.contains("Version 1") || $0.contains("Version 2") }) { return }
            }
            Issue.record("Kafka did not compact \(topic) in time")
        }
    }
}

/// Publishes in transactions, which our own producers never do.
struct Transactions {
    private let deployment: TestDeployment
    private let name: String

    init(_ deployment: TestDeployment, _ name: String) {
        self.deployment = deployment
        self.name = name
    }

    /// Publishes events in one transaction.
    ///
    /// - Parameter aborts: asks kcat to leave in the middle, whereupon it aborts.
    func publish(_ events: [String], aborts: Bool) throws {
        struct Keyed: Decodable { let partitionkey: String }
        let lines = try events.map { event in
            "\(try JSONDecoder().decode(Keyed.self, from: Data(event.utf8)).partitionkey)\t\(event)\n"
        }
        let file = deployment.folder.appendingPathComponent("\(name).lines")
        try lines.joined().write(to: file, atomically: true, encoding: .utf8)
        let pipe = deployment.folder.appendingPathComponent("\(name).pipe").path
        guard mkfifo(pipe, 0o600) == 0 else { throw Diwan.Unexpected("cannot make \(pipe)") }
        // Held open until the end, so that kcat waits for more.
        let held = open(pipe, O_RDWR | O_CLOEXEC)
        let process = try ChildProcess(
            program: "/bin/sh",
            arguments: [
                "-c",
                "exec kcat -P -b \(deployment.kafka.bootstrapServers.joined(separator: ",")) -t \(deployment.topics.events) "
                    + "-K '\t' -X transactional.id=\(deployment.name)-\(name) -X partitioner=murmur2_random < \(pipe)",
            ], folder: deployment.folder, name: "kcat-\(name)")
        let feed = try ChildProcess(
            program: "/bin/sh", arguments: ["-c", "exec cat \(file.path) > \(pipe)"], folder: deployment.folder,
            name: "feed-\(name)")
        guard feed.wait() == .exit(0) else { throw Diwan.Unexpected("kcat takes nothing: \(process.errors)") }
        if aborts {
            sleep(2)
            process.signal(SIGINT)
        }
        close(held)
        guard process.wait() != nil else { throw Diwan.Unexpected("kcat did not end: \(process.errors)") }
    }

    /// All that lies in the topic of events, also what was aborted.
    static func everything(_ deployment: TestDeployment) throws -> String {
        let process = try ChildProcess(
            program: "/usr/bin/kcat",
            arguments: [
                "-C", "-e", "-q", "-b", deployment.kafka.bootstrapServers.joined(separator: ","), "-t",
                deployment.topics.events, "-X", "isolation.level=read_uncommitted",
            ], folder: deployment.folder, name: "kcat-everything")
        guard process.wait() == .exit(0) else { throw Diwan.Unexpected("kcat: \(process.errors)") }
        return process.output
    }
}
