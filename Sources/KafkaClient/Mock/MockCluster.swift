import CRdKafka
import Synchronization
import Threads

/// librdkafka's own mock of a Kafka cluster, on loopback ports of this process: for tests and for trying things. It keeps
/// nothing, answers no admin calls, and speaks neither TLS nor SASL.
///
/// `@unchecked Sendable`: the pointers never change; librdkafka locks the mock cluster itself; closing is guarded by the
/// mutex, and every use holds it so that none comes after.
public final class MockCluster: @unchecked Sendable {
    /// The requests that can be made to fail, with Kafka's own numbers.
    public enum Request: Int16, Sendable, CaseIterable {
        case produce = 0
        case fetch = 1
        case listOffsets = 2
        case metadata = 3
        case offsetCommit = 8
        case offsetFetch = 9
        case findCoordinator = 10
        case joinGroup = 11
        case heartbeat = 12
        case leaveGroup = 13
        case syncGroup = 14
        case initProducerID = 22
    }

    /// `host:port` of every broker, separated by commas.
    public let bootstrapServers: String
    private let client: OpaquePointer
    private let cluster: OpaquePointer
    private let open = Mutex(true)
    /// The ports of brokers that are down.
    private let held = Mutex<[Int32: HeldPort]>([:])

    /// Starts `brokers` brokers with these topics. Brokers are numbered from 1.
    public init(brokers: Int = 1, topics: [(name: String, partitions: Int)] = []) throws(KafkaError) {
        let configuration = KafkaConfiguration(bootstrapServers: [])
        // Nobody serves this client's queue, so nothing may gather there.
        client = try NativeConfiguration.build(
            configuration, role: .admin, overrides: ["log_level": "0"], connects: false
        ).makeClient(.admin)
        guard let cluster = rd_kafka_mock_cluster_new(client, Int32(clamping: max(1, brokers))),
            let servers = rd_kafka_mock_cluster_bootstraps(cluster)
        else {
            rd_kafka_destroy(client)
            throw KafkaError(code: .other, message: "the mock cluster cannot be started; are loopback ports free?")
        }
        self.cluster = cluster
        bootstrapServers = String(cString: servers)
        for topic in topics { try createTopic(topic.name, partitions: topic.partitions) }
    }

    deinit { close() }

    public func createTopic(_ name: String, partitions: Int, replication: Int = 1) throws(KafkaError) {
        try use { cluster in
            rd_kafka_mock_topic_create(cluster, name, Int32(clamping: partitions), Int32(clamping: replication))
        }
    }

    /// The next requests of this kind fail with these errors of Kafka's (by its numbers, such as 6: not the leader).
    public func failNext(_ request: Request, with errors: [Int32]) throws(KafkaError) {
        let errors = errors.map { rd_kafka_resp_err_t($0) }
        try use { cluster in
            rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, errors)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    public func clearFailures(_ request: Request) throws(KafkaError) {
        try use { cluster in
            rd_kafka_mock_clear_request_errors(cluster, request.rawValue)
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Every question about this topic is answered by this error of Kafka's (3: no such topic); 0 ends that.
    public func setTopicError(_ topic: String, _ error: Int32) throws(KafkaError) {
        try use { cluster in
            rd_kafka_mock_topic_set_error(cluster, topic, rd_kafka_resp_err_t(error))
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// The broker drops its connections and refuses new ones.
    public func setDown(broker: Int32) throws(KafkaError) {
        try use { rd_kafka_mock_broker_set_down($0, broker) }
        let address = bootstrapServers.split(separator: ",").dropFirst(Int(broker) - 1).first
        guard let port = address?.split(separator: ":").last.flatMap({ UInt16($0) }) else { return }
        held.withLock { $0[broker] = HeldPort(port) }
    }

    public func setUp(broker: Int32) throws(KafkaError) {
        held.withLock { $0[broker] = nil }
        try use { rd_kafka_mock_broker_set_up($0, broker) }
    }

    /// Answers take this long.
    public func setRoundTrip(broker: Int32, _ time: Duration) throws(KafkaError) {
        try use { rd_kafka_mock_broker_set_rtt($0, broker, time.wholeMilliseconds) }
    }

    public func setLeader(of partition: TopicPartition, broker: Int32) throws(KafkaError) {
        try use { rd_kafka_mock_partition_set_leader($0, partition.topic, partition.partition, broker) }
    }

    public func setCoordinator(group: String, broker: Int32) throws(KafkaError) {
        try use { rd_kafka_mock_coordinator_set($0, "group", group, broker) }
    }

    /// Ends the cluster; everything in it is gone. May be called again.
    public func close() {
        open.withLock { open in
            guard open else { return }
            open = false
            rd_kafka_mock_cluster_destroy(cluster)
            rd_kafka_destroy(client)
        }
    }

    private func use(_ body: (OpaquePointer) -> rd_kafka_resp_err_t) throws(KafkaError) {
        let code = open.withLock { open in open ? body(cluster) : RD_KAFKA_RESP_ERR__DESTROY }
        try KafkaError.check(code, "mock cluster")
    }
}
