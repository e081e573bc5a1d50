import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import WorkerTesting

@testable import WorkerRuntime

/// A plugin that does with timers what its events say, and keeps in a table what came after what.
///
/// The title of a meeting that is scheduled is its script: `set NAME DUE PAYLOAD`, `cancel NAME`, or anything else.
struct Clockwork: Plugin {
    let sources = PluginSources(
        manifest: "", messages: ["en.messages": "a = b\n", "ar.messages": "a = ب\n"], data: [:])

    func reads(_ event: Event, _ keys: inout ReadSet) throws { keys.add("step", .text(event.key)) }

    func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
        try note("event \(event.data?["meeting_id"]?.string ?? "")", event.key, rows, effects)
        let words = (event.data?["title_en"]?.string ?? "").split(separator: " ").map { String($0) }
        switch words.first {
        case "set": effects.timer(.set(name: words[1], due: words[2], payload: words[3]))
        case "cancel": effects.timer(.cancel(name: words[1]))
        case "fail": throw Refusal(reason: "asked-to-fail", detail: "the script says so")
        default: break
        }
    }

    func reads(_ timer: FiredTimer, _ keys: inout ReadSet) throws { keys.add("step", .text(timer.key)) }

    func fire(_ timer: FiredTimer, _ rows: Rows, _ effects: Effects) throws {
        try note("timer \(timer.name)", timer.key, rows, effects)
        switch timer.payload {
        case "emit":
            effects.emit(
                EmittedEvent(type: "org.example.fired.v1", subject: nil, key: "arcp", data: "{}", occurrence: ""))
        case "refuse": throw Refusal(reason: "asked-to-refuse", detail: "the payload says so")
        case "row": try effects.put("step", key: -1, values: [:])
        case "backwards": effects.timer(.set(name: "other", due: timer.due, payload: "none"))
        case "again3", "again2", "again1":
            let due = (RFC3339.milliseconds(timer.due) ?? 0) + 60_000
            let left = (Int(timer.payload.suffix(1)) ?? 0) - 1
            effects.timer(
                .set(name: timer.name, due: RFC3339.text(due), payload: left == 0 ? "none" : "again\(left)"))
        default: break
        }
    }

    private func note(_ what: String, _ key: Text, _ rows: Rows, _ effects: Effects) throws {
        let count = try rows.rows("step", .text(key)).count
        try effects.put("step", key: .integer(Int64(count)), values: ["what": .string(what)])
    }

    static let manifest = Manifest(
        name: "clockwork", version: 1, summary: LocalizedText(ar: "ساعة", en: "Clockwork"),
        events: [Subscription(type: "org.iscm.meeting.scheduled.v1")],
        tables: [
            TableDefinition(
                name: "step", kind: .rows, owner: "mechanism",
                columns: [
                    ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
                    ColumnDefinition(name: "number", type: .integer, isRequired: true),
                    ColumnDefinition(name: "what", type: .text, isRequired: true),
                ], keyCount: 2, isReference: false, identity: [])
        ],
        queries: [
            QueryDefinition(
                name: "steps", title: LocalizedText(ar: "ا", en: "Steps"), visibility: .public,
                columns: [QueryColumn(name: "what", heading: LocalizedText(ar: "ا", en: "What"))],
                parameters: [], select: "SELECT what FROM step ORDER BY mechanism, number")
        ])
}

/// A worker with the clockwork on a mock cluster and a store of its own.
final class ClockworkTrial {
    let cluster: MockCluster
    private let folder: String
    private let provider: SQLiteStoreProvider
    private var produced = 0

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "diwan-\(UUID().uuidString)").path
        provider = SQLiteStoreProvider(folder: folder)
        cluster = try MockCluster(topics: [(name: "events", partitions: 1)])
    }

    deinit {
        cluster.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Milliseconds since 1970.
    static var now: Int64 { UTCTime.now }

    /// Produces scripts, each recorded at its time.
    func record(_ scripts: [(at: Int64, script: String)], backfill: Bool = false) throws {
        let producer = try Producer(KafkaConfiguration(bootstrapServers: cluster.bootstrapServers))
        defer { producer.close(timeout: .seconds(5)) }
        for (time, script) in scripts {
            produced += 1
            let extra = backfill ? #","backfill":true"# : ""
            let event = """
                {"specversion":"1.0","id":"synthetic/\(produced)","source":"urn:diwan:synthetic"\(extra),\
                "type":"org.iscm.meeting.scheduled.v1","time":"2026-01-31T09:00:00Z",\
                "datacontenttype":"application/json","partitionkey":"arcp","data":{"meeting_id":"\(produced)",\
                "starts":"2026-01-30","title_en":"\(script)","synthetic":true}}
                """
            try producer.produce(
                topic: "events", key: Array("arcp".utf8), value: Array(event.utf8), timestamp: time)
        }
        try producer.flush(timeout: .seconds(10))
    }

    /// Runs a worker until everything is taken in and `isDone`, for a minute at most.
    func work(until isDone: @escaping @Sendable (any StoreReader) throws -> Bool) throws {
        let worker = Worker(
            settings: WorkerSettings(
                deployment: "clockwork", kafka: KafkaConfiguration(bootstrapServers: cluster.bootstrapServers),
                topics: [
                    .init(name: "events", role: .events, isOwn: true, readsHeaderless: true, isTrusted: false)
                ], plugins: ["clockwork": .init(activatesAtBeginning: true, acceptsGap: false)], noticesTopic: nil,
                maildir: nil),
            packages: [PluginPackage(plugin: Clockwork(), manifest: Clockwork.manifest)],
            catalogue: try EventCatalogue.bundled(), provider: provider, log: WorkerLog(level: .error))
        let watcher = Thread { [provider] in
            for _ in 0..<1200 {
                usleep(50_000)
                guard worker.lanes.first?.isIdle == true,
                    let reader = try? provider.openReader(Clockwork.manifest)
                else { continue }
                defer { reader.close() }
                if (try? isDone(reader)) == true { break }
            }
            worker.stop()
        }
        watcher.start()
        try worker.run(standby: false)
    }

    /// The same until as many timers have been due.
    func work(untilFired count: Int) throws { try work { try $0.firings(limit: 100, after: 0).count >= count } }

    func read<Result>(_ body: (any StoreReader) throws -> Result) throws -> Result {
        let reader = try provider.openReader(Clockwork.manifest)
        defer { reader.close() }
        return try body(reader)
    }

    /// What came after what.
    func steps() throws -> [String] {
        try read { try $0.query(Clockwork.manifest.queries[0], asOf: nil, parameters: [:]).rows.map { $0[0].plain } }
    }

    func firings() throws -> [Firing] { try read { try $0.firings(limit: 100, after: 0).map(\.content) } }

    /// `NAME OUTCOME` of each.
    func outcomes() throws -> [String] { try firings().map { "\($0.name) \($0.outcome.rawValue)" } }
}
