import Foundation
import KafkaClient
import Testing
import WorkerTesting

extension OwnScenarios {
    /// The operator gives the broker's password in a file and the passphrase of a key in the environment, and turns all
    /// logging on because something does not work. Later the log, what the commands say and a copy of the store go to a
    /// colleague, and a mistake in the configuration is shown on a projector. Both secrets are canaries: nobody may find
    /// them, or a piece of them, anywhere but where the operator put them.
    @Suite struct SecretCanary {
        @Test func `a password and a passphrase that work turn up nowhere`() async throws {
            try await onOwnThread { try Self.story() }
        }

        private static func story() throws {
            let password = Canary()
            let passphrase = Canary()
            let kafka = try RealKafka.start(
                secure: true,
                settings: [
                    "listener.name.secure.plain.sasl.jaas.config":
                        "org.apache.kafka.common.security.plain.PlainLoginModule required "
                        + "user_diwan=\"\(password.text)\";",
                    "super.users": "User:admin;User:ANONYMOUS;User:diwan",
                ])
            defer { try? kafka.stop() }
            let deployment = try Self.deployment(kafka, "canary", key: try encryptedKey(kafka, passphrase))
            let file = deployment.folder.appendingPathComponent("password")
            try password.text.write(to: file, atomically: true, encoding: .utf8)
            var said = Said(deployment: deployment, environment: ["KEY_PASSPHRASE": passphrase.text])

            try works(deployment, &said)
            try fails(kafka, deployment, file, &said)

            let canaries = [password, passphrase] + said.planted
            for (command, text) in said.texts {
                #expect(!canaries.contains { $0.isIn(Data(text.utf8)) }, "\(command) says a secret")
            }
            // First that the search finds what is there: where the operator put it, and what the worker sent in TLS.
            #expect(password.files(in: deployment.folder) == ["password"])
            for canary in canaries.dropFirst() { #expect(canary.files(in: deployment.folder).isEmpty) }
            #expect(FileManager.default.fileExists(atPath: deployment.databaseFile("notifications").path))
            // Notices, lag reports with their metadata, and whatever else Kafka was told to keep.
            let log = kafka.directory.appendingPathComponent("broker-0")
            #expect(Canary(finding: deployment.topics.notices).isAnywhere(in: log))
            for canary in canaries { #expect(canary.files(in: log).isEmpty) }
        }

        private static func deployment(_ kafka: RealKafka, _ stem: String, key: URL) throws -> TestDeployment {
            var options = TestDeployment.Options()
            options.extra = "log: {level: debug}\n"
            options.kafkaExtra = """
                  options:
                    security.protocol: SASL_SSL
                    sasl.mechanism: PLAIN
                    sasl.username: diwan
                    ssl.ca.location: \(try #require(kafka.authorityFile))
                    ssl.certificate.location: \(kafka.clientCertificateFile)
                    ssl.key.location: \(key.path)
                    debug: all
                  secrets:
                    sasl.password: {file: password}
                    ssl.key.password: {environment: KEY_PASSPHRASE}

                """
            let servers = try #require(kafka.secureServers)
            return try TestDeployment(
                stem, bootstrapServers: kafka.bootstrapServers, options: options, servers: servers)
        }

        private static func encryptedKey(_ kafka: RealKafka, _ passphrase: Canary) throws -> URL {
            let key = kafka.directory.appendingPathComponent("encrypted.key")
            let openssl = try ChildProcess(
                program: "/usr/bin/env",
                arguments: [
                    "openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", kafka.clientKeyFile, "-out", key.path,
                    "-passout", "env:PASSPHRASE",
                ], environment: ["PASSPHRASE": passphrase.text], folder: kafka.directory, name: "openssl")
            guard openssl.wait() == .exit(0) else { throw Diwan.Unexpected("openssl: \(openssl.errors)") }
            return key
        }

        // MARK: All is well

        private static func works(_ deployment: TestDeployment, _ said: inout Said) throws {
            try said.ask(["config", "check", deployment.configurationFile], .exit(0), named: false)
            try said.ask(["config", "check", deployment.configurationFile, "--format", "json"], .exit(0), named: false)
            try said.ask(["doctor"], .exit(0))
            try said.ask(["doctor", "--format", "json"], .exit(0))
            let events = deployment.folder.appendingPathComponent("events.jsonl")
            try (History.events() + History.synthetic()).joined(separator: "\n")
                .write(to: events, atomically: true, encoding: .utf8)
            try said.ask(["events", "send", events.path], .exit(0))
            try deployment.produce([RawRecord(key: "arcp", value: Array("no event".utf8))])

            let worker = try deployment.startWorker(environment: said.environment)
            try deployment.waitUntilCaughtUp(while: worker)
            try said.look(at: worker)
            // The second worker is refused, because the first one holds the store.
            for (command, end) in [(["topics", "create"], 0), (["projection", "list"], 0), (["worker", "run"], 75)] {
                try said.ask(command, .exit(Int32(end)))
            }
            try worker.leaves()
            said.texts.append(("worker run", worker.output + worker.errors))
            #expect(worker.errors.contains("debug ") && worker.errors.contains("SASL"), "all is logged")

            try said.ask(["dead-letters", "list", "--format", "json"], .exit(0))
            let letters = try deployment.listedDeadLetters()
            #expect(letters.count == 1)
            for letter in letters { try said.ask(["dead-letters", "show", letter.id], .exit(0)) }
            try said.ask(["notices", "list"], .exit(0))
            try said.ask(["status"], .exit(0))
        }

        // MARK: Something is wrong

        private static func fails(
            _ kafka: RealKafka, _ deployment: TestDeployment, _ file: URL, _ said: inout Said
        ) throws {
            // A wrong password, a wrong passphrase, and a file that is no text.
            let right = try Data(contentsOf: file)
            try said.plant().text.write(to: file, atomically: true, encoding: .utf8)
            try said.ask(["doctor"], .exit(77))
            try said.ask(["doctor", "--format", "json"], .exit(77))
            try said.ask(["worker", "run"], .exit(77))
            try (Data(said.plant().text.utf8) + [0xFF]).write(to: file)
            for command in [["doctor"], ["worker", "run"]] { try said.ask(command, .exit(78)) }
            try right.write(to: file)
            let environment = said.environment
            said.environment["KEY_PASSPHRASE"] = said.plant().text
            for command in [["doctor"], ["worker", "run"]] { try said.ask(command, .exit(78)) }
            said.environment = environment

            // A secret in a place that is none, in the environment too.
            for (number, mistake) in mistakes(said.plant().text).enumerated() {
                // A folder of its own: `store` lies beside the file.
                let folder = FileManager.default.temporaryDirectory.appendingPathComponent("diwan-\(UUID().uuidString)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                defer { try? FileManager.default.removeItem(at: folder) }
                let file = folder.appendingPathComponent("diwan.yaml")
                let text = """
                    deployment: wrong
                    topics: [{name: events, role: events}]
                    store: {sqlite: {folder: store}}
                    plugins: {mechanism-directory: {}}
                    kafka:
                      bootstrap-servers: [127.0.0.1:9]
                    \(mistake)
                    """
                try text.write(to: file, atomically: true, encoding: .utf8)
                try said.ask(["config", "check", file.path], .exit(78), named: false, of: mistake)
                try said.ask(["config", "check", file.path, "--format", "json"], .exit(78), named: false, of: mistake)
                // All commands read the file in the same way.
                for command in [["doctor"], ["worker", "run"], ["topics", "create"]] where number < 2 {
                    try said.ask(command + ["--config", file.path], .exit(78), named: false, of: mistake)
                    let told = said.texts.last?.text ?? ""
                    #expect(told.contains(number == 0 ? "sasl.password" : "sasl.pasword"), "\(command): \(told)")
                }
            }
            let lost = said.plant().text
            for (name, value) in [
                ("DIWAN_KAFKA_SECRETS", "{sasl.password: \(lost)}"), ("DIWAN_KAFKA_SECRETS", "{sasl.password: \(lost)"),
                ("DIWAN_KAFKA_OPTIONS", "{sasl.password: \(lost)}"), ("DIWAN_KAFKA_PASSWORD", lost),
            ] {
                said.environment[name] = value
                try said.ask(["doctor"], nil, of: "\(name)=\(value)")
                said.environment = environment
            }
        }

        /// Lines under `kafka:` with a secret in them, each a mistake that somebody makes.
        private static func mistakes(_ secret: String) -> [String] {
            [
                "  options: {sasl.password: \(secret)}\n", "  options: {sasl.pasword: \(secret)}\n",
                "  options: {ssl.key.password: [\(secret)]}\n", "  options: {sasl.password: {value: \(secret)}}\n",
                "  options:\n    sasl.jaas.config: 'PlainLoginModule required password=\"\(secret)\";'\n",
                "  secrets: {sasl.password: \(secret)}\n", "  secrets: {sasl.password: [\(secret)]}\n",
                "  secrets: {sasl.password: {value: \(secret)}}\n", "  secrets: {sasl.password: {\(secret): file}}\n",
                "  secrets: {sasl.password: {file: {\(secret): 1}}}\n", "  secrets: \(secret)\n",
                "  secrets: {sasl.password: \(secret)\n", "  secrets: {sasl.password: '\(secret)}\n",
                "  password: \(secret)\n", "  sasl.password: \(secret)\n",
            ]
        }
    }
}

/// A secret that is known by sight, also where only a piece of it is left.
private struct Canary {
    let text: String
    private let piece: Data

    init() { self.init(finding: "canary-\(UUID().uuidString)-bird") }

    init(finding text: String) {
        self.text = text
        piece = Data(text.utf8.dropFirst(text.utf8.count / 3).prefix(12))
    }

    func isIn(_ data: Data) -> Bool { data.range(of: piece) != nil }

    func isAnywhere(in folder: URL) -> Bool { !files(in: folder).isEmpty }

    /// The files that hold a piece of it, or are named after it.
    func files(in folder: URL) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            isIn(Data(name.utf8))
                || (try? Data(contentsOf: folder.appendingPathComponent(name))).map(isIn) == true
        }
    }
}

/// What the program said to whom.
private struct Said {
    let deployment: TestDeployment
    var environment: [String: String]
    var texts: [(command: String, text: String)] = []
    /// Further secrets, put where something is wrong.
    private(set) var planted: [Canary] = []

