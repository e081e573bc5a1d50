public import Foundation
public import KafkaClient
import PluginKit
public import ProjectionStore
import ProjectionStorePostgres
import Threads

/// A deployment of its own on a test's Kafka: a folder with configuration, store and Maildir, and the topics that it
/// reads and writes. The folder goes with the object.
///
/// Everything is fixed when it is made; any thread may use it.
public final class TestDeployment: Sendable {
    /// The topics of a deployment; several may read the same ones.
    public struct Topics: Sendable {
        public let events: String
        public let people: String
        public let notices: String

        public init(events: String, people: String, notices: String) {
            self.events = events
            self.people = people
            self.notices = notices
        }
    }

    /// Where the tables are kept.
    public enum Store: Sendable {
        /// In `storeFolder`.
        case sqlite
        /// In the database at this address, in schemas named after the deployment.
        case postgres(uri: String)
    }

    /// What a configuration says beyond the topics and folders.
    public struct Options: Sendable {
        public var plugins = TestPlugins.names
        /// Beside `activate: beginning`, inside each plugin's braces.
        public var pluginExtra = ""
        /// Inside the braces of the topics that are read.
        public var topicExtra = ""
        public var maildir = true
        public var noticesTopic = true
        public var durability = "normal"
        public var store = Store.sqlite
        /// Beside the session's timeout, inside the worker's braces.
        public var workerExtra = ""
        /// Where the store lies; beside the configuration where it is relative.
        public var storeFolder = "store"
        /// Further sections, in full lines.
        public var extra = ""
        /// Further lines of `topics:`, indented by two.
        public var topicsExtra = ""
        /// Lines under `kafka:`, indented by two.
        public var kafkaExtra = ""

        public init() {}
    }

    public let name: String
    public let folder: URL
    public let topics: Topics
    public let kafka: KafkaConfiguration
    public let options: Options

    public var configurationFile: String { folder.appendingPathComponent("diwan.yaml").path }
    public var storeFolder: URL { folder.appendingPathComponent("store") }
    public var mailFolder: URL { folder.appendingPathComponent("mail") }

