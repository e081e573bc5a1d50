import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Threads
import WorkerTesting

@testable import WorkerRuntime

/// A worker in this process with one plugin that keeps meetings, on a mock cluster and a store of its own.
final class MeetingWorker: Sendable {
    /// Keeps each meeting; what else it does, a test says.
    struct Keeper: Plugin {
        let sources = PluginSources(
            manifest: "", messages: ["en.messages": "a = b\n", "ar.messages": "a = ب\n"], data: [:])
        let also: @Sendable (_ meeting: String) throws -> Void

        func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
            let name = String(String(event.id).dropFirst("synthetic/".count))
            try effects.put("meeting", key: .string(name), values: [:])
            try also(name)
        }
    }

    static let manifest = Manifest(
        name: "keeper", version: 1, summary: LocalizedText(ar: "حافظ", en: "Keeper"),
        events: [Subscription(type: "org.iscm.meeting.held.v1")],
        tables: [
            TableDefinition(
                name: "meeting", kind: .rows, owner: "mechanism",
                columns: [
                    ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
                    ColumnDefinition(name: "meeting_id", type: .text, isRequired: true),
                ], keyCount: 2, isReference: false, identity: [])
        ],
        queries: [
            QueryDefinition(
                name: "meetings", title: LocalizedText(ar: "ا", en: "Meetings"), visibility: .public,
                columns: [QueryColumn(name: "meeting_id", heading: LocalizedText(ar: "ا", en: "Meeting"))],
                parameters: [], select: "SELECT meeting_id FROM meeting ORDER BY meeting_id")
        ])

    /// Where it lies, for a process that joins in.
    struct Address: Codable, Sendable {
        let folder: String
        let bootstrapServers: String
    }

    let address: Address
    /// nil in a process that joins in.
    let cluster: MockCluster?
    private let deadLetterTopic: String?
    let provider: SQLiteStoreProvider
    let said = Said()
    private let handler: @Sendable (String) throws -> Void

    /// - Parameter storeFolder: below a folder of its own.
    init(
        storeFolder: String = "store", deadLetterTopic: String? = nil,
        handler: @escaping @Sendable (String) throws -> Void = { _ in }
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "diwan-\(UUID().uuidString)").path
        let cluster = try MockCluster(
            topics: [(name: "events", partitions: 1)] + (deadLetterTopic.map { [(name: $0, partitions: 1)] } ?? []))
        self.deadLetterTopic = deadLetterTopic
        address = Address(folder: folder, bootstrapServers: cluster.bootstrapServers)
        self.cluster = cluster
        provider = SQLiteStoreProvider(folder: "\(folder)/\(storeFolder)")
        self.handler = handler
    }

    /// Joins a worker's place that another process has made.
    init(at address: Address, handler: @escaping @Sendable (String) throws -> Void = { _ in }) {
        self.address = address
        deadLetterTopic = nil
        cluster = nil
        provider = SQLiteStoreProvider(folder: "\(address.folder)/store")
        self.handler = handler
    }

    deinit {
        guard let cluster else { return }
        cluster.close()
        try? FileManager.default.removeItem(atPath: address.folder)
    }

    /// - Parameter meeting: what the event is about, and its sequence; of its own name where nil.
    static func event(_ name: String, of meeting: String? = nil) -> [UInt8] {
        Array(
            """
            {"specversion":"1.0","id":"synthetic/\(name)","source":"urn:diwan:synthetic",\
            "type":"org.iscm.meeting.held.v1","time":"2026-01-31T09:00:00Z","datacontenttype":"application/json",\
            "partitionkey":"arcp","data":{"meeting_id":"\(meeting ?? name)","starts":"2026-01-30","synthetic":true}}
            """.utf8)
    }

    func send(_ names: [String], of meeting: String? = nil) throws {
        let producer = try Producer(KafkaConfiguration(bootstrapServers: address.bootstrapServers))
        for name in names {
            try producer.produce(topic: "events", key: Array("arcp".utf8), value: Self.event(name, of: meeting))
        }
        try producer.flush(timeout: .seconds(10))
        producer.close(timeout: .seconds(5))
    }

    static let standard = WorkerSettings.Plugin(activatesAtBeginning: true, acceptsGap: false)

    /// - Parameter drain: milliseconds.
    func worker(_ plugin: WorkerSettings.Plugin = standard, drain: Int = 25_000) throws -> Worker {
        Worker(
            settings: WorkerSettings(
                deployment: "trial", kafka: KafkaConfiguration(bootstrapServers: address.bootstrapServers),
                topics: [
                    .init(name: "events", role: .events, isOwn: true, readsHeaderless: true, isTrusted: false)
                ], plugins: ["keeper": plugin], noticesTopic: nil, maildir: nil, drain: drain,
                deadLetterTopic: deadLetterTopic),
            packages: [PluginPackage(plugin: Keeper(also: handler), manifest: Self.manifest)],
            catalogue: try EventCatalogue.bundled(), provider: provider,
            log: WorkerLog(level: .info) { [said] level, component, message in
                said.add("\(level.name) \(component): \(message)")
            })
    }

    /// Runs a worker on a thread of its own while `body` runs, then asks it to leave.
    func run(
        _ plugin: WorkerSettings.Plugin = standard, drain: Int = 25_000, _ body: (Worker) throws -> Void
    ) throws {
        try worker(plugin, drain: drain).run(during: body)
    }

    /// The meetings that are kept.
    func meetings() throws -> [String] {
        let reader = try provider.openReader(Self.manifest)
        defer { reader.close() }
        return try reader.query(Self.manifest.queries[0], asOf: nil, parameters: [:]).rows.map { $0[0].plain }
    }

    func deadLetters() throws -> [DeadLetter] { try reading { try $0.deadLetters(limit: 1000, after: 0) } }
    func outbox() throws -> [OutboxMessage] { try reading { try $0.outbox(limit: 1000, after: 0) } }
    func audits() throws -> [AuditEntry] { try reading { try $0.audits(of: nil, limit: 1000, after: 0) } }

    private func reading<Value>(_ body: (any StoreReader) throws -> Value) throws -> Value {
        let reader = try provider.openReader(Self.manifest)
        defer { reader.close() }
        return try body(reader)
    }

    /// A record of a topic, copied out of its batch.
    struct Copy {
        let key: [UInt8]?
        let value: [UInt8]?
        let headers: [(name: String, value: String)]

        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    /// What the first partition of a topic holds now.
    func records(of topic: String) throws -> [Copy] {
        let consumer = try Consumer(
            KafkaConfiguration(bootstrapServers: address.bootstrapServers), group: "reading-\(UUID().uuidString)")
        defer { consumer.close(timeout: .seconds(5)) }
        try consumer.assign([TopicPartitionOffset(TopicPartition(topic, 0), .beginning)])
        let deadline = MonotonicClock.deadline(after: .seconds(30))
        var copies: [Copy] = []
        while true {
            switch consumer.next(timeout: MonotonicClock.remaining(until: deadline)) {
            case .records(let batch):
                for record in batch {
                    copies.append(
                        Copy(
                            key: record.withKey { $0.map { Array($0) } }, value: record.valueBytes,
                            headers: record.headers.map { ($0.name, String(decoding: $0.value ?? [], as: UTF8.self)) }))
                }
            case .endOfPartition: return copies
            case .error(let error): throw error
            case nil: throw Diwan.Unexpected("\(topic) did not end")
            default: continue
            }
        }
    }

    static func comesTrue(within timeout: Duration = .seconds(20), _ condition: () throws -> Bool) rethrows -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        while true {
            if try condition() { return true }
            if MonotonicClock.remaining(until: deadline) == .zero { return false }
            usleep(20_000)
        }
    }
}