    init(deployment: TestDeployment, environment: [String: String]) {
        self.deployment = deployment
        self.environment = environment
    }

    mutating func plant() -> Canary {
        planted.append(Canary())
        return planted[planted.count - 1]
    }

    /// Runs a command and keeps what it said.
    ///
    /// - Parameters:
    ///   - end: how it has to end; nil where that does not matter.
    ///   - named: whether the deployment's configuration is named as an option.
    mutating func ask(
        _ words: [String], _ end: ChildProcess.End?, named: Bool = true, of story: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let answer =
            try named
            ? deployment.answer(words, environment: environment)
            : Diwan.answer(words, environment: environment, folder: deployment.folder)
        let text = answer.output + answer.errors
        texts.append(("\(words.joined(separator: " ")) \(story)", text))
        #expect(!text.isEmpty, sourceLocation: sourceLocation)
        if let end {
            #expect(answer.end == end, "\(words) \(story): \(text.suffix(3000))", sourceLocation: sourceLocation)
        }
    }

    /// What everybody on the machine sees of a process: its arguments and the names of its threads.
    mutating func look(at process: ChildProcess) throws {
        let folder = "/proc/\(process.processID)"
        let arguments = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/cmdline"))
        #expect(String(decoding: arguments, as: UTF8.self).contains("worker\0run"))
        texts.append(("cmdline", String(decoding: arguments, as: UTF8.self)))
        for thread in try FileManager.default.contentsOfDirectory(atPath: "\(folder)/task") {
            let name = try? String(contentsOfFile: "\(folder)/task/\(thread)/comm", encoding: .utf8)
            texts.append(("a thread's name", name ?? ""))
        }
    }
}
