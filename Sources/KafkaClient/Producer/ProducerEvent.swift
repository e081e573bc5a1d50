/// What a producer tells the one thread that takes its events.
public enum ProducerEvent: Sendable {
    case delivered([DeliveryReport])
    /// Where it is fatal, close this producer and make a new one, then send again what has no report.
    case error(KafkaError)
    case statistics(String)
    case allBrokersDown
    case closed
}

/// A header of a record to produce; a nil value is another thing than an empty one.
public struct RecordHeader: Sendable, Hashable {
    public let name: String
    public let value: [UInt8]?

    public init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    public init(_ name: String, _ value: String) { self.init(name, Array(value.utf8)) }
}
