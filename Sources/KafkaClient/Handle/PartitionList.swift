import CRdKafka
import Glibc

/// A librdkafka list of partitions while it is built or read: one owner, freed when that owner goes.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(capacity: Int) { pointer = rd_kafka_topic_partition_list_new(Int32(clamping: capacity)) }

    init(_ partitions: [TopicPartition]) {
        self.init(capacity: partitions.count)
        for partition in partitions { add(partition) }
    }

    init(_ partitions: [TopicPartitionOffset]) {
        self.init(capacity: partitions.count)
        for partition in partitions {
            let element = add(partition.partition)
            switch partition.start {
            case .beginning: element.pointee.offset = Int64(RD_KAFKA_OFFSET_BEGINNING)
            case .end: element.pointee.offset = Int64(RD_KAFKA_OFFSET_END)
            case .offset(let offset): element.pointee.offset = offset
            }
        }
    }

    /// Takes over a list that librdkafka handed out.
    init(consuming pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) { self.pointer = pointer }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    @discardableResult
    func add(_ partition: TopicPartition) -> UnsafeMutablePointer<rd_kafka_topic_partition_t> {
        rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition)
    }

    /// The metadata is copied with malloc, because librdkafka frees it with the list.
    func add(_ commit: CommittedOffset) {
        let element = add(commit.partition)
        element.pointee.offset = commit.offset ?? Int64(RD_KAFKA_OFFSET_INVALID)
        if commit.metadata.isEmpty { return }
        guard let copy = strdup(commit.metadata) else { return }
        element.pointee.metadata = UnsafeMutableRawPointer(copy)
        element.pointee.metadata_size = strlen(copy)
    }

    static func elements(
        of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) -> UnsafeMutableBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeMutableBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    }

    var elements: UnsafeMutableBufferPointer<rd_kafka_topic_partition_t> { Self.elements(of: pointer) }
}

extension rd_kafka_topic_partition_t {
    var place: TopicPartition { TopicPartition(topic.map { String(cString: $0) } ?? "", partition) }

    var failure: KafkaError? {
        err == RD_KAFKA_RESP_ERR_NO_ERROR
            ? nil : KafkaError(err, topic: place.topic, partition: partition, offset: offset >= 0 ? offset : nil)
    }

    var committed: CommittedOffset {
        let text = metadata.map {
            String(decoding: UnsafeRawBufferPointer(start: $0, count: metadata_size), as: UTF8.self)
        }
        return CommittedOffset(place, offset: offset >= 0 ? offset : nil, metadata: text ?? "")
    }
}
