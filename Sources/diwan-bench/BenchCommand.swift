import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import PluginManifest
import ProjectionStore
import ProjectionStorePostgres
import ProjectionStoreSQLite
import WorkerRuntime
import WorkloadW1

/// Runs workload W1 through a whole worker, up to given end offsets, and prints one line of JSON.
///
/// The environment says where: BOOTSTRAP, TOPIC, GROUP (names the deployment), END_OFFSETS as JSON, DB (the SQLite file
/// that is made) or DSN (an empty PostgreSQL database). Options: `--trusted` (no schema check), `--no-dedupe`,
/// `--batch=EVENTS`, `--memory=MIB`, `--store=sqlite|postgres`, `--plugins=N` (the plugin under N names),
/// `--lanes=N` (each plugin's, on PostgreSQL).
/// `diwan-bench redrive` measures redrives instead (`RedriveBench`), `diwan-bench latency` how soon a reader sees an event
/// (`LatencyBench`).
@main
struct BenchCommand {
    static func main() {
        do {
            try run()
        } catch {
            FileHandle.standardError.write(Data("diwan-bench: \(error)\n".utf8))
            exit(70)
        }
    }

    private static func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            throw Options.Misuse(description: "the environment variable \(name) is missing")
        }
        return value
    }

    private static func run() throws {
        switch CommandLine.arguments.dropFirst().first {
        case "redrive": return try RedriveBench.run(CommandLine.arguments.dropFirst(2))
        case "latency": return try LatencyBench.run(CommandLine.arguments.dropFirst(2))
        default: break
        }
        let started = Date()
        let options = try Options(CommandLine.arguments.dropFirst())
        let ends = try JSONDecoder().decode([String: Int64].self, from: Data(try variable("END_OFFSETS").utf8))
        let total = ends.values.reduce(0, +)
        let packages = try packages(options.plugins)
        let settings = WorkerSettings(
            deployment: try variable("GROUP"), kafka: KafkaConfiguration(bootstrapServers: try variable("BOOTSTRAP")),
            topics: [
                .init(
                    name: try variable("TOPIC"), role: .events, isOwn: true, readsHeaderless: true,
                    isTrusted: options.isTrusted)
            ],
            plugins: Dictionary(
                uniqueKeysWithValues: packages.map {
                    ($0.manifest.name, WorkerSettings.Plugin(activatesAtBeginning: true, acceptsGap: false))
                }), noticesTopic: nil, maildir: nil, memoryBytes: options.memory << 20, batchEvents: options.batch,
            dedupes: options.dedupes, lanes: options.lanes)
        let worker = Worker(
            settings: settings, packages: packages, catalogue: try EventCatalogue.bundled(),
            provider: try provider(options), log: WorkerLog(level: .warning))
        let pace = Pace()
        let watcher = Thread {
            pace.watch(worker, until: total)
            worker.stop()
        }
        watcher.start()
        try worker.run(standby: false)
        let spans = worker.lanes.compactMap(\.span)
        let active = Set(worker.lanes.filter { $0.span != nil }.map(\.plugin))
        guard active.count == packages.count, let began = spans.map(\.began).min(), let ended = spans.map(\.ended).max()
        else { throw Options.Misuse(description: "not every plugin has committed a record") }
        if options.store == .sqlite { try link(packages) }
        report(worker, options, pace, seconds: Double(ended - began) / 1e9, wall: Date().timeIntervalSince(started))
    }

    private static func report(_ worker: Worker, _ options: Options, _ pace: Pace, seconds: Double, wall: Double) {
        let records = worker.lanes.map(\.records).reduce(0, +)
        let each = records / Int64(options.plugins)
        var line =
            "{\"peer\": \"\(options.name)\", \"events\": \(each), \"seconds\": \(seconds), "
            + "\"events_per_s\": \(Double(each) / seconds), \"peak_rss_mb\": \(peakMemory() >> 10), \"wall_s\": \(wall), "
            + "\"plugins\": \(options.plugins)"
        if each >= 3_000_000, let second = pace.rate(from: 1_000_000, to: 2_000_000),
            let last = pace.rate(from: each - 1_000_000, to: each)
        {
            line += ", \"second_million_per_s\": \(second), \"last_million_per_s\": \(last)"
        }
        print(line + "}")
    }

    /// The plugin under as many names: the first has its own.
    private static func packages(_ count: Int) throws -> [PluginPackage] {
        let plugin = try makePlugin()
        let text = plugin.sources.manifest
        return try (1...count).map { number in
            let renamed =
                number == 1
                ? text : text.replacingOccurrences(of: "name: workload-w1", with: "name: workload-w1-\(number)")
            return PluginPackage(plugin: plugin, manifest: try ManifestReader.read(renamed, file: "plugin.yaml"))
        }
    }

    private static func folder() throws -> String { try variable("DB") + ".store" }

    private static func provider(_ options: Options) throws -> any StoreProvider {
        switch options.store {
        case .sqlite:
            let share = MemoryShare(of: options.memory << 20, lanes: options.plugins)
            return SQLiteStoreProvider(folder: try folder(), durability: .normal, cacheBytes: share.cache)
        case .postgres:
            let share = MemoryShare(of: options.memory << 20, lanes: options.plugins * options.lanes)
            return PostgresStoreProvider(
                uri: try variable("DSN"), deployment: "bench", durability: .full, filterBytes: share.filter)
        }
    }

    /// Lays the stores where whoever asks the oracle looks for them: DB, DB-2, DB-3, ...
    private static func link(_ packages: [PluginPackage]) throws {
        let database = try variable("DB")
        for (index, package) in packages.enumerated() {
            let place = index == 0 ? database : "\(database)-\(index + 1)"
            try? FileManager.default.removeItem(atPath: place)
            try FileManager.default.createSymbolicLink(
                atPath: place, withDestinationPath: "\(try folder())/\(package.manifest.name).sqlite")
        }
    }

    /// Kilobytes.
    private static func peakMemory() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }
}
