import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStorePostgres
import ProjectionStoreSQLite
import WorkerTesting

/// Where a run takes place: three brokers, the store, the topics, and the configuration that the workers read.
final class Site {
    static let plugin = "chaos-ledger"
    static let partitions: Int32 = 6

    let folder: URL
    let kafka: RealKafka
    let postgres: PostgresCluster?
    /// One in front of PostgreSQL for each worker.
    let proxies: [TCPProxy]
    let deployment: String
    let events: String
    let people: String
    let notices: String
    let manifest: Manifest
    /// What workers take for the time.
    let clock: TrialClock

    var configurationFile: String { folder.appendingPathComponent("diwan.yaml").path }
    var mailFolder: URL { folder.appendingPathComponent("mail") }
    var group: String { "diwan.\(deployment).\(Self.plugin).1" }
    var lockFile: String { folder.appendingPathComponent("store/diwan.lock").path }

    init(_ options: ChaosOptions, workers: Int) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("diwan-chaos-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        deployment = "chaos\(UInt32.random(in: 0...UInt32.max))"
        events = "\(deployment).events"
        people = "\(deployment).people"
        notices = "\(deployment).notices"
        clock = try TrialClock(folder)
        manifest = try TestPlugins.manifest(Self.plugin)
        kafka = try RealKafka.start(brokers: 3)
        if options.store == .postgres {
            let cluster = try PostgresCluster()
            try cluster.sql("CREATE ROLE diwan LOGIN")
            try cluster.sql("CREATE DATABASE diwan OWNER diwan TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
            postgres = cluster
            proxies = try (0..<workers).map { _ in try TCPProxy(to: cluster.port) }
        } else {
            postgres = nil
            proxies = []
        }
        try configuration(options).write(toFile: configurationFile, atomically: true, encoding: .utf8)
        try createTopics()
    }

    private func configuration(_ options: ChaosOptions) -> String {
        let store =
            postgres.map { "postgres: {uri: \"\($0.uri(user: "diwan", database: "diwan"))\", durability: full}" }
            ?? "sqlite: {folder: store, durability: normal}"
        return """
            deployment: \(deployment)
            kafka:
              bootstrap-servers: [\(kafka.bootstrapServers.replacingOccurrences(of: ",", with: ", "))]
            topics:
              - {name: \(events), role: events}
              - {name: \(people), role: people}
              - {name: \(notices), role: notices}
            store:
              \(store)
            plugins:
              \(Self.plugin): {activate: beginning}
            dedupe: {enabled: \(options.dedupes)}
            delivery:
              kafka: {}
              maildir: {folder: mail, sender: diwan@example.invalid}
            worker: {session-timeout: 6s, commit-interval: 100ms}

            """
    }

    private func createTopics() throws {
        let admin = try Admin(kafkaConfiguration)
        defer { admin.close(timeout: .seconds(1)) }
        let topics = [(events, Self.partitions), (people, 1), (notices, 3)].map {
            TopicSpecification(name: $0.0, partitions: $0.1, replication: 3)
        }
        for result in try admin.createTopics(topics, timeout: .seconds(30)).values { try result.get() }
    }

    var kafkaConfiguration: KafkaConfiguration {
        var configuration = KafkaConfiguration(bootstrapServers: kafka.bootstrapServers)
        // A broker that is away for a while must not make the trial itself lose or repeat anything.
        configuration.deliveryTimeout = .seconds(900)
        return configuration
    }

    /// The plugin's store, read as commands read it; directly, not through a proxy.
    func openReader() throws -> any StoreReader {
        let provider: any StoreProvider =
            if let postgres {
                PostgresStoreProvider(uri: postgres.uri(user: "diwan", database: "diwan"), deployment: deployment)
            } else {
                SQLiteStoreProvider(folder: folder.appendingPathComponent("store").path)
            }
        return try provider.openReader(manifest)
    }

    /// Runs a command of the program and answers what it printed.
    func command(_ words: [String]) throws -> String {
        let answer = try Diwan.answer(
            words + ["--config", configurationFile], environment: ["DIWAN_TEST_PLUGINS": "1"], folder: folder)
        guard answer.end == .exit(0) else {
            throw Diwan.Unexpected("diwan \(words.joined(separator: " ")) ended with \(answer.end): \(answer.errors)")
        }
        return answer.output
    }
}