    /// Makes the folder and, unless `topics` are given, the topics.
    ///
    /// - Parameter servers: the addresses in the configuration, where they are others than the test's own.
    public init(
        _ stem: String, bootstrapServers: String, topics: Topics? = nil, partitions: Int = 4,
        options: Options = Options(), servers: String? = nil
    ) throws {
        name = "\(stem)-\(UUID().uuidString.prefix(8).lowercased())"
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("diwan-\(name)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.topics =
            topics ?? Topics(events: "\(name).events", people: "\(name).people", notices: "\(name).notices")
        kafka = KafkaConfiguration(bootstrapServers: bootstrapServers)
        self.options = options
        try Self.configuration(name, servers ?? bootstrapServers, self.topics, options).write(
            toFile: configurationFile, atomically: true, encoding: .utf8)
        if topics == nil {
            try createTopics([self.topics.events, self.topics.people, self.topics.notices], partitions)
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private static func configuration(_ name: String, _ servers: String, _ topics: Topics, _ options: Options) -> String
    {
        let plugins = options.plugins.map { "  \($0): {activate: beginning\(options.pluginExtra)}\n" }.joined()
        let delivery = [
            options.noticesTopic ? "  kafka: {}\n" : "",
            options.maildir ? "  maildir: {folder: mail, sender: diwan@example.invalid}\n" : "",
        ].joined()
        let store =
            switch options.store {
            case .sqlite: "sqlite: {folder: \(options.storeFolder), durability: \(options.durability)}"
            case .postgres(let uri): "postgres: {uri: \"\(uri)\", durability: \(options.durability)}"
            }
        return """
            deployment: \(name)
            kafka:
              bootstrap-servers: [\(servers.replacingOccurrences(of: ",", with: ", "))]
            \(options.kafkaExtra)topics:
              - {name: \(topics.events), role: events\(options.topicExtra)}
              - {name: \(topics.people), role: people\(options.topicExtra)}
              - {name: \(topics.notices), role: notices}
            \(options.topicsExtra)store:
              \(store)
            plugins:
            \(plugins)\(delivery.isEmpty ? "" : "delivery:\n\(delivery)")worker: {session-timeout: 6s, commit-interval: 100ms\(options.workerExtra)}
            \(options.extra)
            """
    }

    public func createTopics(_ names: [String], _ partitions: Int = 4) throws {
        let admin = try Admin(kafka)
        defer { admin.close(timeout: .seconds(1)) }
        let made = try admin.createTopics(
            names.map { TopicSpecification(name: $0, partitions: Int32(partitions)) }, timeout: .seconds(30))
        for result in made.values { try result.get() }
    }

    // MARK: The program

    public func answer(_ arguments: [String], environment: [String: String] = [:]) throws -> Diwan.Answer {
        try Diwan.answer(arguments + ["--config", configurationFile], environment: environment, folder: folder)
    }

    @discardableResult
    public func run(_ arguments: [String]) throws -> String {
        try Diwan.run(arguments + ["--config", configurationFile], folder: folder)
    }

    /// Starts a worker and returns at once.
    ///
    /// - Parameter crash: a place and a count at which it dies, such as `before-commit:2`.
    public func startWorker(
        standby: Bool = false, crash: String? = nil, environment: [String: String] = [:]
    ) throws -> ChildProcess {
        var environment = environment
        if let crash { environment["DIWAN_CRASH_AT"] = crash }
        return try ChildProcess(
            program: Diwan.path,
            arguments: ["worker", "run", "--config", configurationFile] + (standby ? ["--standby"] : []),
            environment: environment, folder: folder, name: "worker-\(UUID().uuidString.prefix(8))")
    }

    /// Publishes events, one JSON text each, through `diwan events send`.
    public func send(_ events: [String], arguments: [String] = []) throws {
        let file = folder.appendingPathComponent("events-\(UUID().uuidString.prefix(8)).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try (events.joined(separator: "\n") + "\n").write(to: file, atomically: true, encoding: .utf8)
        try run(["events", "send", file.path] + arguments)
    }

    // MARK: Where it stands

    /// Waits until every plugin has taken in what the topics hold now, and has sent what there is to send.
    public func waitUntilCaughtUp(within timeout: Duration = .seconds(90), while worker: ChildProcess? = nil) throws {
        let admin = try Admin(kafka)
        defer { admin.close(timeout: .seconds(1)) }
        let ends = try [topics.events, topics.people].flatMap { try Self.ends(of: $0, admin) }
        let deadline = MonotonicClock.deadline(after: timeout)
        var missing = ""
        while true {
            let states = options.plugins.map { lag(of: $0, behind: ends) }
            guard states.contains(where: { $0 != nil }) else { return }
            missing = states.compactMap(\.self).joined(separator: "; ")
            if let worker, let end = worker.end {
                throw Diwan.Unexpected("the worker ended with \(end): \(worker.errors.suffix(3000))")
            }
            if MonotonicClock.remaining(until: deadline) == .zero { break }
            usleep(100_000)
        }
        throw Diwan.Unexpected(
            "not caught up within \(timeout): \(missing); \(worker.map { String($0.errors.suffix(3000)) } ?? "")")
    }

    private static func ends(of topic: String, _ admin: Admin) throws -> [(PartitionKey, Watermarks)] {
        // A topic that was made just now has no leader for a moment.
        for _ in 0..<50 {
            if let ends = try? askedEnds(of: topic, admin) { return ends }
            usleep(100_000)
        }
        return try askedEnds(of: topic, admin)
    }

    private static func askedEnds(of topic: String, _ admin: Admin) throws -> [(PartitionKey, Watermarks)] {
        let metadata = try admin.metadata(topic: topic, timeout: .seconds(20))
        return try (metadata.topic(topic)?.partitions ?? []).map { partition in
            (
                PartitionKey(topic: topic, partition: partition.id),
                try admin.watermarks(TopicPartition(topic, partition.id), timeout: .seconds(20))
            )
        }
    }

    /// What a plugin still has to do, in words; nil when nothing.
    private func lag(of plugin: String, behind ends: [(PartitionKey, Watermarks)]) -> String? {
        do {
            let manifest = try TestPlugins.manifest(plugin)
            let wanted = ends.filter { end in
                manifest.events.contains { $0.fromPeopleTopic == (end.0.topic == topics.people) }
            }
            return try withStore(of: plugin) { store in
                let reached = Dictionary(
                    uniqueKeysWithValues: try store.partitions().map { ($0.key, $0.nextOffset) })
                for (key, end) in wanted where reached[key] ?? -1 < end.high {
                    return "\(plugin): \(key) at \(reached[key] ?? -1) of \(end.high)"
                }
                let pending = try store.outbox(limit: 10_000, after: 0).filter {
                    $0.state == .pending || $0.state == .waiting
                }
                return pending.first.map { "\(plugin): \(pending.count) messages to send \($0.reason)" }
            }
        } catch {
            return "\(plugin): \(error)"
        }
    }

    /// The deployment's store.
    public var provider: any StoreProvider {
        switch options.store {
        case .sqlite: TestPlugins.provider(storeFolder.path)
        case .postgres(let uri): PostgresStoreProvider(uri: uri, deployment: name)
        }
    }

    /// Reads a plugin's store, as commands do.
    public func withStore<Result>(of plugin: String, _ body: (any StoreReader) throws -> Result) throws -> Result {
        let reader = try provider.openReader(try TestPlugins.manifest(plugin))
        defer { reader.close() }
        return try body(reader)
    }
}
