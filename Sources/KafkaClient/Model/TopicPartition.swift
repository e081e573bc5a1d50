/// One partition of a topic.
public struct TopicPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let topic: String
    public let partition: Int32

    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(topic)/\(partition)" }

    public static func < (left: Self, right: Self) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// Where to start reading a partition.
public enum StartOffset: Hashable, Sendable {
    /// The oldest record that the log still holds.
    case beginning
    /// Only records written from now on.
    case end
    /// The record with this offset, or the first one after it.
    case offset(Int64)
}

/// A partition and where to start reading it.
public struct TopicPartitionOffset: Hashable, Sendable {
    public let partition: TopicPartition
    public let start: StartOffset

    public init(_ partition: TopicPartition, _ start: StartOffset) {
        self.partition = partition
        self.start = start
    }

    public init(_ topic: String, _ partition: Int32, _ start: StartOffset) {
        self.init(TopicPartition(topic, partition), start)
    }
}

/// What a group has committed, or is to commit, for one partition.
public struct CommittedOffset: Hashable, Sendable {
    public let partition: TopicPartition
    /// The next offset to read; nil where the group never committed or the commit has expired.
    public let offset: Int64?
    /// The text committed with the offset; empty where there is none.
    public let metadata: String

    public init(_ partition: TopicPartition, offset: Int64?, metadata: String = "") {
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}

/// The ends of a partition's log.
public struct Watermarks: Hashable, Sendable {
    /// The oldest offset that the log still holds.
    public let low: Int64
    /// The offset that the next record will get.
    public let high: Int64

    public init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}
