import EventCatalogue
import Hashing
import KafkaClient
import PluginKit
import ProjectionStore

/// What decoding needs to know, the same for every record of a lane.
struct DecodeSettings: Sendable {
    let catalogue: EventCatalogue
    /// By topic.
    let topics: [String: TopicSettings]
    /// Whether fingerprints are needed.
    let dedupes: Bool
}

/// Turns fetched records into events for one plugin, on the lane's decoding thread.
final class DecodeStage {
    private let settings: DecodeSettings
    private let package: PluginPackage
    private var decoder: EventDecoder
    private var digest = SHA256()
    private var headers: [BorrowedHeader] = []
    /// By `EventTypeCode`: whether the plugin handles the type.
    private let subscribed: [Bool]

    init(settings: DecodeSettings, package: PluginPackage) {
        self.settings = settings
        self.package = package
        decoder = EventDecoder(catalogue: settings.catalogue)
        subscribed = settings.catalogue.types.map { type in
            package.handles(type.name) || type.name == RuntimeTypes.retracted.description
        }
    }

    func decode(_ raw: RecordBatch) -> DecodedBatch {
        let arena = EventDecoder.makeArena(
            byteCapacity: raw.byteCount * 3 / 2, nodeCapacity: raw.count * 40, eventCapacity: raw.count)
        var records: [DecodedRecord] = []
        records.reserveCapacity(raw.count)
        var runs: [DecodedBatch.Run] = []
        var start = 0
        var current: PartitionKey?
        for index in 0..<raw.count {
            let record = raw[index]
            let topic = record.topic
            if current?.partition != record.partition || current?.topic != topic {
                if let current { runs.append(.init(partition: current, records: start..<index)) }
                current = PartitionKey(topic: topic, partition: record.partition)
                start = index
            }
            records.append(
                DecodedRecord(
                    offset: record.offset, timestamp: record.timestamp, index: index,
                    content: content(record, topic, into: arena)))
        }
        if let current { runs.append(.init(partition: current, records: start..<raw.count)) }
        return DecodedBatch(
            records: records, runs: runs, raw: raw, generation: raw.generation,
            byteCount: raw.byteCount + arena.footprint + raw.count * Self.overhead)
    }

    /// What librdkafka and we keep for a record besides its bytes.
    private static let overhead = 512 + MemoryLayout<DecodedRecord>.stride

    private func content(_ record: Record, _ topic: String, into arena: EventArena) -> DecodedRecord.Content {
        content(outcome(record, topic, into: arena))
    }

    private func content(_ outcome: DecodeOutcome) -> DecodedRecord.Content {
        switch outcome {
        case .tombstone: return .tombstone
        case .unknownType(let type): return .unknownType(String(type))
        case .refused(let refusal): return .refused(reason: refusal.reason.rawValue, detail: refusal.detail)
        case .event(let event):
            let code = Int(event.typeCode.rawValue)
            let handled = subscribed.indices.contains(code) ? subscribed[code] : package.handles(event.type)
            // An older version arrives under its own code and is handled under its newest name.
            guard handled || package.handles(event.type) else { return .notSubscribed }
            guard settings.dedupes else { return .event(event, Fingerprint(high: 0, low: 0)) }
            return .event(event, Fingerprint(key: event.key, source: event.source, id: event.id, &digest))
        }
    }

    /// Headers are borrowed from the record while the decoder reads: nested scopes keep them alive.
    private func outcome(_ record: Record, _ topic: String, into arena: EventArena) -> DecodeOutcome {
        let topicSettings = settings.topics[topic] ?? TopicSettings()
        let position = RecordPosition(
            topic: topic, partition: record.partition, offset: record.offset, timestamp: record.timestamp)
        headers.removeAll(keepingCapacity: true)
        record.forEachHeader { name, value in
            headers.append(BorrowedHeader(name: name, value: value))
        }
        let list = headers
        return record.withKey { key in
            record.withValue { value in
                list.withUnsafeBufferPointer { headers in
                    decoder.decode(
                        RecordInput(
                            key: key, value: value, headers: headers, position: position, settings: topicSettings),
                        into: arena)
                }
            }
        }
    }

    /// Decodes a record that a store kept.
    ///
    /// - Parameter headers: borrowed, like the bytes.
    func decode(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: [BorrowedHeader],
        at position: RecordPosition, into arena: EventArena
    ) -> DecodedRecord.Content {
        let topicSettings = settings.topics[position.topic] ?? TopicSettings()
        return headers.withUnsafeBufferPointer { headers in
            content(
                decoder.decode(
                    RecordInput(key: key, value: value, headers: headers, position: position, settings: topicSettings),
                    into: arena))
        }
    }
}
