import Foundation
import Testing
import WorkerTesting

@Suite struct `The configuration file` {
    private let place: Workplace

    init() throws { place = try Workplace() }

    @Test func `is refused with line and nearest key, and ends with 78`() throws {
        try place.write(
            """
            deployment: trial
            kafka:
              bootstrap-server: [127.0.0.1:9092]
            store: {sqlite: {folder: store}}
            plugins: {mechanism-directry: {}}
            """, to: "diwan.yaml")
        let answer = try place.diwan("config", "check", "diwan.yaml")
        #expect(answer.code == 78)
        #expect(answer.errors.contains("diwan.yaml:3:3"))
        #expect(answer.errors.contains("bootstrap-servers"))

        let report = try #require(
            try place.diwan("config", "check", "diwan.yaml", "--format", "json").json() as? [String: Any])
        #expect(report["right"] as? Bool == false)
        let problem = try #require((report["problems"] as? [[String: Any]])?.first)
        #expect(problem["line"] as? Int == 3 && problem["code"] as? String == "unknown-key")
    }

    @Test func `names a plugin that is not there with the nearest that is`() throws {
        try place.configure(servers: deadServer, plugins: "{mechanism-directry: {}}")
        let answer = try place.diwan("config", "check")
        #expect(answer.code == 78)
        #expect(answer.errors.contains("diwan.yaml:5:") && answer.errors.contains("mechanism-directory"))
    }

    @Test func `is refused for an option that librdkafka does not know, and for a secret that is not there`() throws {
        try place.configure(servers: deadServer, kafka: "  options: {socket.timeout: '1'}\n")
        let option = try place.diwan("config", "check")
        #expect(option.code == 78)
        #expect(option.errors.contains("socket.timeout"))

        try place.configure(servers: deadServer, kafka: "  secrets: {sasl.password: {environment: ABSENT}}\n")
        let secret = try place.diwan("config", "check")
        #expect(secret.code == 78)
        #expect(secret.errors.contains("ABSENT"))
    }

    @Test func `is given a unit that makes a number of bytes possible`() throws {
        try place.configure(servers: deadServer)
        let text = try place.read("diwan.yaml")
        for (limits, unit) in [("memory: 150", "150MiB"), ("event-bytes: 262144", "256KiB"), ("memory: 0", "256KiB")] {
            try place.write(text + "limits: {\(limits)}\n", to: "diwan.yaml")
            let answer = try place.diwan("config", "check")
            #expect(answer.code == 78)
            #expect(answer.errors.contains(unit), "\(answer.errors)")
        }
    }

    @Test func `never shows a secret`() throws {
        try place.configure(servers: deadServer, kafka: "  secrets: {sasl.password: {environment: SECRET}}\n")
        for words in [["config", "check"], ["doctor", "--timeout", "1s"]] {
            let answer = try place.answer(words, environment: ["SECRET": "hunter-two"])
            #expect(!(answer.output + answer.errors).contains("hunter-two"), "\(words)")
        }
    }

    @Test func `can be started from what the program prints`() throws {
        for option in [[], ["--demo"]] {
            try place.write(try place.run(["config", "template"] + option), to: "diwan.yaml")
            let answer = try place.diwan("config", "check")
            #expect(answer.code == 0, "\(option): \(answer.errors)")
        }
        #expect(try place.diwan("config", "reference").output.contains("bootstrap-servers"))
    }

    @Test func `is found by option, by variable, and by its usual name`() throws {
        let absent = try place.diwan("config", "check")
        #expect(absent.code == 66)
        #expect(absent.errors.contains("diwan config template"))
        try place.configure(servers: deadServer)
        #expect(try place.diwan("config", "check").code == 0)
        try FileManager.default.moveItem(atPath: place.path("diwan.yaml"), toPath: place.path("other.yaml"))
        #expect(try place.diwan("config", "check", environment: ["DIWAN_CONFIG": "other.yaml"]).code == 0)
        #expect(try place.diwan("projection", "list", "--config", "other.yaml").code == 0)
    }

    @Test func `gives way to the environment, and says which variable means nothing`() throws {
        try place.configure(servers: deadServer)
        let answer = try place.diwan(
            "config", "check",
            environment: ["DIWAN_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:7", "DIWAN_KAFKA_CLIENT_IDD": "x"])
        #expect(answer.code == 0)
        #expect(answer.output.contains("127.0.0.1:7"))
        #expect(answer.output.contains("DIWAN_KAFKA_CLIENT_ID?"))
    }
}
