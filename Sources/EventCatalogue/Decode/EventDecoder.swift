import CDecode
private import Hashing
public import PluginKit

/// Reads records into events: content mode, JSON, attributes, type, schema, upcasting, key, hash. Whatever the bytes, it
/// answers with an outcome and never traps.
///
/// Threading: a decoder belongs to one thread at a time; several may share a catalogue.
public struct EventDecoder: ~Copyable {
    private let catalogue: EventCatalogue
    private var parser = JSONParser()
    private var sha256 = SHA256()
    private var canonical = CanonicalJSON(capacity: 4096)

    public init(catalogue: EventCatalogue) { self.catalogue = catalogue }

    /// An arena whose events can compute `eventHash`.
    public static func makeArena(
        byteCapacity: Int = 1 << 16, nodeCapacity: Int = 1 << 11, eventCapacity: Int = 64
    ) -> EventArena {
        EventArena(byteCapacity: byteCapacity, nodeCapacity: nodeCapacity, eventCapacity: eventCapacity) { bytes in
            ContentHash(words: SHA256.hash(bytes).words)
        }
    }

    /// Decodes one record, copying what it keeps into `arena`.
    ///
    /// Begin a new arena before one holds `EventArena.softByteLimit` bytes.
    public mutating func decode(_ input: borrowing RecordInput, into arena: EventArena) -> DecodeOutcome {
        let (bytes, nodes) = (arena.byteCount, arena.nodeCount)
        do throws(DecodeRefusal) {
            return try read(input, into: arena)
        } catch {
            arena.truncate(bytes: bytes, nodes: nodes)
            return .refused(error)
        }
    }

    private mutating func read(
        _ input: borrowing RecordInput, into arena: EventArena
    ) throws(DecodeRefusal) -> DecodeOutcome {
        guard let value = input.value else { return .tombstone }
        if value.isEmpty { throw DecodeRefusal(.emptyValue, "the value has no bytes; a tombstone has no value at all") }
        try checkSize(input, value)
        let full = input.settings.validation == .full
        let mode = try ContentMode.of(input)
        let root: UInt32
        switch mode {
        case .structured: root = try parser.parse(value, into: arena, checkingDuplicateKeys: full)
        case .binary(let mediaType):
            root = try BinaryEnvelope.append(input.headers, mediaType: mediaType, to: arena)
        }
        let envelope = try Envelope(arena: arena, root: root)
        let typeName = Text(arena: arena, slot: envelope.type)
        guard let type = try catalogue.typeForDecoding(typeName) else { return .unknownType(typeName) }
        try checkContentType(envelope)
        var data = envelope.data
        if case .binary = mode {
            let node = try parseBinaryData(value, into: arena, full)
            try BinaryEnvelope.attach(data: node, to: root, in: arena)
            data = node
        }
        guard let data else { throw DecodeRefusal(.dataMissing, "/data: events of this type carry data") }
        return .event(try finish(input, envelope, type, data, full))
    }

    private func checkSize(_ input: borrowing RecordInput, _ value: UnsafeRawBufferPointer) throws(DecodeRefusal) {
        var size = value.count
        for header in input.headers { size += header.name.count + (header.value?.count ?? 0) }
        if size > input.settings.eventBytes {
            throw DecodeRefusal(
                .tooLarge, "the record has \(size) bytes; limits.event-bytes is \(input.settings.eventBytes)")
        }
    }

    private func checkContentType(_ envelope: Envelope) throws(DecodeRefusal) {
        if envelope.hasBase64Data {
            throw DecodeRefusal(.dataNotJSON, "/data_base64: events of this type carry JSON in data, not base64")
        }
        let slot = envelope.dataContentType
        guard !slot.isAbsent else { return }
        let isJSON = Text(arena: envelope.arena, slot: slot).withUTF8 {
            cdecode_media_type($0.baseAddress, $0.count) == 1
        }
        if !isJSON {
            throw DecodeRefusal(.dataNotJSON, "/datacontenttype: events of this type carry application/json")
        }
    }

    private mutating func parseBinaryData(
        _ value: UnsafeRawBufferPointer, into arena: EventArena, _ full: Bool
    ) throws(DecodeRefusal) -> UInt32 {
        do throws(DecodeRefusal) {
            return try parser.parse(value, into: arena, checkingDuplicateKeys: full)
        } catch {
            // Same place names as in structured mode.
            throw error.detail.hasPrefix("/") ? DecodeRefusal(error.reason, "/data" + error.detail) : error
        }
    }

    private mutating func finish(
        _ input: borrowing RecordInput, _ envelope: borrowing Envelope, _ sentType: EventType, _ sentData: UInt32,
        _ full: Bool
    ) throws(DecodeRefusal) -> Event {
        let arena = envelope.arena
        if full { try sentType.schema.check(arena, sentData, at: "/data") }
        var slots = Event.Slots()
        slots.id = envelope.id
        slots.source = envelope.source
        slots.type = envelope.type
        slots.subject = envelope.subject
        slots.time = envelope.time
        slots.partitionKey = envelope.partitionKey
        slots.key = try RecordKey.slot(input, envelope)
        let isBackfill = try envelope.isBackfill()
        let hops = try envelope.hops()
        let hash = input.settings.contentHash ? contentHash(arena, slots, sentData) : .none

        var type = sentType
        var data = sentData
        if let upcast = try catalogue.upcast(sentType, Value(arena: arena, node: sentData), &parser) {
            type = upcast.type
            data = upcast.data
            if full { try type.schema.check(arena, data, at: "/data") }
            slots.sentType = slots.type
            slots.type = upcast.name
        }
        let value = Value(arena: arena, node: data)
        slots.effective = type.effectiveSlot(value, time: slots.time)
        slots.sequence = type.sequenceSlot(value)
        return Event(
            arena: arena, slots: slots, envelope: envelope.root, data: data, sentData: sentData, typeCode: type.code,
            contentHash: hash, position: input.position, isBackfill: isBackfill, hops: hops, hasKey: input.key != nil)
    }

    /// Rule 6's form: the members in RFC 8785 order are data, subject, type.
    private mutating func contentHash(_ arena: EventArena, _ slots: Event.Slots, _ data: UInt32) -> ContentHash {
        canonical.removeAll()
        canonical.append(raw: "{\"data\":")
        canonical.append(Value(arena: arena, node: data))
        if !slots.subject.isAbsent {
            canonical.append(raw: ",\"subject\":")
            canonical.append(string: Text(arena: arena, slot: slots.subject))
        }
        canonical.append(raw: ",\"type\":")
        canonical.append(string: Text(arena: arena, slot: slots.type))
        canonical.append(raw: "}")
        canonical.withBytes { sha256.update($0) }
        return ContentHash(words: sha256.finish().words)
    }
}
