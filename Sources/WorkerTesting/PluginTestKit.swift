public import EventCatalogue
import Foundation
public import PluginKit
public import ProjectionStore

/// Runs a plugin over events without a broker: each is decoded and checked, handled, and applied to a store, as the
/// worker does, so that a plugin's tests see what its users will see.
///
/// It sends nothing: notices, emitted events and timers are kept for the test to look at. Time passes when the test says
/// so (`pass`), and timers fire then. One thread at a time.
public final class PluginTestKit {
    /// What a handler wanted to happen outside the store, with the event that made it want so.
    public struct Said<Effect: Sendable>: Sendable {
        public let eventID: String
        public let effect: Effect
    }

    public let manifest: Manifest
    public private(set) var notices: [Said<Notice>] = []
    public private(set) var emitted: [Said<EmittedEvent>] = []
    public private(set) var timers: [Said<TimerChange>] = []
    /// Events that could not be decoded or that the handler refused, each with the reason; also failures of the
    /// handler. What a plugin's tests expect to be empty, unless they test refusals.
    public private(set) var refusals: [Said<String>] = []

    /// Kafka's time of the first record that is fed: 2026-01-01T00:00:00Z; each has a millisecond more.
    public static let firstRecord: Int64 = 1_767_225_600_000

    private let plugin: any Plugin
    private let types: Set<String>
    private let catalogue: EventCatalogue
    private let ownership: any StoreOwnership
    private let provider: any StoreProvider
    private let writer: any StoreWriter
    private let effects: Effects
    private var offset: Int64 = 0
    private var seen: Set<[String]> = []

    /// - Parameters:
    ///   - manifest: the plugin's, as `ManifestReader` reads it.
    ///   - store: an empty one, which the kit takes for itself until `close`.
    /// - Throws: also where the manifest asks for events of a type that the catalogue does not have, or has in a newer
    ///   version: the plugin would never see one.
    public init(_ plugin: any Plugin, manifest: Manifest, catalogue: EventCatalogue, store: any StoreProvider) throws {
        self.plugin = plugin
        self.manifest = manifest
        self.catalogue = catalogue
        provider = store
        types = Set(manifest.events.map(\.type))
        if let strange = types.subtracting(catalogue.newestTypes.map(\.name)).min() {
            throw Diwan.Unexpected(
                "\(manifest.name): events: \(strange) is no event type in its newest version; see 'diwan events list'")
        }
        ownership = try store.takeOwnership(waiting: nil)
        writer = try store.openWriter(manifest, data: plugin.sources.data)
        effects = Effects(tables: manifest.tables)
    }

    public func close() {
        writer.close()
        ownership.release()
    }

    /// Feeds CloudEvents in structured mode, one JSON text each, in one transaction. The record's key is the event's
    /// `partitionkey`.
    ///
    /// - Parameter dedupes: whether an event that was fed before is left out, as the worker does (rule 6). Without,
    ///   the handler sees it again: facts must not mind.
    /// - Throws: `StoreError` when the store refuses; what belongs to an event lands in `refusals`.
    public func feed(_ events: some Sequence<String>, dedupes: Bool = true) throws {
        try writer.begin()
        do {
            for event in events where !event.isEmpty { try feed(event, dedupes) }
            try writer.commit()
        } catch {
            writer.rollback()
            throw error
        }
    }

    /// Lets time pass: every timer that is due by then fires, earliest first, in one transaction; those that a firing
    /// sets too. What they say stands behind what events said, under the id of the event that set them.
    ///
    /// - Parameter moment: RFC 3339.
    /// - Throws: `StoreError` when the store refuses; what belongs to a timer lands in `refusals`.
    public func pass(until moment: String) throws {
        guard let limit = RFC3339.milliseconds(moment) else {
            throw Diwan.Unexpected("\(moment) is no RFC 3339 time")
        }
        let partitions = ["iscm.events", "iscm.people"].map { PartitionKey(topic: $0, partition: 0) }
        try writer.begin()
        do {
            while true {
                let due = try partitions.flatMap { try writer.timers(of: $0, dueBy: limit, limit: 1) }
                guard let next = due.min(by: { $0.due ?? 0 < $1.due ?? 0 }) else { break }
                _ = try writer.remove(next)
                try fire(next)
            }
            try writer.commit()
        } catch {
            writer.rollback()
            throw error
        }
    }

