import Foundation
import KafkaClient
import Testing

@Suite struct SecretTests {
    private let canary = "canary-7f3a91-very-secret"

    private func configured(_ source: SecretSource) -> KafkaConfiguration {
        var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1")
        configuration.passthrough = [
            "security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN", "sasl.username": "diwan",
        ]
        configuration.secrets = ["sasl.password": source]
        return configuration
    }

    @Test func `a secret is read from a file, without its line end, or from the environment`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("secret-\(UUID().uuidString)")
        try Data((canary + "\n").utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try configured(.file(path: file.path)).validate()
        setenv("DIWAN_TEST_SECRET", canary, 1)
        try configured(.environment(name: "DIWAN_TEST_SECRET")).validate()
    }

    @Test func `a secret that is not there is an error that names option and source`() throws {
        for (source, place) in [
            (SecretSource.file(path: "/nonexistent/secret"), "/nonexistent/secret"),
            (.environment(name: "DIWAN_TEST_UNSET"), "DIWAN_TEST_UNSET"),
        ] {
            let error = #expect(throws: KafkaError.self) { try configured(source).validate() }
            #expect(error?.code == .secretUnavailable)
            #expect(error?.message.contains("sasl.password") == true)
            #expect(error?.message.contains(place) == true)
        }
    }

    @Test func `a secret among the options passed through is refused without printing it`() {
        var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1")
        configuration.passthrough["sasl.password"] = canary
        let error = #expect(throws: KafkaError.self) { try configuration.validate() }
        #expect(error?.code == .controlledOption)
        #expect(error?.message.contains("environment") == true)
        #expect(!"\(String(describing: error)) \(configuration)".contains(canary))
    }

    @Test func `a secret is in no description, dump, error or log line`() async throws {
        var texts: [String] = []
        var configuration = configured(.literal(canary))
        configuration.logLevel = 7
        configuration.passthrough["debug"] = "all"
        texts += [
            "\(configuration)", String(reflecting: configuration), "\(configuration.secrets)",
            String(reflecting: configuration.secrets), "\(SecretSource.literal(canary))",
        ]
        var dumped = ""
        dump(configuration, to: &dumped)
        dump(configuration.secrets, to: &dumped)
        texts.append(dumped)

        // The secret in another option's value: librdkafka quotes what it refuses.
        var quoted = configuration
        quoted.passthrough["socket.timeout.ms"] = canary
        let error = #expect(throws: KafkaError.self) { try quoted.validate() }
        texts.append(String(reflecting: error))
        // A name that is no secret option of librdkafka's, with a value it refuses.
        quoted = configuration
        quoted.secrets["socket.timeout.ms"] = .literal(canary + "2")
        let refused = #expect(throws: KafkaError.self) { try quoted.validate() }
        texts.append(String(reflecting: refused))

        let lines = Lines()
        let ready = configuration
        try await blocking {
            let consumer = try Consumer(ready, group: "canary") { lines.add($0.message) }
            try consumer.assign([TopicPartitionOffset("t", 0, .beginning)])
            _ = consumer.first(timeout: .seconds(3)) { event in
                lines.add("\(event)")
                if case .allBrokersDown = event { return true } else { return nil }
            }
            consumer.close(timeout: .seconds(5))
        }
        #expect(lines.all.contains { $0.contains("sasl.password") }, "the log shows the option, so it was looked at")
        for text in texts + lines.all { #expect(!text.contains(canary)) }
    }
}
