/// What the cluster says about itself.
public struct ClusterMetadata: Sendable, Hashable {
    public struct Broker: Sendable, Hashable {
        public let id: Int32
        public let host: String
        public let port: Int
    }

    public struct Partition: Sendable, Hashable {
        public let id: Int32
        /// The leader's broker id, -1 where there is none now.
        public let leader: Int32
        public let replicas: [Int32]
        public let inSync: [Int32]
        public let error: KafkaError?
    }

    public struct Topic: Sendable, Hashable {
        public let name: String
        /// In order of their ids; empty where the topic is missing.
        public let partitions: [Partition]
        /// `.topicMissing`, `.authorization`, or nil.
        public let error: KafkaError?
    }

    /// Nil where the cluster has not said it yet.
    public let clusterID: String?
    public let brokers: [Broker]
    public let topics: [Topic]

    public func topic(_ name: String) -> Topic? { topics.first { $0.name == name } }
}
