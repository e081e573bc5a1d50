import Threads

/// What was found at an offset.
public enum RecordLookup: Sendable {
    case record(Record)
    /// The log goes on without this offset (a hole); the next record or the end is here.
    case missing(next: Int64)
    case failure(KafkaError)

    /// Reads one record from each partition through a consumer of its own, which fetches little and is closed again.
    static func run(
        _ configuration: KafkaConfiguration, group: String, _ offsets: [TopicPartition: Int64], timeout: Duration
    ) throws(KafkaError) -> [TopicPartition: RecordLookup] {
        if offsets.isEmpty { return [:] }
        let deadline = MonotonicClock.deadline(after: timeout)
        var frugal = configuration
        frugal.prefetchBytesPerPartition = 1024
        frugal.reportsEndOfPartition = true
        frugal.statisticsInterval = nil
        frugal.instanceID = nil
        let consumer = try Consumer(
            frugal, group: group, mode: .manual, log: nil,
            overrides: ["queued.min.messages": "1", "fetch.message.max.bytes": "65536"])
        defer { consumer.end(timeout: .seconds(1)) }
        try consumer.assign(offsets.map { TopicPartitionOffset($0.key, .offset($0.value)) })
        var found: [TopicPartition: RecordLookup] = [:]
        var lastError: KafkaError?
        while found.count < offsets.count {
            guard let event = consumer.next(timeout: MonotonicClock.remaining(until: deadline)) else {
                throw lastError ?? .timedOut("look-up of records")
            }
            switch event {
            case .records(let batch):
                for record in batch {
                    let place = record.topicPartition
                    guard found[place] == nil, let wanted = offsets[place] else { continue }
                    found[place] = record.offset == wanted ? .record(record) : .missing(next: record.offset)
                }
            case .endOfPartition(let place, let offset, _):
                if found[place] == nil { found[place] = .missing(next: offset) }
            case .error(let error):
                if let topic = error.topic, let partition = error.partition, !error.retriable {
                    let place = TopicPartition(topic, partition)
                    if found[place] == nil { found[place] = .failure(error) }
                } else if error.fatal || error.code == .authentication || error.code == .tlsFailure {
                    throw error
                } else {
                    lastError = error
                }
            case .closed: throw .closed("look-up")
            case .allBrokersDown, .rebalance, .statistics: break
            }
        }
        return found
    }
}