    /// The timers that wait, as they would fire, by due time.
    public func pendingTimers() throws -> [FiredTimer] {
        let reader = try provider.openReader(manifest)
        defer { reader.close() }
        return try reader.timers(limit: 10_000, after: nil).map(Self.fired)
    }

    private static func fired(_ timer: TimerDraft) -> FiredTimer {
        FiredTimer(
            key: Text(timer.owner), name: timer.name, due: RFC3339.text(timer.due ?? 0), payload: timer.payload,
            source: timer.source, id: timer.id)
    }

    private func fire(_ timer: TimerDraft) throws {
        let fired = Self.fired(timer)
        effects.removeAll()
        effects.begin(fired)
        do {
            var reads = ReadSet()
            try plugin.reads(fired, &reads)
            let rows = TestRows(tables: manifest.tables, writer: writer, reads: reads.reads, owner: fired.key)
            try plugin.fire(fired, Rows(rows), effects)
        } catch let error as StoreError {
            throw error
        } catch {
            return refuse(timer.id, String(describing: error))
        }
        try keepEffects(of: timer.id) { name, due, payload in
            TimerDraft(
                owner: timer.owner, name: name, due: due, payload: payload, sequence: timer.sequence,
                source: timer.source, id: timer.id, type: timer.type, hops: timer.hops, partition: timer.partition)
        }
    }

    /// Runs one of the manifest's queries on what was fed.
    public func query(_ name: String, asOf: String? = nil, parameters: [String: String] = [:]) throws -> ResultTable {
        guard let query = manifest.queries.first(where: { $0.name == name }) else {
            throw StoreError(.query, "the manifest has no query \(name)")
        }
        let reader = try provider.openReader(manifest)
        defer { reader.close() }
        return try reader.query(query, asOf: asOf, parameters: parameters)
    }

    /// Renders one of the manifest's documents from its queries, read in one snapshot.
    public func render(
        _ name: String, parameters: [String: String], language: DocumentLanguage, format: DocumentFormat = .text
    ) throws -> String {
        guard let document = manifest.documents.first(where: { $0.name == name }) else {
            throw StoreError(.query, "the manifest has no document \(name)")
        }
        let reader = try provider.openReader(manifest)
        defer { reader.close() }
        var results: [String: ResultTable] = [:]
        try reader.snapshot {
            for query in manifest.queries where document.queries.contains(query.name) {
                results[query.name] = try reader.query(query, asOf: nil, parameters: parameters)
            }
        }
        return try plugin.render(
            DocumentRequest(
                document: name, parameters: parameters, results: results, language: language, format: format,
                parkedEvents: 0))
    }

    // MARK: One event

    private func feed(_ json: String, _ dedupes: Bool) throws {
        let arena = EventDecoder.makeArena()
        let event: Event
        switch decode(json, into: arena) {
        case .event(let decoded): event = decoded
        case .refused(let refusal): return refuse("", "\(refusal.reason.rawValue): \(refusal.detail)")
        case .unknownType, .tombstone: return
        }
        let isNew = seen.insert([String(event.key), String(event.source), String(event.id)]).inserted
        guard isNew || !dedupes else { return }
        if types.contains(String(event.type)) { try handle(event) }
        let data = event.data
        if event.type == "org.iscm.event.retracted.v1", let source = data?["retracted_source"]?.string,
            let id = data?["retracted_id"]?.string
        {
            try writer.retract(
                Retraction(
                    owner: String(event.key), source: source, id: id, reason: data?["reason"]?.string ?? "",
                    replacedBy: data?["replaced_by"]?.string, time: event.time.map { String($0) }))
        }
    }

