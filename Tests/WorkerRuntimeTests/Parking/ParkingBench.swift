import EventCatalogue
import Foundation
import KafkaClient
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import Synchronization
import Testing
import Threads
import WorkerTesting

@testable import WorkerRuntime

/// A lane's transactions on a store of its own, fed with records by hand: what a test of parking needs to see each step.
///
/// The plugin writes down for every meeting which events it handled, in order; events whose `fate` is `fail` are refused,
/// and those whose `fate` is `break` write a row that the table refuses, until they are mended.
final class ParkingBench {
    struct Trail: Plugin {
        let sources = PluginSources(
            manifest: "", messages: ["en.messages": "a = b\n", "ar.messages": "a = ب\n"], data: [:])
        /// Ids of events that are handled although their fate is to fail.
        let mended: Mended

        func reads(_ event: Event, _ keys: inout ReadSet) throws {
            keys.add("trail", .text(event.key), Cell(event.data?["meeting_id"]?.text))
        }

        func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
            let meeting = Cell(event.data?["meeting_id"]?.text)
            let id = String(event.id)
            let before = try rows.row("trail", .text(event.key), meeting)?["events"].string
            let fate = mended.has(id) ? nil : event.extension("fate").map { String($0) }
            // Said before the failure: it must leave nothing behind.
            try effects.put(
                "trail", key: meeting, values: ["events": .string(before.map { "\($0) \(id)" } ?? id)])
            if fate == "fail" { throw Refusal(reason: "not-ours", detail: "\(id) is nobody's") }
            if fate == "break" { try effects.put("note", key: meeting, values: ["body": "{no JSON"]) }
            effects.emit(
                EmittedEvent(
                    type: "org.iscm.meeting.noted.v1", subject: nil, key: String(event.key), data: "{\"id\":\"\(id)\"}",
                    occurrence: ""))
        }
    }

    final class Mended: Sendable {
        private let ids = Mutex<Set<String>>([])
        func has(_ id: String) -> Bool { ids.withLock { $0.contains(id) } }
        func mend(_ id: String) { ids.withLock { _ = $0.insert(id) } }
    }

    static let manifest = Manifest(
        name: "trail", version: 1, summary: LocalizedText(ar: "أثر", en: "Trail"),
        events: [
            Subscription(type: "org.iscm.meeting.held.v1"),
            Subscription(type: "org.iscm.person.described.v1", fromPeopleTopic: true),
        ],
        tables: [
            table("trail", "events", .text), table("note", "body", .json),
        ],
        queries: [
            QueryDefinition(
                name: "trail", title: LocalizedText(ar: "ا", en: "Trail"), visibility: .public,
                columns: ["meeting_id", "events"].map { QueryColumn(name: $0, heading: LocalizedText(ar: $0, en: $0)) },
                parameters: [], select: "SELECT meeting_id, events FROM trail ORDER BY meeting_id")
        ])

    private static func table(_ name: String, _ column: String, _ type: ColumnDefinition.ColumnType) -> TableDefinition
    {
        TableDefinition(
            name: name, kind: .rows, owner: "mechanism",
            columns: [
                ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
                ColumnDefinition(name: "meeting_id", type: .text, isRequired: true),
                ColumnDefinition(name: column, type: type),
            ], keyCount: 2, isReference: false, identity: [])
    }

    let mended = Mended()
    let folder: String
    let limits: Parking.Limits
    private let cluster: MockCluster
    private let producer: Producer
    private let consumer: Consumer
    private let provider: SQLiteStoreProvider
    private let catalogue: EventCatalogue
    private let ownership: any StoreOwnership
    private(set) var writer: any StoreWriter
    private(set) var engine: LaneTransaction
    private(set) var stage: DecodeStage
    private var produced = 0
    private var taken = 0
    private var batches: [DecodedBatch] = []

    static let partitions = [0, 1].map { PartitionKey(topic: "events", partition: $0) }

    init(_ limits: Parking.Limits = Parking.Limits(), isOwn: Bool = true) throws {
        self.limits = limits
        folder = FileManager.default.temporaryDirectory.appending(path: "diwan-\(UUID().uuidString)").path
        cluster = try MockCluster(topics: [(name: "events", partitions: 2), (name: "people", partitions: 1)])
        let kafka = KafkaConfiguration(bootstrapServers: cluster.bootstrapServers)
        producer = try Producer(kafka)
        consumer = try Consumer(kafka, group: "trail")
        try consumer.assign(
            Self.partitions.map { TopicPartitionOffset($0.topic, $0.partition, .offset(0)) }
                + [TopicPartitionOffset("people", 0, .offset(0))])
        provider = SQLiteStoreProvider(folder: folder)
        ownership = try provider.takeOwnership(waiting: nil)
        catalogue = try EventCatalogue.bundled()
        writer = try provider.openWriter(Self.manifest, data: [:])
        let people = PartitionKey(topic: "people", partition: 0)
        let package = PluginPackage(plugin: Trail(mended: mended), manifest: Self.manifest)
        stage = DecodeStage(
            settings: DecodeSettings(
                catalogue: catalogue, topics: ["events": TopicSettings(ownTopic: isOwn), "people": TopicSettings()],
                dedupes: true), package: package)
        engine = try Self.engine(package, writer, limits)
        for key in Self.partitions + [people] {
            let state = PartitionState(
                key: key, nextOffset: 0, epoch: 1, activationOffset: 0, clusterID: "c", partitionCount: 2, last: nil)
            try writer.begin()
            _ = try writer.claim(state, replacing: nil)
            try writer.commit()
            engine.own(state)
        }
        try engine.readParked()
    }

    private static func engine(_ package: PluginPackage, _ writer: any StoreWriter, _ limits: Parking.Limits) throws
        -> LaneTransaction
    {
        try LaneTransaction(
            package: package, writer: writer,
            settings: LaneSettings(
                deployment: "trail", plugin: "trail", number: 0, dedupes: true, dedupeWindow: 86_400_000,
                peopleTopics: ["people"],
                channels: [], validFor: nil, emitTopic: "events", maximumRecords: 50_000, maximumBytes: 16 << 20,
                scriptBytes: 16 << 20, handling: HandlingSettings(), parking: limits),
            renderer: try NoticeRenderer(messages: ["en.messages": "a = b\n", "ar.messages": "a = ب\n"]),
            guarding: HandlerGuard(HandlingSettings(), nil))
    }

    func close() {
        engine.close()
        writer.close()
        ownership.release()
        consumer.close(timeout: .seconds(2))
        producer.close(timeout: .seconds(2))
        cluster.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// As after a kill: what is in memory is gone, and the store is what it was at the last commit.
    func restart() throws {
        engine.close()
        writer.close()
        writer = try provider.openWriter(Self.manifest, data: [:])
        let package = PluginPackage(plugin: Trail(mended: mended), manifest: Self.manifest)
        engine = try Self.engine(package, writer, limits)
        for state in try writer.partitions() { engine.own(state) }
    }

    // MARK: Records

    /// Publishes an event of a meeting.
    func send(
        _ id: String, of meeting: String, fate: String? = nil, key: String? = "arcp", partition: Int32 = 0,
        level: String = "technical"
    ) throws {
        let fate = fate.map { "\"fate\":\"\($0)\"," } ?? ""
        let own = key.map { "\"partitionkey\":\"\($0)\"," } ?? ""
        try send(
            value: """
                {"specversion":"1.0","id":"\(id)","source":"urn:diwan:synthetic","type":"org.iscm.meeting.held.v1",\
                "time":"2026-01-31T09:00:00Z","datacontenttype":"application/json",\(fate)\(own)\
                "data":{"meeting_id":"\(meeting)","level":"\(level)","starts":"2026-01-30","synthetic":true}}
                """, key: key, partition: partition)
    }

    func send(value: String?, key: String?, topic: String = "events", partition: Int32 = 0) throws {
        try producer.produce(
            topic: topic, partition: partition, key: key.map { Array($0.utf8) }, value: value.map { Array($0.utf8) })
        produced += 1
    }

    /// Fetches and decodes what was published.
    func fetch() throws -> [DecodedBatch] {
        try producer.flush(timeout: .seconds(10))
        var fetched: [DecodedBatch] = []
        while taken < produced {
            guard case .records(let batch)? = consumer.next(timeout: .seconds(10)) else { continue }
            taken += batch.count
            fetched.append(stage.decode(batch))
        }
        return fetched
    }

    /// Takes in what was published; returns it, to be brought again.
    @discardableResult
    func takeIn() throws -> [DecodedBatch] {
        let fetched = try fetch()
        try engine.commit(fetched)
        return fetched
    }

    // MARK: Dead letters

    func repair(
        _ action: DeadLetterCommand.Action, _ letters: [Int64], replacement: String? = nil, dry: Bool = false
    ) -> DeadLetterRepair {
        DeadLetterRepair(
            DeadLetterCommand(
                action: action, letters: letters, replacement: replacement, actor: "operator", reason: "test",
                at: 1, isDryRun: dry), engine, stage)
    }

    /// Runs a command to its end.
    @discardableResult
    func run(
        _ action: DeadLetterCommand.Action, _ letters: [Int64], replacement: String? = nil, dry: Bool = false
    ) throws -> DeadLetterOutcome {
        try run(repair(action, letters, replacement: replacement, dry: dry))
    }

    @discardableResult
    func run(_ repair: DeadLetterRepair) throws -> DeadLetterOutcome {
        var whole = DeadLetterOutcome()
        for _ in 0..<1000 {
            let step = try repair.step()
            whole.letters += step.letters
            whole.rows += step.rows
            whole.messages += step.messages
            whole.remaining = step.remaining
            whole.isFinished = step.isFinished
            if step.isFinished { break }
        }
        return whole
    }

    func read<Value>(_ body: (any StoreReader) throws -> Value) throws -> Value {
        let reader = try provider.openReader(Self.manifest)
        defer { reader.close() }
        return try body(reader)
    }

    /// `id state attempts` of each dead letter, by number.
    func letters() throws -> [String] {
        try read { reader in
            try reader.deadLetters(limit: 10_000, after: 0).map {
                "\($0.content.id ?? "-") \($0.state.rawValue) \($0.attempts)"
            }
        }
    }

    func open() throws -> [DeadLetter] { try read { try $0.deadLetters(.open, limit: 20_000, after: 0) } }

    /// The events handled for a meeting, in order.
    func trail(_ meeting: String) throws -> String? {
        try read { reader in
            try reader.query(Self.manifest.queries[0], asOf: nil, parameters: [:]).rows.first {
                $0[0].plain == meeting
            }?[1].plain
        }
    }

    func counter(_ name: String) throws -> Int64 { try read { try $0.counters()[name] ?? 0 } }

    var next: [Int64] { Self.partitions.map { engine.partitions[$0]?.nextOffset ?? -1 } }
}

extension DeadLetterOutcome {
    /// `number state` of each letter.
    var said: [String] { letters.map { "\($0.number) \($0.state.rawValue)" } }
}
