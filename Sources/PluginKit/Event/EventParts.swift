/// Where a record lies: its topic, partition and offset, and the time that Kafka holds for it.
public struct RecordPosition: Hashable, Sendable {
    public let topic: String
    public let partition: Int32
    public let offset: Int64
    /// Milliseconds since 1970, the record's own time in Kafka; -1 where the broker gave none.
    public let timestamp: Int64

    public init(topic: String, partition: Int32, offset: Int64, timestamp: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp
    }
}

/// SHA-256 over the RFC 8785 form of an event's type, subject and data as they were sent: the same in both content
/// modes, and unchanged by upcasting. 32 bytes.
public struct ContentHash: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The 32 bytes as four words, each in memory order.
    public var words: (UInt64, UInt64, UInt64, UInt64)

    public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    /// From 32 bytes; nil for any other number of them.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.init(words: (0, 0, 0, 0))
        Swift.withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// All zero: no hash was asked for (`contentHash: false` for the topic), or the event is a test's.
    public static let none = ContentHash(words: (0, 0, 0, 0))

    public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// The 32 bytes, valid within `body` only.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeBytes(of: words, body)
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    public var description: String { hex }

    public static func == (left: ContentHash, right: ContentHash) -> Bool { left.words == right.words }

    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// When an event took effect, as far as anyone stated it.
public enum EffectiveDate: Hashable, Sendable {
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, as stated.
    case stated(Text)
    /// The type names a field for it and the event leaves that out (or has no `time` where the type names none).
    case unknown

    /// The stated date, read; nil where it is unknown or reads as no date.
    public var date: PartialDate? {
        if case .stated(let text) = self { PartialDate(text) } else { nil }
    }
}

/// A type's place in the catalogue that decoded the event: dense from 0, so that dispatch can be an array look-up.
/// Stable within a process, never stored.
public struct EventTypeCode: Hashable, Sendable, BitwiseCopyable {
    public let rawValue: Int32
    public init(rawValue: Int32) { self.rawValue = rawValue }
    /// The event comes from no catalogue.
    public static let none = EventTypeCode(rawValue: -1)
}

/// Extension attributes of CloudEvents that Diwan gives a meaning.
public enum EventExtension {
    /// `true` on events that tell history: nothing leaves the store for them.
    public static let backfill = "backfill"
    /// How many emitted events lie between this one and the first cause; absent means 0.
    public static let hops = "hops"
    /// `source` of the event that caused this one.
    public static let causeSource = "causesource"
    /// `id` of the event that caused this one.
    public static let causeID = "causeid"
    /// More hops than this is a dead letter.
    public static let maximumHops = 8
}
