import Foundation
import KafkaClient
import Testing
import WorkerTesting

@Suite struct `The doctor` {
    private let place: Workplace
    private static let topics = [("iscm.events", 4), ("iscm.people", 4), ("iscm.notices", 4)]

    init() throws { place = try Workplace() }

    private func state(_ answer: Answer, _ check: String) -> String? {
        answer.output.split(separator: "\n").first { $0.dropFirst(6).hasPrefix("\(check):") }
            .map { String($0.prefix(4)).trimmingCharacters(in: .whitespaces) }
    }

    @Test func `finds nothing where all is well`() throws {
        let cluster = try MockCluster(topics: Self.topics.map { (name: $0.0, partitions: $0.1) })
        defer { cluster.close() }
        try place.configure(servers: cluster.bootstrapServers)
        let answer = try place.diwan("doctor")
        #expect(answer.code == 0, "\(answer.output)\(answer.errors)")
        for check in ["versions", "configuration", "store", "clock", "brokers", "credentials", "topic iscm.events"] {
            #expect(state(answer, check) == "ok", "\(check): \(answer.output)")
        }
        let report = try #require(try place.diwan("doctor", "--format", "json").json() as? [String: Any])
        #expect(report["exitCode"] as? Int == 0)
        #expect((report["checks"] as? [[String: String]])?.first?["state"] == "ok")
    }

    @Test func `ends with 69 where no broker answers, and leaves out what then cannot be known`() throws {
        try place.configure(servers: deadServer)
        let answer = try place.diwan("doctor", "--timeout", "2s")
        #expect(answer.code == 69)
        #expect(state(answer, "brokers") == "fail")
        #expect(state(answer, "topics") == "skip")
    }

    @Test func `ends with 78 where the configuration is wrong`() throws {
        try place.configure(servers: "nonsense")
        let answer = try place.diwan("doctor")
        #expect(answer.code == 78)
        #expect(answer.output.contains("diwan.yaml:3:"))
        #expect(try place.diwan("doctor", "--config", "absent.yaml").code == 66)
    }

    @Test func `ends with 73 where the store cannot be written`() throws {
        try place.write("a file", to: "file")
        try place.configure(servers: deadServer, store: "file/store")
        let answer = try place.diwan("doctor", "--timeout", "1s")
        #expect(answer.code == 73)
        #expect(state(answer, "store") == "fail")
        #expect(try place.diwan("worker", "run").code == 73)
    }

    @Test func `ends with 78 where a newer program has written the store`() throws {
        let trial = try Trial.shared.get().place
        try FileManager.default.copyItem(atPath: trial.path("store"), toPath: place.path("store"))
        try place.configure(servers: deadServer)
        let database = try ChildProcess(
            program: "/usr/bin/sqlite3",
            arguments: [place.path("store/mechanism-directory.sqlite"), "UPDATE _store SET min_writer = 1000"],
            folder: place.folder, name: "sqlite3")
        #expect(database.wait() == .exit(0), "\(database.errors)")
        let answer = try place.diwan("doctor", "--timeout", "1s")
        #expect(answer.code == 78)
        #expect(state(answer, "store") == "fail")
        #expect(answer.output.contains("upgrade it"))
        #expect(try place.diwan("worker", "run").code == 78)
        // Reading it is no matter.
        #expect(try place.diwan("projection", "show", "seats").code == 0)
    }

    @Test func `names partitions that are halted, since when and why, and ends with 0 for them`() throws {
        let trial = try Trial.shared.get().place
        try FileManager.default.copyItem(atPath: trial.path("store"), toPath: place.path("store"))
        let cluster = try MockCluster(topics: Self.topics.map { (name: $0.0, partitions: $0.1) })
        defer { cluster.close() }
        try place.configure(servers: cluster.bootstrapServers)
        let before = try place.diwan("doctor")
        #expect(state(before, "partitions") == "ok" || state(before, "parked events") == "warn", "\(before.output)")
        let halted = try ChildProcess(
            program: "/usr/bin/sqlite3",
            arguments: [
                place.path("store/mechanism-directory.sqlite"),
                """
                INSERT INTO _halt VALUES ('iscm.events', 3, 'topic-recreated', 'read it' || char(27) || '[2Jagain',
                1767225600000), ('iscm.events', 1, 'offset-out-of-range', 'records are gone', 1767225600000)
                """,
            ],
            folder: place.folder, name: "sqlite3")
        #expect(halted.wait() == .exit(0), "\(halted.errors)")
        let answer = try place.diwan("doctor")
        #expect(answer.code == 0, "a warning alone is no failure: \(answer.output)")
        let lines = answer.output.split(separator: "\n").filter { $0.contains("is halted since") }
        #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("warn  partitions: mechanism-directory: ") })
        #expect(
            lines.first?.contains("iscm.events[1] is halted since 2026-01-01T00:00:00Z: offset-out-of-range: ") == true,
            "\(lines)")
        #expect(lines.last?.contains("iscm.events[3]") == true && !answer.output.contains("\u{1B}"), "\(lines)")
        let status = try place.run(["status"])
        #expect(status.contains("iscm.events[1]: offset-out-of-range: records are gone"), "\(status)")
        #expect(status.contains("iscm.events[3]  halted"), "\(status)")
    }

    @Test func `ends with 69 where the embedded broker does not run`() throws {
        try place.write(try place.diwan("config", "template", "--demo").output, to: "diwan.yaml")
        let answer = try place.diwan("doctor")
        #expect(answer.code == 69)
        #expect(answer.output.contains("diwan dev"))
    }

    @Test(.enabled(if: RealKafka.isAvailable), .timeLimit(.minutes(3)))
    func `tells missing topics and refused credentials of a real Kafka`() throws {
        let kafka = try RealKafka.start(secure: true)
        try place.configure(servers: kafka.bootstrapServers)
        let missing = try place.diwan("doctor")
        #expect(missing.code == 69)
        #expect(state(missing, "topic iscm.events") == "fail")
        #expect(missing.output.contains("diwan topics create"))
        #expect(try place.diwan("worker", "run").code == 69)

        let created = try place.diwan("topics", "create")
        #expect(created.code == 0, "\(created.errors)")
        #expect(created.output.contains("iscm.people: created"))
        #expect(try place.diwan("topics", "create").output.contains("iscm.people: is there"))
        let well = try place.diwan("doctor")
        #expect(well.code == 0, "\(well.output)")
        #expect(well.output.contains("retention of iscm.events: kept for ever"))
        #expect(well.output.contains("retention of iscm.people: compacted"))

        let options =
            "  options: {security.protocol: SASL_SSL, sasl.mechanism: PLAIN, sasl.username: diwan, "
            + "ssl.ca.location: \(try #require(kafka.authorityFile))}\n"
            + "  secrets: {sasl.password: {environment: PASSWORD}}\n"
        try place.configure(servers: "'\(try #require(kafka.secureServers))'", kafka: options)
        let refused = try place.diwan("doctor", environment: ["PASSWORD": "wrong"])
        #expect(refused.code == 77)
        #expect(state(refused, "credentials") == "fail")
        #expect(try place.diwan("worker", "run", environment: ["PASSWORD": "wrong"]).code == 77)
        // Known, but without a right to the topics.
        let stranger = try place.diwan("doctor", environment: ["PASSWORD": "diwan-secret"])
        #expect(state(stranger, "credentials") == "ok")
        #expect(stranger.code == 77)
    }
}
