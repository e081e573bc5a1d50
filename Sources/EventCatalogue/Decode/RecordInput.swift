public import PluginKit

/// A header of a record: borrowed bytes. A header may lack its value.
public struct RecordHeader: BitwiseCopyable {
    public var name: UnsafeRawBufferPointer
    public var value: UnsafeRawBufferPointer?

    public init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer?) {
        self.name = name
        self.value = value
    }
}

/// A record as Kafka gave it. All bytes are borrowed: they need to live through the call of `decode` only.
public struct RecordInput {
    /// Nil for a record without a key.
    public var key: UnsafeRawBufferPointer?
    /// Nil for a tombstone.
    public var value: UnsafeRawBufferPointer?
    public var headers: UnsafeBufferPointer<RecordHeader>
    public var position: RecordPosition
    public var settings: TopicSettings

    public init(
        key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: UnsafeBufferPointer<RecordHeader> = UnsafeBufferPointer(start: nil, count: 0),
        position: RecordPosition, settings: TopicSettings
    ) {
        self.key = key
        self.value = value
        self.headers = headers
        self.position = position
        self.settings = settings
    }
}

/// What a record turned out to be.
public enum DecodeOutcome: Sendable {
    case event(Event)
    /// A well-formed CloudEvent of a type that the catalogue does not know: counted and listed by that name, no more.
    case unknownType(Text)
    /// A record without a value.
    case tombstone
    case refused(DecodeRefusal)
}
