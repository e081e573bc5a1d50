/// What a JSON value is. The raw values are the byte that the decoder writes into a `ValueNode`.
public enum ValueKind: UInt8, Sendable {
    case null, `false`, `true`
    /// Any number without a fraction that fits in 64 bits: `1.0` and `1e2` are integers too.
    case integer
    case number
    case string
    case array
    case object
}

/// One JSON value in an `EventArena`: 24 bytes, the layout that the decoder writes.
///
/// A document lies as a flat run of nodes: a container is followed by its elements or members in document order, and
/// `skip` leads from a node to its next sibling.
public struct ValueNode: BitwiseCopyable, Sendable {
    /// `ValueKind.rawValue`.
    public var kind: UInt8
    public var reserved0: UInt8
    public var reserved1: UInt16
    /// Where the member's name lies in the arena's bytes; 0 and 0 outside objects.
    public var keyOffset: UInt32
    public var keyCount: UInt32
    /// The number of nodes of this value, itself included.
    public var skip: UInt32
    /// Integer: its two's complement. Number: its IEEE bits. String: offset (low half) and count (high half) in the
    /// arena's bytes. Array and object: how many elements or members.
    public var payload: UInt64

    public init(kind: ValueKind, keyOffset: UInt32 = 0, keyCount: UInt32 = 0, skip: UInt32 = 1, payload: UInt64 = 0) {
        self.kind = kind.rawValue
        self.reserved0 = 0
        self.reserved1 = 0
        self.keyOffset = keyOffset
        self.keyCount = keyCount
        self.skip = skip
        self.payload = payload
    }
}
