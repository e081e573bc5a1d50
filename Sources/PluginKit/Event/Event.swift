/// An event as handlers see it: checked, brought to its type's newest version, with the record it came in.
///
/// It is a place in the batch's `EventArena`: making and copying one allocates nothing, and texts are built when asked
/// for. What outlives the batch is copied out of it.
public struct Event: Sendable {
    /// Where the texts of an event lie in its arena.
    public struct Slots: BitwiseCopyable, Sendable {
        public var id = TextSlot.absent
        public var source = TextSlot.absent
        public var type = TextSlot.absent
        public var sentType = TextSlot.absent
        public var subject = TextSlot.absent
        public var time = TextSlot.absent
        public var partitionKey = TextSlot.absent
        public var key = TextSlot.absent
        public var sequence = TextSlot.absent
        public var effective = TextSlot.absent
        public init() {}
    }

    let arena: EventArena
    private let place: UInt32

    private var header: UnsafePointer<EventHeader> { arena.header(place) }

    public var typeCode: EventTypeCode { header.pointee.typeCode }
    public var contentHash: ContentHash { header.pointee.contentHash }
    public var position: RecordPosition {
        let header = header
        return RecordPosition(
            topic: arena.topic(header.pointee.topic), partition: header.pointee.partition,
            offset: header.pointee.offset, timestamp: header.pointee.timestamp)
    }
    /// The event tells history: it carries the extension `backfill`.
    public var isBackfill: Bool { header.pointee.isBackfill }
    /// How many emitted events lie between this one and its first cause.
    public var hops: Int { Int(header.pointee.hops) }
    /// The record has a key of its own. Without one, `key` is the event's id, and only effects that commute apply.
    public var hasKey: Bool { header.pointee.hasKey }

    /// Puts the event into `arena`, behind what is there: before the arena is handed to another thread.
    ///
    /// - Parameters:
    ///   - envelope: the node of the object whose members are the attributes (and `data`).
    ///   - data: the node of the data, after upcasting.
    ///   - sentData: the node of the data as sent, where upcasting made another.
    public init(
        arena: EventArena, slots: Slots, envelope: UInt32, data: UInt32?, sentData: UInt32? = nil,
        typeCode: EventTypeCode = .none, contentHash: ContentHash = .none, position: RecordPosition,
        isBackfill: Bool = false, hops: Int = 0,
        hasKey: Bool = true
    ) {
        self.arena = arena
        place = arena.append(
            EventHeader(
                slots: slots, contentHash: contentHash, offset: position.offset, timestamp: position.timestamp,
                partition: position.partition, topic: arena.number(ofTopic: position.topic), envelope: envelope,
                dataNode: data ?? .max, sentDataNode: sentData ?? data ?? .max, typeCode: typeCode,
                hops: Int32(clamping: hops), isBackfill: isBackfill, hasKey: hasKey))
    }

    public var id: Text { text(header.pointee.slots.id) }
    public var source: Text { text(header.pointee.slots.source) }
    /// The newest version of the event's type, such as `org.iscm.meeting.held.v1`.
    public var type: Text { text(header.pointee.slots.type) }
    /// The type as sent, before upcasting.
    public var sentType: Text { header.pointee.slots.sentType.isAbsent ? type : text(header.pointee.slots.sentType) }
    public var subject: Text? { optional(header.pointee.slots.subject) }
    /// The time of recording, RFC 3339 as sent.
    public var time: Text? { optional(header.pointee.slots.time) }
    public var partitionKey: Text? { optional(header.pointee.slots.partitionKey) }
    /// The record's key, which owns the rows; the event's id where the record has none (`hasKey`).
    public var key: Text { text(header.pointee.slots.key) }
    /// What orders this event with others of its kind: the field that its schema marks `x-sequence`, or else the key.
    public var sequenceKey: Text { header.pointee.slots.sequence.isAbsent ? key : text(header.pointee.slots.sequence) }
    public var effective: EffectiveDate { optional(header.pointee.slots.effective).map { .stated($0) } ?? .unknown }

    public var data: Value? {
        let node = header.pointee.dataNode
        return node == .max ? nil : Value(arena: arena, node: node)
    }

    /// The extension attribute of that name as text (a number or a boolean in its canonical form); nil where absent.
    public func `extension`(_ name: StaticString) -> Text? {
        guard let value = attributes[name] else { return nil }
        return value.text ?? Text(value.canonicalJSON())
    }

    /// The extension attributes in document order, those of `EventExtension` and `partitionkey` included.
    public var extensions: some Sequence<(name: Text, value: Value)> {
        attributes.members.lazy.filter { !Event.isCore($0.0) && !$0.1.isNull }.map { (name: $0.0, value: $0.1) }
    }

    /// The data before upcasting.
    public var sentData: Value? {
        let node = header.pointee.sentDataNode
        return node == .max ? nil : Value(arena: arena, node: node)
    }

    /// SHA-256 over the RFC 8785 form of all attributes and the data as sent: what a digest names the event by, and the
    /// same in both content modes. Computed at each call (about 2 µs). Nil where the arena has no `sha256`.
    public var eventHash: ContentHash? {
        guard let sha256 = arena.sha256 else { return nil }
        var writer = CanonicalJSON()
        writer.append(wholeEvent: self)
        return writer.withBytes { sha256($0) }
    }

    /// All attributes as sent, and in structured mode `data`: the object that the envelope is.
    public var attributes: Value { Value(arena: arena, node: header.pointee.envelope) }

    private func text(_ slot: TextSlot) -> Text {
        Text(arena: arena, slot: slot.isAbsent ? TextSlot(offset: 0, count: 0) : slot)
    }

    private func optional(_ slot: TextSlot) -> Text? { slot.isAbsent ? nil : Text(arena: arena, slot: slot) }

    static func isCore(_ name: Text) -> Bool {
        switch name.utf8Count {
        case 2: name == "id"
        case 4: name == "type" || name == "time" || name == "data"
        case 6: name == "source"
        case 7: name == "subject"
        case 10: name == "dataschema"
        case 11: name == "specversion" || name == "data_base64"
        case 15: name == "datacontenttype"
        default: false
        }
    }
}
