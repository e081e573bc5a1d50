import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import PluginManifest
import ProjectionStoreSQLite
import WorkerRuntime
import WorkloadW1

/// Runs workload W1 through a whole worker, up to given end offsets, and prints one line of JSON.
///
/// The environment says where: BOOTSTRAP, TOPIC, GROUP (names the deployment), END_OFFSETS as JSON, DB (the SQLite file
/// that is made). `diwan-bench redrive` measures redrives instead (`RedriveBench`). Options: `--trusted` (no schema check), `--no-dedupe`, `--batch=EVENTS`, `--memory=MIB`.
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

    struct Misuse: Error, CustomStringConvertible {
        let description: String
    }

    private static func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            throw Misuse(description: "the environment variable \(name) is missing")
        }
        return value
    }

    private static func run() throws {
        if CommandLine.arguments.dropFirst().first == "redrive" {
            return try RedriveBench.run(CommandLine.arguments.dropFirst(2))
        }
        let started = Date()
        let options = Options(CommandLine.arguments.dropFirst())
        let ends = try JSONDecoder().decode([String: Int64].self, from: Data(try variable("END_OFFSETS").utf8))
        let total = ends.values.reduce(0, +)
        let database = try variable("DB")
        let folder = database + ".store"

        let kafka = KafkaConfiguration(bootstrapServers: try variable("BOOTSTRAP"))
        let plugin = try makePlugin()
        let manifest = try ManifestReader.read(plugin.sources.manifest, file: "plugin.yaml")
        let settings = WorkerSettings(
            deployment: try variable("GROUP"), kafka: kafka,
            topics: [
                .init(
                    name: try variable("TOPIC"), role: .events, isOwn: true, readsHeaderless: true,
                    isTrusted: options.isTrusted)
            ],
            plugins: [manifest.name: .init(activatesAtBeginning: true, acceptsGap: false)], noticesTopic: nil,
            maildir: nil, memoryBytes: options.memory << 20, batchEvents: options.batch, dedupes: options.dedupes)
        let worker = Worker(
            settings: settings, packages: [PluginPackage(plugin: plugin, manifest: manifest)],
            catalogue: try EventCatalogue.bundled(),
            provider: SQLiteStoreProvider(folder: folder, durability: .normal, cacheBytes: (options.memory / 4) << 20),
            log: WorkerLog(level: .warning))
        let watcher = Thread {
            while (worker.lanes.first?.records ?? 0) < total { usleep(2000) }
            worker.stop()
        }
        watcher.start()
        try worker.run(standby: false)
        guard let lane = worker.lanes.first, let span = lane.span else {
            throw Misuse(description: "no record was committed")
        }
        try? FileManager.default.removeItem(atPath: database)
        try FileManager.default.createSymbolicLink(
            atPath: database, withDestinationPath: "\(folder)/\(manifest.name).sqlite")
        let seconds = Double(span.ended - span.began) / 1e9
        let name = "diwan-sqlite\(options.isTrusted ? "-trusted" : "")\(options.dedupes ? "" : "-nodedupe")"
        print(
            "{\"peer\": \"\(name)\", \"events\": \(lane.records), \"seconds\": \(seconds), "
                + "\"events_per_s\": \(Double(lane.records) / seconds), \"peak_rss_mb\": \(peakMemory() >> 10), "
                + "\"wall_s\": \(Date().timeIntervalSince(started))}")
    }

    /// Kilobytes.
    private static func peakMemory() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }

    struct Options {
        var isTrusted = false
        var dedupes = true
        var batch = 200_000
        var memory = 150

        init(_ arguments: some Sequence<String>) {
            for argument in arguments {
                let parts = argument.split(separator: "=", maxSplits: 1)
                switch parts[0] {
                case "--trusted": isTrusted = true
                case "--no-dedupe": dedupes = false
                case "--batch": batch = parts.count > 1 ? Int(parts[1]) ?? batch : batch
                case "--memory": memory = parts.count > 1 ? Int(parts[1]) ?? memory : memory
                default: FileHandle.standardError.write(Data("diwan-bench: ignored \(argument)\n".utf8))
                }
            }
        }
    }
}
