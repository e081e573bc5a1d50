/// How to reach a cluster and how to behave on it: typed where Diwan has an opinion, by librdkafka's option names
/// (`passthrough`) where it has none. `validate()` checks all of it before anything connects.
public struct KafkaConfiguration: Sendable {
    /// How a group shares its partitions. Both are eager: everybody gives all back at a rebalance.
    public enum AssignmentStrategy: String, Sendable, CaseIterable {
        case range
        case roundRobin = "roundrobin"
    }

    public enum Compression: String, Sendable, CaseIterable { case none, gzip, snappy, lz4, zstd }

    /// `host:port` of some brokers; the others are found through them.
    public var bootstrapServers: [String]
    /// The name by which brokers know this client in their logs and quotas.
    public var clientID = "diwan"

    /// A group member that is silent this long is dropped from its group.
    public var sessionTimeout: Duration = .seconds(45)
    /// librdkafka leaves the group when its queue is not served this long. The client's own thread always serves it, so
    /// a handler that hangs must be watched by its owner.
    public var maximumPollInterval: Duration = .seconds(300)
    /// A static member's name (`group.instance.id`): a restart within the session timeout moves no partition.
    public var instanceID: String?
    public var assignmentStrategy: AssignmentStrategy = .range
    /// How far ahead each partition is read, in bytes. A consumer holds up to this for each assigned partition, and as
    /// much again as one fetch response brings.
    public var prefetchBytesPerPartition = 4 << 20
    /// The most that one answer to a fetch brings of a partition, and of all together; a record that is longer comes all
    /// the same.
    public var fetchBytesPerPartition = 1 << 20
    public var fetchBytes = 50 << 20
    /// Record bytes that may wait in the consumer's mailbox before it stops taking more.
    public var mailboxBytes = 8 << 20
    /// The most records and bytes in one batch.
    public var batchRecords = 500
    public var batchBytes = 1 << 20
    /// Whether the consumer reports each partition's end when it reaches it.
    public var reportsEndOfPartition = true

    /// How long the producer waits to fill a batch.
    public var linger: Duration = .milliseconds(5)
    /// A record that is not acknowledged this long is given up with a report; zero: never.
    public var deliveryTimeout: Duration = .seconds(120)
    /// Whether a record that Kafka refuses ends the producer, so that none behind it is sent: what follows then comes
    /// behind it also when it is sent again.
    public var stopsAtGap = false
    /// How many requests of the producer to one broker may await their answers, 1 to 5. With more than one, a broker that
    /// dies may end the producer (`KafkaError.fatal`), and whoever makes a new one does not know what was taken.
    public var maximumInFlight = 5
    public var compression: Compression = .lz4
    /// Records that may wait to be sent or reported; more is `.queueFull`.
    public var producerQueueRecords = 100_000
    public var producerQueueBytes = 64 << 20
    /// The largest record that may be produced, in bytes.
    public var maximumRecordBytes = 1_000_000

    /// How often statistics events come; nil for never.
    public var statisticsInterval: Duration?
    /// The least serious log lines to pass on, by syslog's levels (6: information, 7: debugging).
    public var logLevel = 6

    /// Options by librdkafka's own names. Those that Diwan sets itself, and secrets, are refused here.
    public var passthrough: [String: String] = [:]
    /// Secret options by librdkafka's own names, such as `sasl.password` and `ssl.key.password`.
    public var secrets: [String: SecretSource] = [:]

    public init(bootstrapServers: [String]) { self.bootstrapServers = bootstrapServers }

    /// Servers as one text, separated by commas.
    public init(bootstrapServers: String) {
        self.init(bootstrapServers: bootstrapServers.split(separator: ",").map { String($0.trimmed) })
    }
}

/// Values of passed-through options are left out too: a secret put there by mistake is not printed either.
extension KafkaConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        let options = passthrough.keys.sorted().joined(separator: ", ")
        let sources = secrets.sorted { $0.key < $1.key }.map { "\($0.key) from \($0.value)" }.joined(separator: ", ")
        return "Kafka at \(bootstrapServers.joined(separator: ",")) as \(clientID); options [\(options)];"
            + " secrets [\(sources)]"
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: ["configuration": description]) }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = self
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