    private func handle(_ event: Event) throws {
        effects.removeAll()
        effects.begin(event)
        do {
            var reads = ReadSet()
            try plugin.reads(event, &reads)
            let rows = TestRows(tables: manifest.tables, writer: writer, reads: reads.reads, owner: event.key)
            try plugin.handle(event, Rows(rows), effects)
        } catch let error as StoreError {
            throw error
        } catch {
            return refuse(String(event.id), String(describing: error))
        }
        try keepEffects(of: String(event.id)) { name, due, payload in
            TimerDraft(
                owner: String(event.key), name: name, due: due, payload: payload,
                sequence: event.hasKey ? String(event.sequenceKey) : nil, source: String(event.source),
                id: String(event.id), type: String(event.type), hops: event.hops,
                partition: PartitionKey(topic: event.position.topic, partition: event.position.partition))
        }
    }

    /// - Parameter draft: a timer's change with what it comes from.
    private func keepEffects(of id: String, _ draft: (_ name: String, _ due: Int64?, _ payload: String) -> TimerDraft)
        throws
    {
        // One change at a time, in the handler's order: a row that is changed twice needs no merging here.
        for change in effects.changes {
            try writer.apply(
                table: change.table, changes: [RowChange(kind: change.kind, key: change.key, values: change.values)],
                bytes: effects.buffer)
        }
        for change in effects.timers {
            switch change {
            case .set(let name, let due, let payload):
                guard let milliseconds = RFC3339.milliseconds(due) else {
                    refuse(id, "the timer \(name) is due at \(due), which is no RFC 3339 time")
                    continue
                }
                try writer.change(draft(name, milliseconds, payload))
            case .cancel(let name): try writer.change(draft(name, nil, ""))
            }
        }
        notices += effects.notices.map { Said(eventID: id, effect: $0) }
        emitted += effects.emitted.map { Said(eventID: id, effect: $0) }
        timers += effects.timers.map { Said(eventID: id, effect: $0) }
    }

    private func refuse(_ id: String, _ reason: String) { refusals.append(Said(eventID: id, effect: reason)) }

    private func decode(_ json: String, into arena: EventArena) -> DecodeOutcome {
        var decoder = EventDecoder(catalogue: catalogue)
        let fields = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let isPeople = manifest.events.contains { $0.fromPeopleTopic && $0.type == fields?["type"] as? String }
        let key = Array((fields?["partitionkey"] as? String ?? "").utf8)
        // A fixed time: a test gives the same on every day.
        let position = RecordPosition(
            topic: isPeople ? "iscm.people" : "iscm.events", partition: 0, offset: offset,
            timestamp: Self.firstRecord + offset)
        offset += 1
        return Array(json.utf8).withUnsafeBytes { value in
            key.withUnsafeBytes { key in
                decoder.decode(
                    RecordInput(
                        key: key.isEmpty ? nil : key, value: value, position: position, settings: TopicSettings()),
                    into: arena)
            }
        }
    }
}

/// The rows of one handler call, with the worker's rules about which it may see.
private final class TestRows: RowProvider {
    private let tables: [TableDefinition]
    private let writer: any StoreWriter
    private let reads: [ReadSet.Read]
    private let owner: Cell

    init(tables: [TableDefinition], writer: any StoreWriter, reads: [ReadSet.Read], owner: Text) {
        self.tables = tables
        self.writer = writer
        self.reads = reads
        self.owner = .text(owner)
    }

    func rows(table name: String, prefix: [Cell]) throws -> [Row] {
        guard reads.contains(where: { $0.table == name && prefix.starts(with: $0.prefix) }) else {
            throw RowAccessFailure("reads did not name these rows of \(name)")
        }
        guard let index = tables.firstIndex(where: { $0.name == name }) else {
            throw RowAccessFailure("the manifest declares no table \(name)")
        }
        let table = tables[index]
        guard table.isReference || prefix.first == owner else {
            throw RowAccessFailure("rows of another key in \(name): only tables declared reference allow that")
        }
        let key = ByteBuffer(capacity: 128)
        for cell in prefix.prefix(table.keyCount) { try RowCodec.appendKey(cell, to: key) }
        let types = table.columns.prefix(table.keyCount).map(\.type)
        return try writer.rows(table: index, prefix: key.bytes(0..<key.count)).map { encoded in
            let key = encoded.key.withUnsafeBufferPointer { RowCodec.decodeKey($0, types: types) }
            let values = encoded.values.withUnsafeBufferPointer {
                RowCodec.decodeValues($0, count: table.columns.count - table.keyCount)
            }
            return Row(table: table, cells: key + values)
        }
    }
}
