public import Foundation

/// A real Apache Kafka for tests, where the folder `shared/kafka` lies beside the repository: one or three brokers on
/// loopback ports, with their files in a temporary folder. Stops with the object.
///
/// `@unchecked Sendable`: everything is fixed when it has started; each call runs a program of its own.
public final class RealKafka: @unchecked Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// `host:port` of every broker's plain listener, separated by commas.
    public let bootstrapServers: String
    /// The same of the SASL_SSL and the client-certificate listener; nil unless started as secure.
    public let secureServers: String?
    public let mutualServers: String?
    /// The certificate authority, the client's certificate and its key (PEM); nil unless started as secure.
    public let authorityFile: String?
    public var clientCertificateFile: String { directory.appendingPathComponent("client.pem").path }
    public var clientKeyFile: String { directory.appendingPathComponent("client.key").path }
    public let directory: URL

    /// The program that starts it, nil where it is absent.
    public static let program: String? = {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let program = repository.deletingLastPathComponent().appendingPathComponent("shared/kafka/kafka").path
        return FileManager.default.isExecutableFile(atPath: program) ? program : nil
    }()

    /// Whether tests against the real Kafka can run; says aloud, once, when they cannot.
    public static let isAvailable: Bool = {
        if program != nil { return true }
        print("SKIPPED: every test against the real Kafka, because ../shared/kafka/kafka is not beside the repository")
        return false
    }()

    /// Starts brokers and waits until they answer: some seconds.
    public static func start(brokers: Int = 1, secure: Bool = false, settings: [String: String] = [:]) throws
        -> RealKafka
    {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "diwan-kafka-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var arguments = ["start", directory.path, "--brokers", String(brokers)]
        if secure { arguments.append("--secure") }
        for (key, value) in settings.sorted(by: { $0.key < $1.key }) { arguments += ["--set", "\(key)=\(value)"] }
        do {
            let line = try run(arguments)
            guard let answer = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else {
                throw Failure(description: "kafka start printed no JSON object: \(line)")
            }
            return try RealKafka(directory: directory, answer: answer)
        } catch {
            _ = try? run(["stop", directory.path])
            try? FileManager.default.removeItem(at: directory)
            throw error
        }
    }

    private init(directory: URL, answer: [String: Any]) throws {
        guard let servers = answer["bootstrap"] as? String else {
            throw Failure(description: "kafka start named no bootstrap servers")
        }
        self.directory = directory
        bootstrapServers = servers
        secureServers = answer["secure"] as? String
        mutualServers = answer["mutual"] as? String
        authorityFile = answer["ca"] as? String
    }

    deinit {
        _ = try? Self.run(["stop", directory.path])
        try? FileManager.default.removeItem(at: directory)
    }

    public func stop() throws { _ = try Self.run(["stop", directory.path]) }

    /// Kills a broker at once (brokers count from 0).
    public func kill(broker: Int = 0) throws { _ = try Self.run(["kill", directory.path, String(broker)]) }

    /// Makes a broker hang, as a machine does that swaps.
    public func pause(broker: Int = 0) throws { _ = try Self.run(["pause", directory.path, String(broker)]) }

    public func resume(broker: Int = 0) throws { _ = try Self.run(["resume", directory.path, String(broker)]) }

    /// Starts a killed broker again on its ports and files.
    public func restart(broker: Int = 0) throws { _ = try Self.run(["restart", directory.path, String(broker)]) }

    /// Lets a broker tell its clients another port than its own, behind which a proxy stands; restarts it for that.
    public func advertise(port: UInt16, broker: Int = 0) throws {
        let file = directory.appendingPathComponent("broker-\(broker).properties")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            line.hasPrefix("advertised.listeners=")
                ? "advertised.listeners=PLAINTEXT://127.0.0.1:\(port)" : String(line)
        }
        try (lines.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
        try kill(broker: broker)
        try restart(broker: broker)
    }

    /// The port at which the first broker listens.
    public var port: UInt16 {
        get throws {
            let address = bootstrapServers.split(separator: ",").first?.split(separator: ":").last
            guard let port = address.flatMap({ UInt16($0) }) else {
                throw Failure(description: "\(bootstrapServers) names no port")
            }
            return port
        }
    }

    /// Runs one of Kafka's own tools, such as `topics` with `--list`, and returns what it printed.
    @discardableResult
    public func tool(_ name: String, _ arguments: [String], input: String = "") throws -> String {
        try Self.run([name, directory.path] + arguments, input: input)
    }

    public func createTopic(_ name: String, partitions: Int = 1) throws {
        try tool("topics", ["--create", "--topic", name, "--partitions", String(partitions)])
    }

    private static func run(_ arguments: [String], input: String = "") throws -> String {
        guard let program else { throw Failure(description: "../shared/kafka/kafka is not beside the repository") }
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("diwan-tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        // Files, because a broker that outlives its starter would hold a pipe open.
        let files = ["in", "out", "err"].map { scratch.appendingPathComponent($0) }
        try Data(input.utf8).write(to: files[0])
        for file in files[1...] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        let output = String(decoding: try Data(contentsOf: files[1]), as: UTF8.self)
        guard process.terminationStatus == 0 else {
            let errors = String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
            let command = arguments.joined(separator: " ")
            throw Failure(description: "kafka \(command) ended with \(process.terminationStatus): \(errors)\(output)")
        }
        return output
    }
}
