import CRdKafka
import Threads

/// Creates, deletes and describes topics. Calls block the calling thread up to their timeout; any thread may call.
public final class Admin: Sendable {
    private let queries = QueryThread(name: "kafka-admin")
    private let core: HandleSlot
    private let stop = Flag()
    private let thread: OSThread

    public init(_ configuration: KafkaConfiguration, log: KafkaLogSink? = nil) throws(KafkaError) {
        let handle = try ClientHandle(configuration, role: .admin)
        let (queries, stop) = (queries, stop)
        do {
            thread = try OSThread.start(name: "kafka-admin-log") {
                serveUntilStopped(handle, stop: stop, queries: queries, log: log) { _ in }
            }
        } catch {
            throw KafkaError(code: .other, message: error.description)
        }
        core = HandleSlot(handle)
    }

    deinit { endThread() }

    // MARK: Topics

    /// Creates topics. The answer has each topic's result: `.topicExists` is told apart from other failures. Throws
    /// where the request as a whole failed.
    public func createTopics(_ topics: [TopicSpecification], timeout: Duration) throws(KafkaError)
        -> [String: Result<Void, KafkaError>]
    {
        if topics.isEmpty { return [:] }
        return try ask("create topics", timeout) { $0.createTopics(topics, $1) }
    }

    public func deleteTopics(_ names: [String], timeout: Duration) throws(KafkaError)
        -> [String: Result<Void, KafkaError>]
    {
        if names.isEmpty { return [:] }
        return try ask("delete topics", timeout) { $0.deleteTopics(names, $1) }
    }

    /// Every option of a topic, by name.
    public func topicConfiguration(_ topic: String, timeout: Duration) throws(KafkaError) -> [String: TopicOption] {
        try ask("configuration of topic \(topic)", timeout) { $0.topicConfiguration(topic, $1) }
    }

    /// Deletes all records below an offset in each partition. The answer has each partition's new low watermark.
    public func deleteRecords(before offsets: [TopicPartition: Int64], timeout: Duration) throws(KafkaError)
        -> [TopicPartition: Result<Int64, KafkaError>]
    {
        if offsets.isEmpty { return [:] }
        return try ask("delete records", timeout) { $0.deleteRecords(before: offsets, $1) }
    }

    // MARK: Questions to the cluster

    /// Brokers and topics; nil asks for every topic that this user may see.
    public func metadata(topic: String? = nil, timeout: Duration) throws(KafkaError) -> ClusterMetadata {
        try ask("metadata", timeout) { $0.metadata(topic: topic, $1) }
    }

    /// The cluster's own id. Throws where no broker says one in time.
    public func clusterID(timeout: Duration) throws(KafkaError) -> String {
        guard let id = try metadata(timeout: timeout).clusterID else { throw .timedOut("cluster id") }
        return id
    }

    /// The ends of a partition's log, asked from its leader.
    public func watermarks(_ partition: TopicPartition, timeout: Duration) throws(KafkaError) -> Watermarks {
        try ask("watermarks of \(partition)", timeout) { $0.watermarks(partition, $1) }
    }

    // MARK: Closing

    /// Ends the client; questions under way fail with `.closed`. librdkafka's own threads are waited for up to
    /// `timeout`, and two seconds at most: a question that a broker leaves open keeps them longer.
    public func close(timeout: Duration) {
        endThread()
        thread.join()
        core.release()?.wait(timeout: min(timeout, .seconds(2)))
    }

    private func endThread() {
        stop.set()
        queries.close()
        core.handle?.wakeup.signal()
    }

    private func ask<Answer: Sendable>(
        _ what: String, _ timeout: Duration,
        _ body: @escaping @Sendable (ClientHandle, Duration) -> Result<Answer, KafkaError>
    ) throws(KafkaError) -> Answer {
        guard let handle = core.handle, !stop.isSet else { throw .closed("admin client") }
        return try queries.ask(what, timeout: timeout) { body(handle, $0) }
    }
}
