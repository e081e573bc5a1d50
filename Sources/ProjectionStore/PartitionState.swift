public struct PartitionKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let topic: String
    public let partition: Int32

    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public static func < (left: PartitionKey, right: PartitionKey) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }

    public var description: String { "\(topic)[\(partition)]" }
}

/// What a store knows of a partition, so that it recognises its log again (rule 21).
public struct PartitionState: Sendable, Equatable {
    public let key: PartitionKey
    /// The offset of the next record to handle; offsets need not be contiguous.
    public var nextOffset: Int64
    /// Counts the owners: a change with an older one finds no row (rule 17).
    public var epoch: Int64
    /// Events before it are silent (rule 30); fixed by the first claim.
    public var activationOffset: Int64
    public var clusterID: String
    /// How many partitions the topic had.
    public var partitionCount: Int32
    public var last: RecordFingerprint?

    public init(
        key: PartitionKey, nextOffset: Int64, epoch: Int64, activationOffset: Int64, clusterID: String,
        partitionCount: Int32, last: RecordFingerprint?
    ) {
        self.key = key
        self.nextOffset = nextOffset
        self.epoch = epoch
        self.activationOffset = activationOffset
        self.clusterID = clusterID
        self.partitionCount = partitionCount
        self.last = last
    }
}

/// The last record a store has taken in: it is fetched and compared when the partition is assigned again.
public struct RecordFingerprint: Sendable, Equatable {
    public let offset: Int64
    /// Kafka's timestamp in milliseconds.
    public let timestamp: Int64
    /// SHA-256 over key and value, first 16 bytes.
    public let hash: Fingerprint

    public init(offset: Int64, timestamp: Int64, hash: Fingerprint) {
        self.offset = offset
        self.timestamp = timestamp
        self.hash = hash
    }
}
