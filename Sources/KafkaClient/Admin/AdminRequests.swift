import CRdKafka
import Threads

/// Admin requests, each on a queue of its own. They block, so they run on a `QueryThread`.
extension ClientHandle {
    func createTopics(_ topics: [TopicSpecification], _ timeout: Duration)
        -> Result<[String: Result<Void, KafkaError>], KafkaError>
    {
        var requests: [OpaquePointer?] = []
        defer { for request in requests { rd_kafka_NewTopic_destroy(request) } }
        for topic in topics {
            var text = [CChar](repeating: 0, count: 512)
            guard
                let request = rd_kafka_NewTopic_new(
                    topic.name, topic.partitions, topic.replication ?? -1, &text, text.count)
            else {
                let reason = String(terminated: text)
                return .failure(KafkaError(code: .invalidValue, message: "create topic: \(reason)", topic: topic.name))
            }
            requests.append(request)
            for (name, value) in topic.configuration.sorted(by: { $0.key < $1.key }) {
                rd_kafka_NewTopic_set_config(request, name, value)
            }
        }
        return run("create topics", timeout, RD_KAFKA_ADMIN_OP_CREATETOPICS) { options, queue in
            rd_kafka_CreateTopics(client, &requests, requests.count, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
            return topicResults(results, count)
        }
    }

    func deleteTopics(_ names: [String], _ timeout: Duration) -> Result<[String: Result<Void, KafkaError>], KafkaError>
    {
        var requests = names.map { rd_kafka_DeleteTopic_new($0) }
        defer { for request in requests { rd_kafka_DeleteTopic_destroy(request) } }
        return run("delete topics", timeout, RD_KAFKA_ADMIN_OP_DELETETOPICS) { options, queue in
            rd_kafka_DeleteTopics(client, &requests, requests.count, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
            return topicResults(results, count)
        }
    }

    func topicConfiguration(_ topic: String, _ timeout: Duration) -> Result<[String: TopicOption], KafkaError> {
        guard let resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic) else {
            return .failure(KafkaError(code: .invalidValue, message: "'\(topic)' is not a topic's name", topic: topic))
        }
        var resources: [OpaquePointer?] = [resource]
        defer { rd_kafka_ConfigResource_destroy(resource) }
        return run("configuration of topic \(topic)", timeout, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS) { options, queue in
            rd_kafka_DescribeConfigs(client, &resources, 1, options, queue)
        } read: { event in
            var count = 0
            let answer = rd_kafka_event_DescribeConfigs_result(event)
            guard let described = rd_kafka_DescribeConfigs_result_resources(answer, &count)?[0], count == 1 else {
                return .failure(KafkaError(code: .other, message: "the broker described nothing", topic: topic))
            }
            let code = rd_kafka_ConfigResource_error(described)
            if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                let text = rd_kafka_ConfigResource_error_string(described).map { String(cString: $0) }
                return .failure(KafkaError(code, message: text, topic: topic))
            }
            var entries = 0
            let list = rd_kafka_ConfigResource_configs(described, &entries)
            var options: [String: TopicOption] = [:]
            for entry in UnsafeBufferPointer(start: list, count: entries) {
                guard let name = rd_kafka_ConfigEntry_name(entry).map({ String(cString: $0) }) else { continue }
                options[name] = TopicOption(
                    name: name, value: rd_kafka_ConfigEntry_value(entry).map { String(cString: $0) },
                    isDefault: rd_kafka_ConfigEntry_is_default(entry) != 0)
            }
            return .success(options)
        }
    }

    func deleteRecords(before offsets: [TopicPartition: Int64], _ timeout: Duration)
        -> Result<[TopicPartition: Result<Int64, KafkaError>], KafkaError>
    {
        let list = PartitionList(offsets.map { TopicPartitionOffset($0.key, .offset($0.value)) })
        guard let request = rd_kafka_DeleteRecords_new(list.pointer) else {
            return .failure(KafkaError(code: .invalidValue, message: "delete records: not a list of partitions"))
        }
        var requests: [OpaquePointer?] = [request]
        defer { rd_kafka_DeleteRecords_destroy(request) }
        return run("delete records", timeout, RD_KAFKA_ADMIN_OP_DELETERECORDS) { options, queue in
            rd_kafka_DeleteRecords(client, &requests, 1, options, queue)
        } read: { event in
            let answer = rd_kafka_event_DeleteRecords_result(event)
            guard let list = rd_kafka_DeleteRecords_result_offsets(answer) else { return .success([:]) }
            var results: [TopicPartition: Result<Int64, KafkaError>] = [:]
            let elements = UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
            for element in elements {
                results[element.place] = element.failure.map { .failure($0) } ?? .success(element.offset)
            }
            return .success(results)
        }
    }

    private func topicResults(_ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int)
        -> Result<[String: Result<Void, KafkaError>], KafkaError>
    {
        var answer: [String: Result<Void, KafkaError>] = [:]
        for result in UnsafeBufferPointer(start: results, count: count) {
            guard let name = rd_kafka_topic_result_name(result).map({ String(cString: $0) }) else { continue }
            let code = rd_kafka_topic_result_error(result)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR {
                answer[name] = .success(())
            } else {
                let text = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
                answer[name] = .failure(KafkaError(code, message: text, topic: name))
            }
        }
        return .success(answer)
    }

    /// Sends a request and reads its answer; the answer lives only inside `read`.
    private func run<Answer>(
        _ what: String, _ timeout: Duration, _ operation: rd_kafka_admin_op_t,
        send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void,
        read: (OpaquePointer) -> Result<Answer, KafkaError>
    ) -> Result<Answer, KafkaError> {
        let queue = rd_kafka_queue_new(client)
        defer { rd_kafka_queue_destroy(queue) }
        let options = rd_kafka_AdminOptions_new(client, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        let wait = max(1, timeout.wholeMilliseconds)
        // The broker gets the same time to finish what it begins; describing takes no such option.
        rd_kafka_AdminOptions_set_request_timeout(options, wait, nil, 0)
        rd_kafka_AdminOptions_set_operation_timeout(options, wait, nil, 0)
        send(options, queue)
        guard let event = rd_kafka_queue_poll(queue, wait &+ 500) else { return .failure(explain(.timedOut(what))) }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            let text = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? ""
            return .failure(explain(KafkaError(code, message: "\(what): \(text)")))
        }
        forgetConnectionError()
        return read(event)
    }
}
