import Foundation
import KafkaClient
import Testing
import WorkerTesting

extension Scenarios {
    /// Something is wrong before the first record: a topic is missing, the store cannot be written, or a newer release
    /// has written it, or the credentials are refused. `doctor` and `worker run` end with the same code of `sysexits.h`
    /// and say once what it is and what to do. Where a broker or the store is merely away, the worker waits instead.
    @Suite struct StartRefused {
        /// Both commands end with the code, and each says all of the words.
        private static func expect(
            _ code: Int32, _ words: [String], of deployment: TestDeployment, environment: [String: String] = [:],
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            for command in [["doctor"], ["worker", "run"]] {
                let answer = try deployment.answer(command, environment: environment)
                let said = answer.output + answer.errors
                #expect(answer.end == .exit(code), "\(command): \(said)", sourceLocation: sourceLocation)
                for word in words {
                    #expect(said.contains(word), "\(command): \(said)", sourceLocation: sourceLocation)
                }
            }
        }

        @Test func `a missing topic ends with 69 and names it`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment(
                    "missing", bootstrapServers: kafka.bootstrapServers,
                    topics: .init(events: "missing.events", people: "missing.people", notices: "missing.notices"))
                try Self.expect(69, ["missing.events", "topics create"], of: deployment)
            }
        }

        @Test func `a store that a newer release has written ends with 78`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment("newer", bootstrapServers: kafka.bootstrapServers)
                try deployment.workThrough()
                try deployment.sql("notifications", "UPDATE _store SET min_writer = 999")
                try Self.expect(78, ["notifications.sqlite", "999", "upgrade"], of: deployment)
            }
        }

        @Test func `a store that cannot be written ends with 73`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                // Below a file nobody can make a folder, not even root, as whom tests may run.
                var options = TestDeployment.Options()
                options.storeFolder = "diwan.yaml/store"
                let deployment = try TestDeployment(
                    "unwritable", bootstrapServers: kafka.bootstrapServers, options: options)
                try Self.expect(73, ["diwan.yaml", "name another"], of: deployment)
            }
        }

        @Test func `a file that is no store of ours is never written over`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment("foreign", bootstrapServers: kafka.bootstrapServers)
                try FileManager.default.createDirectory(
                    at: deployment.storeFolder, withIntermediateDirectories: true)
                let file = deployment.databaseFile("notifications")
                let content = Data(String(repeating: "a letter of the registry\n", count: 100).utf8)
                try content.write(to: file)
                let worker = try deployment.answer(["worker", "run"])
                #expect(worker.end == .exit(74), "\(worker.errors)")
                #expect(worker.errors.contains("notifications.sqlite"))
                #expect(try Data(contentsOf: file) == content)
            }
        }

        @Test func `an unknown key of the configuration ends with 78, a wrong option with 64`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                var options = TestDeployment.Options()
                options.extra = "limitz: {}\n"
                let deployment = try TestDeployment("wrong", bootstrapServers: kafka.bootstrapServers, options: options)
                try Self.expect(78, ["limitz", "limits"], of: deployment)
                for command in [["doctor", "--colour"], ["worker", "run", "--stand-by"]] {
                    #expect(try deployment.answer(command).end == .exit(64))
                }
            }
        }
    }
}
