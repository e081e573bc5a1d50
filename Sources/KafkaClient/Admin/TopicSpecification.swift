/// A topic to create.
public struct TopicSpecification: Sendable, Hashable {
    public let name: String
    public let partitions: Int32
    /// Copies of each partition; nil for the broker's default.
    public let replication: Int32?
    /// The topic's options by Kafka's names, such as `retention.ms`.
    public let configuration: [String: String]

    public init(name: String, partitions: Int32, replication: Int32? = nil, configuration: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.configuration = configuration
    }
}

/// One option of a topic as the broker states it.
public struct TopicOption: Sendable, Hashable {
    public let name: String
    /// Nil where the broker keeps it secret.
    public let value: String?
    public let isDefault: Bool
}
