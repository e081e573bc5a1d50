import Foundation
import ProjectionStore
import Testing
import WorkerTesting

extension Scenarios {
    /// A password stands in a file and another one in the environment, as the configuration wants it; somebody writes a
    /// third one into the configuration itself, which is refused. Then everything that could print a configuration is
    /// run, with success and with failures. None of the three turns up in what is printed or logged, in the store, or
    /// in the process list.
    @Suite struct SecretCanary {
        @Test func `secrets are nowhere but where the configuration names them`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let inFile = "canary-file-\(UUID().uuidString)"
                let inVariable = "canary-variable-\(UUID().uuidString)"
                var options = TestDeployment.Options()
                // On a plain connection librdkafka takes these and does not send them.
                options.kafkaExtra = """
                      options: {sasl.username: diwan}
                      secrets:
                        sasl.password: {file: password}
                        ssl.key.password: {environment: KEY_PASSWORD}

                    """
                options.extra = "log: {level: debug}\n"
                let deployment = try TestDeployment(
                    "canary", bootstrapServers: kafka.bootstrapServers, options: options)
                let secret = deployment.folder.appendingPathComponent("password")
                try "\(inFile)\n".write(to: secret, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret.path)
                let environment = ["KEY_PASSWORD": inVariable]
                let canaries = [inFile, inVariable]

                try deployment.produce([RawRecord(key: "arcp", value: Array("no event".utf8))])
                let worker = try deployment.startWorker(environment: environment)
                try worker.mustSay("worker: ready")
                try deployment.waitUntilCaughtUp(while: worker)
                var seen = [
                    "the command line of the worker": try Self.commandLine(of: worker),
                    "a running worker's status": try Self.status(of: worker),
                ]
                for command in [
                    ["doctor"], ["doctor", "--format", "json"], ["dead-letters", "list", "--format", "json"],
                    ["topics", "create"], ["projection", "list"], ["worker", "run"],
                ] {
                    let answer = try deployment.answer(command, environment: environment)
                    seen[command.joined(separator: " ")] = answer.output + answer.errors
                }
                try worker.leaves()
                seen["the worker's log"] = worker.errors + worker.output
                let check = try Diwan.answer(
                    ["config", "check", deployment.configurationFile], environment: environment,
                    folder: deployment.folder)
                #expect(check.end == .exit(0), "\(check.errors)")
                seen["config check"] = check.output + check.errors
                for (place, text) in seen {
                    for canary in canaries { #expect(!text.contains(canary), "\(place): \(text)") }
                }
                #expect(seen["the worker's log"]?.contains("debug") == true)
                try Self.searchFiles(deployment.folder, but: secret, for: canaries)
            }
        }

        @Test func `a secret in the configuration itself is refused without being repeated`() async throws {
            let kafka = try OnKafka.kafka()
            try await onOwnThread {
                let canary = "canary-\(UUID().uuidString)"
                var options = TestDeployment.Options()
                options.kafkaExtra = "  options: {sasl.password: \(canary)}\n"
                let deployment = try TestDeployment(
                    "written", bootstrapServers: kafka.bootstrapServers, options: options)
                for command in [["doctor"], ["worker", "run"], ["topics", "create"]] {
                    let answer = try deployment.answer(command)
                    #expect(answer.end == .exit(78), "\(answer.errors)")
                    #expect((answer.output + answer.errors).contains("sasl.password"))
                    #expect(!(answer.output + answer.errors).contains(canary))
                }
            }
        }

        private static func commandLine(of process: ChildProcess) throws -> String {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process.processID)/cmdline"))
            let text = String(decoding: bytes.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
            #expect(text.contains("worker run"))
            return text
        }

        /// The names of its threads are seen by everybody too.
        private static func status(of process: ChildProcess) throws -> String {
            let tasks = "/proc/\(process.processID)/task"
            return try FileManager.default.contentsOfDirectory(atPath: tasks)
                .map { (try? String(contentsOfFile: "\(tasks)/\($0)/comm", encoding: .utf8)) ?? "" }.joined()
        }

        /// Every file of the deployment: store, mails, logs.
        private static func searchFiles(_ folder: URL, but secret: URL, for canaries: [String]) throws {
            var searched = 0
            let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
            while let file = files?.nextObject() as? URL {
                guard file.lastPathComponent != secret.lastPathComponent, let content = try? Data(contentsOf: file)
                else { continue }
                searched += 1
                for canary in canaries { #expect(content.range(of: Data(canary.utf8)) == nil, "\(file.path)") }
            }
            #expect(searched > 3)
        }
    }
}
