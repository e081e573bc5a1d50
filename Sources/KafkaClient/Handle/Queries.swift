import CRdKafka
import Threads

/// Questions to the cluster that every kind of client can ask. Each blocks, so they run on a `QueryThread`.
extension ClientHandle {
    func metadata(topic: String?, _ timeout: Duration) -> Result<ClusterMetadata, KafkaError> {
        let deadline = MonotonicClock.deadline(after: timeout)
        var topicHandle: OpaquePointer?
        if let topic {
            topicHandle = rd_kafka_topic_new(client, topic, nil)
            if topicHandle == nil {
                return .failure(
                    KafkaError(code: .invalidValue, message: "'\(topic)' is not a topic's name", topic: topic))
            }
        }
        defer { if let topicHandle { rd_kafka_topic_destroy(topicHandle) } }
        var answer: UnsafePointer<rd_kafka_metadata>?
        let code = rd_kafka_metadata(client, topic == nil ? 1 : 0, topicHandle, &answer, timeout.wholeMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let answer else {
            return .failure(explain(KafkaError(code, message: "metadata: \(String(cString: rd_kafka_err2str(code)))")))
        }
        defer { rd_kafka_metadata_destroy(answer) }
        forgetConnectionError()
        let left = MonotonicClock.remaining(until: deadline) ?? .zero
        let cluster = rd_kafka_clusterid(client, min(left, .seconds(2)).wholeMilliseconds)
        defer { if let cluster { rd_kafka_mem_free(client, cluster) } }
        return .success(ClusterMetadata(answer.pointee, clusterID: cluster.map { String(cString: $0) }))
    }

    func watermarks(_ place: TopicPartition, _ timeout: Duration) -> Result<Watermarks, KafkaError> {
        var low: Int64 = 0
        var high: Int64 = 0
        let code = rd_kafka_query_watermark_offsets(
            client, place.topic, place.partition, &low, &high, timeout.wholeMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(failure("watermarks", code, place)) }
        return .success(Watermarks(low: low, high: high))
    }

    /// What fetching has brought along; nil before the first fetch.
    func cachedWatermarks(_ place: TopicPartition) -> Watermarks? {
        var low = Int64(RD_KAFKA_OFFSET_INVALID)
        var high = Int64(RD_KAFKA_OFFSET_INVALID)
        let code = rd_kafka_get_watermark_offsets(client, place.topic, place.partition, &low, &high)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, low >= 0, high >= 0 else { return nil }
        return Watermarks(low: low, high: high)
    }

    func committed(_ partitions: [TopicPartition], _ timeout: Duration) -> Result<[CommittedOffset], KafkaError> {
        let list = PartitionList(partitions)
        let code = rd_kafka_committed(client, list.pointer, timeout.wholeMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(failure("committed offsets", code, nil)) }
        for element in list.elements {
            if let error = element.failure { return .failure(explain(error)) }
        }
        return .success(list.elements.map(\.committed))
    }

    /// The first offset at or after a time (milliseconds since 1970) in each partition; nil where there is none.
    func offsets(_ times: [TopicPartition: Int64], _ timeout: Duration) -> Result<[TopicPartition: Int64?], KafkaError>
    {
        let list = PartitionList(capacity: times.count)
        for (place, time) in times { list.add(place).pointee.offset = time }
        let code = rd_kafka_offsets_for_times(client, list.pointer, timeout.wholeMilliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(failure("offsets for times", code, nil)) }
        var offsets: [TopicPartition: Int64?] = [:]
        for element in list.elements {
            if let error = element.failure { return .failure(explain(error)) }
            offsets.updateValue(element.offset >= 0 ? element.offset : nil, forKey: element.place)
        }
        return .success(offsets)
    }

    private func failure(_ what: String, _ code: rd_kafka_resp_err_t, _ place: TopicPartition?) -> KafkaError {
        explain(
            KafkaError(
                code, message: "\(what): \(String(cString: rd_kafka_err2str(code)))", topic: place?.topic,
                partition: place?.partition))
    }
}

extension ClusterMetadata {
    init(_ native: rd_kafka_metadata, clusterID: String?) {
        let brokers = UnsafeBufferPointer(start: native.brokers, count: Int(native.broker_cnt)).map { broker in
            Broker(id: broker.id, host: broker.host.map { String(cString: $0) } ?? "", port: Int(broker.port))
        }
        let topics = UnsafeBufferPointer(start: native.topics, count: Int(native.topic_cnt)).map { topic in
            let name = topic.topic.map { String(cString: $0) } ?? ""
            let partitions = UnsafeBufferPointer(start: topic.partitions, count: Int(topic.partition_cnt))
            return Topic(
                name: name, partitions: partitions.map { Partition($0, topic: name) }.sorted { $0.id < $1.id },
                error: topic.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(topic.err, topic: name))
        }
        self.init(clusterID: clusterID, brokers: brokers.sorted { $0.id < $1.id }, topics: topics)
    }
}

extension ClusterMetadata.Partition {
    init(_ native: rd_kafka_metadata_partition, topic: String) {
        self.init(
            id: native.id, leader: native.leader,
            replicas: Array(UnsafeBufferPointer(start: native.replicas, count: Int(native.replica_cnt))),
            inSync: Array(UnsafeBufferPointer(start: native.isrs, count: Int(native.isr_cnt))),
            error: native.err == RD_KAFKA_RESP_ERR_NO_ERROR
                ? nil : KafkaError(native.err, topic: topic, partition: native.id))
    }
}
