import CRdKafka

/// What a client's queue brought, with C types taken off, except for what the caller must answer or keep.
enum NativeEvent {
    case log(KafkaLog)
    case error(KafkaError)
    case allBrokersDown
    case statistics(String)
    case rebalance(assigns: Bool, [TopicPartition])
    /// The token given with the commit, and each partition's result.
    case committed(token: UInt64, KafkaError?, [(TopicPartition, KafkaError?)])
    case delivered([DeliveryReport])
    case endOfPartition(TopicPartition, Int64)
    /// A record. The caller takes the event over.
    case fetched(OpaquePointer)
    /// Nothing for us.
    case none
}

extension ClientHandle {
    /// The next event without waiting, already translated and freed; nil when the queue is empty.
    func nextEvent() -> NativeEvent? {
        rd_kafka_queue_poll(queue, 0).map { translate($0) }
    }

    /// Takes over an event, and frees it unless it holds records.
    func translate(_ event: OpaquePointer) -> NativeEvent {
        if rd_kafka_event_type(event) == RD_KAFKA_EVENT_FETCH { return .fetched(event) }
        defer { rd_kafka_event_destroy(event) }
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_LOG: return log(event)
        case RD_KAFKA_EVENT_STATS:
            return rd_kafka_event_stats(event).map { .statistics(String(cString: $0)) } ?? NativeEvent.none
        case RD_KAFKA_EVENT_ERROR: return error(event)
        case RD_KAFKA_EVENT_REBALANCE:
            let code = rd_kafka_event_error(event)
            let partitions = rd_kafka_event_topic_partition_list(event).map { list in
                PartitionList.elements(of: list).map(\.place)
            }
            return .rebalance(assigns: code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, partitions ?? [])
        case RD_KAFKA_EVENT_OFFSET_COMMIT:
            let code = rd_kafka_event_error(event)
            let results = rd_kafka_event_topic_partition_list(event).map { list in
                PartitionList.elements(of: list).map { ($0.place, $0.failure) }
            }
            return .committed(
                token: UInt64(UInt(bitPattern: rd_kafka_event_opaque(event))),
                code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(code), results ?? [])
        case RD_KAFKA_EVENT_DR: return .delivered(reports(event))
        default: return NativeEvent.none
        }
    }

    private func log(_ event: OpaquePointer) -> NativeEvent {
        var facility: UnsafePointer<CChar>?
        var message: UnsafePointer<CChar>?
        var level: Int32 = 0
        guard rd_kafka_event_log(event, &facility, &message, &level) == 0 else { return .none }
        return .log(
            KafkaLog(
                level: Int(level), facility: facility.map { String(cString: $0) } ?? "",
                message: redactor.clean(message.map { String(cString: $0) } ?? "")))
    }

    private func error(_ event: OpaquePointer) -> NativeEvent {
        var code = rd_kafka_event_error(event)
        if code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN { return .allBrokersDown }
        var text = rd_kafka_event_error_string(event).map { String(cString: $0) }
        var fatal = rd_kafka_event_error_is_fatal(event) != 0
        if code == RD_KAFKA_RESP_ERR__FATAL || fatal {
            // The event only says that there is a fatal error; which one is asked from the client.
            var reason = [CChar](repeating: 0, count: 512)
            let cause = rd_kafka_fatal_error(client, &reason, reason.count)
            if cause != RD_KAFKA_RESP_ERR_NO_ERROR {
                code = cause
                text = String(terminated: reason)
                fatal = true
            }
        }
        var place: TopicPartition?
        var offset: Int64?
        if let partition = rd_kafka_event_topic_partition(event) {
            place = partition.pointee.place
            // Where the error is not about an offset, librdkafka leaves a 0 or less here.
            let tells = code == RD_KAFKA_RESP_ERR__PARTITION_EOF || KafkaError.code(code) == .offsetOutOfRange
            offset = tells && partition.pointee.offset >= 0 ? partition.pointee.offset : nil
            rd_kafka_topic_partition_destroy(partition)
        }
        if code == RD_KAFKA_RESP_ERR__PARTITION_EOF, let place { return .endOfPartition(place, offset ?? 0) }
        let error = redactor.clean(
            KafkaError(
                code, message: text, fatal: fatal, topic: place?.topic, partition: place?.partition, offset: offset))
        note(error)
        return .error(error)
    }

    private func reports(_ event: OpaquePointer) -> [DeliveryReport] {
        var reports: [DeliveryReport] = []
        reports.reserveCapacity(rd_kafka_event_message_count(event))
        while let message = rd_kafka_event_message_next(event) {
            let failed = message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR
            let topic = failed ? message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) } : nil
            reports.append(
                DeliveryReport(
                    token: UInt64(UInt(bitPattern: message.pointee._private)), partition: message.pointee.partition,
                    offset: message.pointee.offset >= 0 ? message.pointee.offset : nil,
                    error: failed
                        ? explain(
                            KafkaError(
                                message.pointee.err, topic: topic,
                                partition: message.pointee.partition >= 0 ? message.pointee.partition : nil)) : nil))
        }
        return reports
    }
}
