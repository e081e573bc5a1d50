import Bilingual
import Configuration
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStorePostgres
import ProjectionStoreSQLite
import WorkerRuntime

/// A deployment as its configuration file describes it, with the plugins of this program.
struct Deployment: Sendable {
    /// The configuration file.
    let file: String
    let configuration: WorkerConfiguration
    /// Whether the file says `bootstrap-servers: [embedded]`: the broker that `diwan dev` runs.
    let usesEmbeddedBroker: Bool
    /// The plugins that the file names and enables, in the program's order.
    let packages: [PluginPackage]
    /// Where secrets may be found.
    let environment: [String: String]

    /// Reads the file that the command line, the environment or the default names.
    static func load(_ call: CommandCall, saysWarnings: Bool = true) throws -> Deployment {
        let named: String? = try call.optional("config")
        return try load(
            file: named ?? call.environment["DIWAN_CONFIG"] ?? "diwan.yaml", environment: call.environment,
            isNamed: named != nil, saysWarnings: saysWarnings)
    }

    static func load(
        file: String, environment: [String: String], isNamed: Bool = true, saysWarnings: Bool = true
    ) throws -> Deployment {
        let packages = try Packages.all()
        let embedded = try EmbeddedBroker.isAsked(in: file, environment, isNamed: isNamed)
        var variables = environment.filter { !ProcessEnvironment.ownVariables.contains($0.key) }
        // The word stands for an address that only a running broker knows; until then any address is as good.
        if embedded { variables[EmbeddedBroker.variable] = EmbeddedBroker.placeholder }
        let configuration = try WorkerConfiguration.load(
            file: file, environment: variables, knownPlugins: packages.map(\.manifest.name))
        if saysWarnings { for warning in configuration.warnings { Output.say("diwan: warning: \(warning)") } }
        return Deployment(
            file: file, configuration: configuration, usesEmbeddedBroker: embedded,
            packages: packages.filter { configuration.plugins[$0.manifest.name]?.isEnabled == true },
            environment: environment)
    }

    /// The package of a plugin that the configuration enables.
    ///
    /// - Throws: naming the nearest one where there is none of that name.
    func package(_ name: String) throws -> PluginPackage {
        if let found = packages.first(where: { $0.manifest.name == name }) { return found }
        let known = packages.map(\.manifest.name).sorted()
        let hint = NearestName.find(name, among: known).map { "did you mean \($0)?" } ?? "see 'diwan plugin list'"
        throw CommandFailure(.config, "\(file) enables no plugin \(TerminalText.quoted(name)); \(hint)")
    }

    // MARK: Store

    /// The store's driver; connects to nothing yet.
    var provider: any StoreProvider {
        switch configuration.store.kind {
        case .sqlite(let section): sqlite(section)
        case .postgres(let section): postgres(section)
        }
    }

    private func memory(lanesEach: Int) -> MemoryShare {
        MemoryShare(of: configuration.limits.memoryBytes, lanes: packages.count * lanesEach)
    }

    private func sqlite(_ section: SQLiteSection) -> SQLiteStoreProvider {
        SQLiteStoreProvider(
            folder: section.folder, durability: section.durability == .full ? .full : .normal,
            cacheBytes: memory(lanesEach: 1).cache)
    }

    private func postgres(_ section: PostgresSection) -> PostgresStoreProvider {
        var secrets: [String: PostgresStoreProvider.SecretReader] = [:]
        for (name, source) in section.secrets { secrets[name] = Self.secretReader(source, environment) }
        return PostgresStoreProvider(
            uri: section.uri ?? "postgresql://", options: section.options, secrets: secrets,
            deployment: configuration.deployment, durability: section.durability == .full ? .full : .normal,
            filterBytes: memory(lanesEach: configuration.worker.lanes).filter)
    }

    private static func secretReader(
        _ source: Configuration.SecretSource, _ environment: [String: String]
    ) -> PostgresStoreProvider.SecretReader {
        { () throws(StoreError) in
            switch Result(catching: { () throws(ConfigurationError) in try source.resolve(environment: environment) }) {
            case .success(let secret): return secret.revealed
            case .failure(let error): throw StoreError(.notWritable, "store.postgres: \(error)")
            }
        }
    }

    /// Where the worker that holds the store has its socket; nil where commands reach it another way.
    var controlFolder: String? { provider.controlFolder }

    /// A plugin's store for reading; nil where it has none yet.
    func reader(_ package: PluginPackage) throws -> (any StoreReader)? {
        do throws(StoreError) {
            return try provider.openReader(package.manifest)
        } catch {
            if error.code == .absent { return nil }
            throw error
        }
    }

    /// Hands over the store of each plugin that has one, and says on standard error which have none.
    ///
    /// - Throws: with 69 where no plugin has one; what `body` throws.
    func eachReader(_ body: (PluginPackage, any StoreReader) throws -> Void) throws {
        var without: [String] = []
        for package in packages {
            guard let reader = try reader(package) else {
                without.append(package.manifest.name)
                continue
            }
            defer { reader.close() }
            try body(package, reader)
        }
        if without.count == packages.count { throw noStore(without) }
        for name in without { Output.say("diwan: plugin \(name) has no store yet, and is left out") }
    }

    /// What to say where there is no store of these plugins, the only ones that are asked.
    func noStore(_ plugins: [String]) -> CommandFailure {
        if plugins.isEmpty {
            return CommandFailure(.config, "\(file): no plugin is enabled: name at least one under 'plugins'")
        }
        let whose =
            plugins.count == 1
            ? "plugin \(plugins[0]) has no store yet" : "plugins \(plugins.joined(separator: ", ")) have no store yet"
        return CommandFailure(.unavailable, "\(whose): run a worker first ('diwan worker run' or 'diwan dev')")
    }

    // MARK: Kafka

    /// Where the embedded broker says it is.
    var embeddedBroker: EmbeddedBroker {
        EmbeddedBroker(beside: configuration.store.sqlite?.folder ?? file)
    }

    /// How to reach Kafka.
    ///
    /// - Throws: when the embedded broker is asked for and does not run.
    func kafka() throws -> KafkaConfiguration {
        let section = configuration.kafka
        var kafka = KafkaConfiguration(
            bootstrapServers: usesEmbeddedBroker
                ? try embeddedBroker.address(configuration: file) : section.bootstrapServers)
        addOptions(to: &kafka)
        return kafka
    }

    /// Everything but the addresses.
    func addOptions(to kafka: inout KafkaConfiguration) {
        let section = configuration.kafka
        kafka.clientID = "\(section.clientID)-\(configuration.worker.id)"
        kafka.sessionTimeout = configuration.worker.sessionTimeout
        kafka.assignmentStrategy = configuration.worker.assignment == .range ? .range : .roundRobin
        kafka.passthrough = section.options
        for (name, source) in section.secrets {
            switch source {
            case .file(let path): kafka.secrets[name] = .file(path: path)
            case .environment(let variable): kafka.secrets[name] = .environment(name: variable)
            }
        }
    }
}
