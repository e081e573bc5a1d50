import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStorePostgres
import ProjectionStoreSQLite
import Synchronization
import Threads
import WorkerTesting

@testable import WorkerRuntime

/// A store that a trial can be made with.
enum TrialStore: String, Sendable, CaseIterable {
    case sqlite, postgres

    /// Those that are here.
    static var available: [TrialStore] { PostgresCluster.isAvailable ? allCases : [.sqlite] }
}

/// A worker with the clockwork on a mock cluster and a store of its own.
final class ClockworkTrial: Sendable {
    /// Where it lies, for a process that joins in.
    struct Address: Codable, Sendable {
        let folder: String
        let bootstrapServers: String
        let deployment: String
    }

    let address: Address
    /// nil in a process that joins in.
    private let ownCluster: MockCluster?
    let provider: any StoreProvider
    let said = Said()
    private let produced = Mutex(0)

    init(_ store: TrialStore = .sqlite) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "diwan-\(UUID().uuidString)").path
        let cluster = try MockCluster(topics: [(name: "events", partitions: 1)])
        ownCluster = cluster
        let deployment = "clockwork-\(UUID().uuidString.prefix(8).lowercased())"
        address = Address(folder: folder, bootstrapServers: cluster.bootstrapServers, deployment: deployment)
        provider =
            switch store {
            case .sqlite: SQLiteStoreProvider(folder: folder)
            case .postgres:
                PostgresStoreProvider(uri: try PostgresCluster.shared.get().uri(), deployment: deployment)
            }
    }

    /// Joins a place that another process has made, with SQLite.
    init(at address: Address) {
        self.address = address
        ownCluster = nil
        provider = SQLiteStoreProvider(folder: address.folder)
    }

    deinit {
        guard let ownCluster else { return }
        ownCluster.close()
        try? FileManager.default.removeItem(atPath: address.folder)
    }

    var cluster: MockCluster {
        get throws {
            guard let ownCluster else { throw Diwan.Unexpected("another process has the cluster") }
            return ownCluster
        }
    }

    /// Milliseconds since 1970.
    static var now: Int64 { UTCTime.now }

    /// Produces scripts, each recorded at its time.
    ///
    /// - Parameter meeting: the sequence of all of them; each of its own where nil.
    func record(_ scripts: [(at: Int64, script: String)], backfill: Bool = false, of meeting: String? = nil) throws {
        let producer = try Producer(KafkaConfiguration(bootstrapServers: address.bootstrapServers))
        defer { producer.close(timeout: .seconds(5)) }
        for (time, script) in scripts {
            let number = produced.withLock { count in
                count += 1
                return count
            }
            let extra = backfill ? #","backfill":true"# : ""
            let event = """
                {"specversion":"1.0","id":"synthetic/\(number)","source":"urn:diwan:synthetic"\(extra),\
                "type":"org.iscm.meeting.scheduled.v1","time":"2026-01-31T09:00:00Z",\
                "datacontenttype":"application/json","partitionkey":"arcp","data":{"meeting_id":"\(meeting ?? "\(number)")",\
                "starts":"2026-01-30","title_en":"\(script)","synthetic":true}}
                """
            try producer.produce(
                topic: "events", key: Array("arcp".utf8), value: Array(event.utf8), timestamp: time)
        }
        try producer.flush(timeout: .seconds(10))
    }

    // MARK: The worker

    /// How often a handler may hang, and milliseconds after which it does.
    static func plugin(attempts: Int = 1, timeout: Int = 30_000) -> WorkerSettings.Plugin {
        .init(activatesAtBeginning: true, acceptsGap: false, attempts: attempts, handlerTimeout: timeout)
    }

    private func settings(_ plugin: WorkerSettings.Plugin) -> WorkerSettings {
        WorkerSettings(
            deployment: address.deployment, kafka: KafkaConfiguration(bootstrapServers: address.bootstrapServers),
            topics: [.init(name: "events", role: .events, isOwn: true, readsHeaderless: true, isTrusted: false)],
            plugins: ["clockwork": plugin], noticesTopic: nil, maildir: nil)
    }

    func worker(_ clockwork: Clockwork = Clockwork(), _ plugin: WorkerSettings.Plugin = plugin()) throws -> Worker {
        Worker(
            settings: settings(plugin), packages: [PluginPackage(plugin: clockwork, manifest: clockwork.manifest)],
            catalogue: try EventCatalogue.bundled(), provider: provider,
            log: WorkerLog(level: .info) { [said] level, component, message in
                said.add("\(level.name) \(component): \(message)")
            })
    }

    /// What rebuilds with this version of the plugin.
    func keeper(_ clockwork: Clockwork = Clockwork()) throws -> GenerationKeeper {
        GenerationKeeper(
            settings: settings(Self.plugin()),
            package: PluginPackage(plugin: clockwork, manifest: clockwork.manifest),
            catalogue: try EventCatalogue.bundled(), provider: provider, log: WorkerLog(level: .error))
    }

    /// Runs a worker on a thread of its own while `body` runs, then asks it to leave.
    func run(
        _ clockwork: Clockwork = Clockwork(), _ plugin: WorkerSettings.Plugin = plugin(),
        _ body: (Worker) throws -> Void
    ) throws {
        try worker(clockwork, plugin).run(during: body)
    }

    /// Runs a worker until everything is taken in and `isDone`, for a minute at most.
    func work(
        _ clockwork: Clockwork = Clockwork(), until isDone: @escaping (any StoreReader) throws -> Bool
    ) throws {
        try run(clockwork) { worker in
            _ = MeetingWorker.comesTrue(within: .seconds(60)) {
                guard worker.lanes.first?.isIdle == true else { return false }
                return (try? read(isDone)) == true
            }
        }
    }

    /// The same until as many timers have been due.
    func work(untilFired count: Int, _ clockwork: Clockwork = Clockwork()) throws {
        try work(clockwork) { try $0.firings(limit: 100, after: 0).count >= count }
    }

    /// Waits until the store says so.
    ///
    /// - Returns: whether it did, within 20 s.
    func comesTrue(_ condition: (any StoreReader) throws -> Bool) -> Bool {
        MeetingWorker.comesTrue { (try? read(condition)) == true }
    }

    func comesTrue(fired count: Int) -> Bool {
        comesTrue { try $0.firings(limit: 100, after: 0).count >= count }
    }

    /// Waits until as many records are taken in.
    func comesTrue(taken count: Int64) -> Bool {
        comesTrue { try $0.partitions().first?.nextOffset ?? 0 >= count }
    }

    // MARK: The store

    func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
        let reader = try provider.openReader(Clockwork.manifest)
        defer { reader.close() }
        return try body(reader)
    }

    /// The same of a generation beside the live one.
    func read<Result>(generation: Int, _ body: (any StoreReader) throws -> Result) throws -> Result {
        let reader = try provider.beside(Clockwork.manifest, generation: generation).openReader(Clockwork.manifest)
        defer { reader.close() }
        return try body(reader)
    }

    /// What came after what.
    func steps() throws -> [String] { try read(Self.steps) }

    static func steps(_ reader: any StoreReader) throws -> [String] {
        try reader.query(Clockwork.manifest.queries[0], asOf: nil, parameters: [:]).rows.map { $0[0].plain }
    }

    func firings() throws -> [Firing] { try read { try $0.firings(limit: 100, after: 0).map(\.content) } }

    /// `NAME OUTCOME` of each.
    func outcomes() throws -> [String] { try firings().map { "\($0.name) \($0.outcome.rawValue)" } }

    /// A copy of the store in SQLite as it is now, which no worker has open.
    func backUp() throws -> String {
        let copy = "\(address.folder)-copy"
        try FileManager.default.copyItem(atPath: address.folder, toPath: copy)
        return copy
    }

    /// Puts a copy in the store's place.
    func restore(_ copy: String) throws {
        try FileManager.default.removeItem(atPath: address.folder)
        try FileManager.default.moveItem(atPath: copy, toPath: address.folder)
    }
}

/// For commands while no worker runs.
struct NoWorker: LivePause {
    func pause() {}
    func confirm() {}
    func resume() {}
}
