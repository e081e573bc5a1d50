import CRdKafka
import Synchronization

/// Records as librdkafka holds them, without a copy; they are freed with the batch. Each record kept keeps its whole
/// batch, and with it the fetch responses that its records came in: copy what is to be kept for long.
///
/// Records of one partition stand in the order of their offsets; several partitions may be in one batch.
///
/// `@unchecked Sendable`: the messages are read-only once the batch is made, except that librdkafka parses headers on
/// first use, which the mutex guards; freeing them is allowed on any thread while the client lives, and the batch
/// holds the client.
public final class RecordBatch: @unchecked Sendable, RandomAccessCollection {
    /// Which assignment the records came under, as `assign` returned it: drop records of an older one.
    public let generation: UInt64
    /// Bytes of all keys and values.
    public let byteCount: Int
    public let count: Int

    let messages: [UnsafePointer<rd_kafka_message_t>]
    /// The owners of the messages, one each.
    private let events: [OpaquePointer]
    private let topicIndexes: [UInt16]
    private let topics: [String]
    /// The client that the messages came from; nil for records that were kept.
    private let handle: ClientHandle?
    /// What stands beside messages of our own making.
    let kept: KeptRecords?
    let headerLock = Mutex<Void>(())

    init(_ draft: consuming RecordBatchDraft, handle: ClientHandle) {
        self.handle = handle
        kept = nil
        messages = draft.messages
        events = draft.events
        generation = draft.generation
        byteCount = draft.byteCount
        count = draft.messages.count
        topicIndexes = draft.topicIndexes
        topics = draft.topics
    }

    /// Records of one partition that were kept and are read again as if they had been fetched.
    public init(kept records: [KeptRecord], of place: TopicPartition, generation: UInt64) {
        let kept = KeptRecords(records, partition: place.partition)
        self.kept = kept
        handle = nil
        events = []
        messages = kept.messages
        self.generation = generation
        byteCount = kept.byteCount
        count = records.count
        topicIndexes = Array(repeating: 0, count: records.count)
        topics = [place.topic]
    }

    deinit {
        for event in events { rd_kafka_event_destroy(event) }
        withExtendedLifetime(handle) {}
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { count }

    /// An index outside `indices` is a programming error and traps, as in an array.
    public subscript(index: Int) -> Record {
        precondition(index >= 0 && index < count, "no record \(index) in a batch of \(count)")
        return Record(batch: self, index: index)
    }

    func topic(at index: Int) -> String { topics[Int(topicIndexes[index])] }
}

/// A batch while the consumer's thread fills it.
struct RecordBatchDraft {
    let generation: UInt64
    private(set) var events: [OpaquePointer] = []
    private(set) var messages: [UnsafePointer<rd_kafka_message_t>] = []
    private(set) var topicIndexes: [UInt16] = []
    private(set) var topics: [String] = []
    private(set) var byteCount = 0
    private var topicHandles: [OpaquePointer?] = []

    init(generation: UInt64) { self.generation = generation }

    var isEmpty: Bool { messages.isEmpty }

    /// Takes over an event that holds one record. `name` gives the one shared string for a topic.
    mutating func append(_ event: OpaquePointer, name: (UnsafePointer<CChar>) -> String) {
        guard let message = rd_kafka_event_message_next(event) else { return rd_kafka_event_destroy(event) }
        // The messages held keep their topic handles alive, so within a batch equal pointers are equal topics.
        let handle = message.pointee.rkt
        var index = topicHandles.count - 1
        while index >= 0 && topicHandles[index] != handle { index -= 1 }
        if index < 0 {
            index = topicHandles.count
            topicHandles.append(handle)
            topics.append(handle.map { name(rd_kafka_topic_name($0)) } ?? "")
        }
        events.append(event)
        messages.append(message)
        topicIndexes.append(UInt16(truncatingIfNeeded: index))
        byteCount += message.pointee.len + message.pointee.key_len
    }
}
