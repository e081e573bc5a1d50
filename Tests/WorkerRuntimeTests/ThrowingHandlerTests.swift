import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// A partner's plugin has a fault: it throws at one event, and at another it writes a row that its own table refuses.
/// Each of the two becomes a dead letter with a reason; the events before and behind them are in the table, and the
/// offset is behind all of them. Started again, the worker neither repeats nor forgets.
@Suite struct ThrowingHandlerTests {
    private struct Faulty: Plugin {
        struct Fault: Error {}

        let sources = PluginSources(
            manifest: "", messages: ["en.messages": "a = b\n", "ar.messages": "a = ب\n"], data: [:])

        func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
            let meeting = event.data?["meeting_id"]?.text
            // Said before the fault: it must leave nothing behind.
            try effects.put("meeting", key: Cell(meeting), values: ["level": Cell(event.data?["level"]?.text)])
            if meeting == "throws" { throw Fault() }
            if meeting == "refuses" { throw Refusal(reason: "not-ours", detail: "a meeting of nobody's") }
        }
    }

    private static let manifest = Manifest(
        name: "faulty", version: 1, summary: LocalizedText(ar: "خلل", en: "Faulty"),
        events: [Subscription(type: "org.iscm.meeting.held.v1")],
        tables: [
            TableDefinition(
                name: "meeting", kind: .rows, owner: "mechanism",
                columns: [
                    ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
                    ColumnDefinition(name: "meeting_id", type: .text, isRequired: true),
                    ColumnDefinition(name: "level", type: .text, isRequired: true),
                ], keyCount: 2, isReference: false, identity: [])
        ],
        queries: [
            QueryDefinition(
                name: "meetings", title: LocalizedText(ar: "ا", en: "Meetings"), visibility: .public,
                columns: [QueryColumn(name: "meeting_id", heading: LocalizedText(ar: "ا", en: "Meeting"))],
                parameters: [], select: "SELECT meeting_id FROM meeting ORDER BY meeting_id")
        ])

    private static func event(_ meeting: String, level: String?) -> [UInt8] {
        let level = level.map { ",\"level\":\"\($0)\"" } ?? ""
        return Array(
            """
            {"specversion":"1.0","id":"synthetic/\(meeting)","source":"urn:diwan:synthetic",\
            "type":"org.iscm.meeting.held.v1","time":"2026-01-31T09:00:00Z","datacontenttype":"application/json",\
            "partitionkey":"arcp","data":{"meeting_id":"\(meeting)"\(level),"starts":"2026-01-30","synthetic":true}}
            """.utf8)
    }

    @Test func `an event whose handler throws, or whose row is refused, is one dead letter and stops nothing`()
        async throws
    {
        try await onOwnThread { try Self.story() }
    }

    private static func story() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "diwan-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cluster = try MockCluster(topics: [(name: "events", partitions: 2)])
        defer { cluster.close() }
        let meetings: [(String, String?)] = [
            ("m-1", "technical"), ("throws", "technical"), ("m-2", "ministerial"), ("without-level", nil),
            ("refuses", "technical"), ("m-3", "technical"),
        ]
        let producer = try Producer(KafkaConfiguration(bootstrapServers: cluster.bootstrapServers))
        for (meeting, level) in meetings {
            try producer.produce(topic: "events", key: Array("arcp".utf8), value: event(meeting, level: level))
        }
        try producer.flush(timeout: .seconds(10))
        producer.close(timeout: .seconds(5))

        let provider = SQLiteStoreProvider(folder: folder)
        for round in 1...2 {
            try run(cluster, provider)
            let reader = try provider.openReader(manifest)
            defer { reader.close() }
            let rows = try reader.query(manifest.queries[0], asOf: nil, parameters: [:]).rows.map { $0[0].plain }
            #expect(rows == ["m-1", "m-2", "m-3"], "round \(round)")
            let letters = try reader.deadLetters(limit: 100, after: 0)
            #expect(
                letters.map { "\($0.content.id ?? "-") \($0.content.reason)" }.sorted() == [
                    "synthetic/refuses not-ours", "synthetic/throws handler-failed",
                    "synthetic/without-level row-refused",
                ], "round \(round)")
            #expect(letters.allSatisfy { $0.content.value != nil && $0.content.key == Array("arcp".utf8) })
            #expect(try reader.partitions().reduce(0) { $0 + $1.nextOffset } == 6)
        }
    }

    private static func run(_ cluster: MockCluster, _ provider: any StoreProvider) throws {
        let worker = Worker(
            settings: WorkerSettings(
                deployment: "faulty", kafka: KafkaConfiguration(bootstrapServers: cluster.bootstrapServers),
                topics: [
                    .init(name: "events", role: .events, isOwn: true, readsHeaderless: true, isTrusted: false)
                ], plugins: ["faulty": .init(activatesAtBeginning: true, acceptsGap: false)], noticesTopic: nil,
                maildir: nil),
            packages: [PluginPackage(plugin: Faulty(), manifest: manifest)], catalogue: try EventCatalogue.bundled(),
            provider: provider, log: WorkerLog(level: .error))
        let watcher = Thread {
            // Until all is taken in; a lane that failed ends `run` by itself.
            for _ in 0..<1500 where worker.lanes.first?.isIdle != true { usleep(20_000) }
            worker.stop()
        }
        watcher.start()
        try worker.run(standby: false)
        #expect(worker.lanes.first?.state == .stopped)
    }
}
