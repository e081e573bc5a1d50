/// What a consumer tells the one thread that takes its events.
public enum ConsumerEvent: Sendable {
    case records(RecordBatch)
    /// Group mode: answer with `assign` or `unassign`; until then the group waits.
    case rebalance(Rebalance)
    /// Where `topic` and `partition` stand in the error, only that partition stands still: `.offsetOutOfRange` until it
    /// is assigned anew, `.topicMissing` until the topic is there. Else the client goes on trying, unless it is fatal.
    case error(KafkaError)
    /// librdkafka's statistics, as its JSON text.
    case statistics(String)
    /// Every record of the partition up to here was delivered under the assignment of that generation; the next one
    /// will get `offset`.
    case endOfPartition(TopicPartition, offset: Int64, generation: UInt64)
    /// No broker can be reached now; the client goes on trying.
    case allBrokersDown
    /// Nothing more comes.
    case closed
}

public enum Rebalance: Sendable, Hashable {
    /// The group gives these partitions to this member: answer with `assign` and their offsets (an empty list declines
    /// for now).
    case assigned([TopicPartition])
    /// The group takes all partitions back: stop their lanes, then answer with `unassign`.
    case revoked([TopicPartition])
    /// The partitions are already with others: drop their work uncommitted, then answer with `unassign`.
    case lost([TopicPartition])
}

/// How a consumer comes by its partitions.
public enum ConsumerMode: Sendable, Hashable {
    /// By `assign` alone; the group's name serves commits only.
    case manual
    /// By the group, which shares these topics among its members.
    case group(topics: [String])
}
