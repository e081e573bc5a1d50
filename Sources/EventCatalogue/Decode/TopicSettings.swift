/// How the records of one topic are read.
public struct TopicSettings: Hashable, Sendable {
    /// What a record with neither a content-type nor a `ce_` header is.
    public enum Headerless: String, CaseIterable, Sendable {
        /// A CloudEvent in structured JSON.
        case structured
        /// Refused.
        case refused
    }

    public enum Validation: String, CaseIterable, Sendable {
        /// All checks.
        case full
        /// Neither duplicate keys nor schemas are looked at. Still never crashes, whatever the bytes.
        case trusted
    }

    /// 256 KiB: what every CloudEvents consumer must take (64 KiB) and room besides.
    public static let defaultEventBytes = 262_144

    /// The topic is ours: its records carry a key, and `partitionkey` is that key.
    public var ownTopic: Bool
    public var headerless: Headerless
    public var validation: Validation
    /// The most bytes that value and headers of a record may have together.
    public var eventBytes: Int
    /// Computes `Event.contentHash`; without it that is `ContentHash.none`.
    public var contentHash: Bool

    public init(
        ownTopic: Bool = true, headerless: Headerless = .structured, validation: Validation = .full,
        eventBytes: Int = TopicSettings.defaultEventBytes, contentHash: Bool = true
    ) {
        self.ownTopic = ownTopic
        self.headerless = headerless
        self.validation = validation
        self.eventBytes = eventBytes
        self.contentHash = contentHash
    }
}
