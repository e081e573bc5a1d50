import Foundation
import KafkaClient
import Testing
import WorkerTesting

extension Scenarios {
    /// A script starts the worker, and an operator reads what is left on the screen in the morning. Whatever is wrong,
    /// three plugins and two threads each notice it; the operator reads one message, which names what is wrong and what
    /// to do, and the script sees the code of `sysexits.h`. The log for a collector has it as JSON.
    @Suite struct ExitCodes {
        @Test func `whatever is wrong is said once, with its code and what to do`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread { try Self.story(kafka) }
        }

        @Test func `a file that is no store of ours ends it with 74, and is never written over`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let deployment = try TestDeployment("foreign", bootstrapServers: kafka.bootstrapServers)
                try FileManager.default.createDirectory(at: deployment.storeFolder, withIntermediateDirectories: true)
                let file = deployment.databaseFile("notifications")
                let content = Data(String(repeating: "a letter of the registry\n", count: 100).utf8)
                try content.write(to: file)
                let worker = try deployment.answer(["worker", "run"])
                #expect(worker.end == .exit(74), "\(worker.errors)")
                #expect(worker.errors.contains("notifications.sqlite"))
                #expect(try Data(contentsOf: file) == content)
            }
        }

        private static func story(_ kafka: RealKafka) throws {
            let newer = try TestDeployment("newer", bootstrapServers: kafka.bootstrapServers)
            func deployment(
                _ stem: String, servers: String? = nil,
                _ change: (inout TestDeployment.Options) throws -> Void = { _ in }
            ) throws -> TestDeployment {
                var options = TestDeployment.Options()
                try change(&options)
                return try TestDeployment(
                    stem, bootstrapServers: kafka.bootstrapServers, topics: newer.topics, options: options,
                    servers: servers)
            }

            try expect(64, ["--colour", "--help"], of: deployment("usage"), with: ["--colour"])
            try expect(78, ["limitz", "limits"], of: deployment("key") { $0.extra = "limitz: {}\n" })
            try expect(
                78, ["sasl.password", "KAFKA_PASSWORD"],
                of: deployment("secret") {
                    $0.kafkaExtra = "  secrets: {sasl.password: {environment: KAFKA_PASSWORD}}\n"
                })
            try expect(
                78, ["ssl.ca.location"],
                of: deployment("authority") {
                    $0.kafkaExtra = "  options: {security.protocol: SSL, ssl.ca.location: /nowhere/ca.pem}\n"
                })
            let missing = TestDeployment.Topics(
                events: "no.events", people: newer.topics.people, notices: newer.topics.notices)
            try expect(
                69, ["no.events", "diwan topics create"],
                of: TestDeployment("topics", bootstrapServers: kafka.bootstrapServers, topics: missing))

            // Also for a user who may write everywhere: below a file no folder can be.
            let blocked = try deployment("blocked") { $0.storeFolder = "diwan.yaml/store" }
            try expect(73, ["diwan.yaml", "name another"], of: blocked)

            try newer.workThrough()
            for plugin in TestPlugins.names { try newer.sql(plugin, "UPDATE _store SET min_writer = 999") }
            try expect(78, [".sqlite", "999", "upgrade"], of: newer)

            // `worker run` would wait for it.
            let away = try deployment("away", servers: "127.0.0.1:1")
            let doctor = try away.answer(["doctor", "--timeout", "2s"])
            #expect(doctor.end == .exit(69))
            #expect(failures(doctor).count == 1 && failures(doctor)[0].contains("127.0.0.1:1"), "\(doctor.output)")
        }

        /// Both commands end with the code and say one thing, which holds all of the words; as text and as JSON.
        private static func expect(
            _ code: Int32, _ words: [String], of deployment: TestDeployment, with arguments: [String] = [],
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            for command in [["worker", "run"], ["doctor"], ["doctor", "--format", "json"]] {
                let answer = try deployment.answer(command + arguments)
                let said = answer.errors + answer.output
                #expect(answer.end == .exit(code), "\(command): \(said)", sourceLocation: sourceLocation)
                let messages = command.last == "json" ? complaints(answer) : failures(answer)
                #expect(messages.count == 1, "\(command): \(said)", sourceLocation: sourceLocation)
                for word in words {
                    #expect(
                        messages.first?.contains(word) == true, "\(command), \(word): \(said)",
                        sourceLocation: sourceLocation)
                }
            }
            guard code != 64, !deployment.options.extra.contains("limitz") else { return }
            let worker = try deployment.answer(["worker", "run"], environment: ["DIWAN_LOG_FORMAT": "json"])
            struct Line: Decodable { let level, message: String }
            let lines = try worker.errors.split(separator: "\n").map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
            let errors = lines.filter { $0.level == "error" }
            #expect(errors.count == 1, "\(worker.errors)", sourceLocation: sourceLocation)
            for word in words {
                #expect(
                    errors.first?.message.contains(word) == true, "\(worker.errors)", sourceLocation: sourceLocation)
            }
        }

        /// What a command says is wrong: the program's last words, errors of the log, findings of the doctor.
        private static func failures(_ answer: Diwan.Answer) -> [String] {
            complaints(answer)
                + answer.output.split(separator: "\n").filter { $0.hasPrefix("fail ") }
                .map(String.init)
        }

        /// All that standard error holds but the log's lines of lesser weight.
        private static func complaints(_ answer: Diwan.Answer) -> [String] {
            // The advice of a wrong command line stands on a line of its own.
            answer.errors.replacingOccurrences(of: "\nTry ", with: " Try ").split(separator: "\n").filter {
                !$0.contains("Z info ")
            }.map(String.init)
        }
    }
}
