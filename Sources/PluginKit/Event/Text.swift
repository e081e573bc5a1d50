#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// UTF-8 text that lies in an `EventArena`, borrowed rather than copied. Equality, order and hash are those of its
/// bytes. It keeps its arena alive: what outlives the batch is copied out by `String(text)`.
public struct Text: Hashable, Comparable, Sendable, CustomStringConvertible {
    @usableFromInline let arena: EventArena
    @usableFromInline let slot: TextSlot

    /// The text at a slot that is not absent.
    @inlinable public init(arena: EventArena, slot: TextSlot) {
        self.arena = arena
        self.slot = slot
    }

    /// Text of its own, outside every batch: for tests and for constants.
    public init(_ string: String) {
        let arena = EventArena(byteCapacity: string.utf8.count, nodeCapacity: 0)
        var string = string
        let slot = string.withUTF8 { arena.append(UnsafeRawBufferPointer($0)) }
        self.init(arena: arena, slot: slot ?? TextSlot(offset: 0, count: 0))
    }

    /// Where the text lies in its arena.
    @inlinable public var location: TextSlot { slot }

    /// The number of bytes.
    @inlinable public var utf8Count: Int { Int(slot.count) }
    @inlinable public var isEmpty: Bool { slot.count == 0 }

    /// The bytes, valid within `body` only.
    @inlinable public func withUTF8<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(start: arena.bytes + Int(slot.offset), count: Int(slot.count)))
    }

    public var description: String { withUTF8 { String(decoding: $0, as: UTF8.self) } }

    /// The first `count` bytes, or all where it is shorter. Cuts at a byte: meant for ASCII such as dates.
    public func prefix(_ count: Int) -> Text {
        Text(arena: arena, slot: TextSlot(offset: slot.offset, count: min(slot.count, UInt32(clamping: count))))
    }

    public func hash(into hasher: inout Hasher) { withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) } }

    public static func == (left: Text, right: Text) -> Bool {
        left.slot.count == right.slot.count
            && left.withUTF8 { l in right.withUTF8 { r in sameBytes(l, r) } }
    }

    public static func < (left: Text, right: Text) -> Bool {
        left.withUTF8 { l in right.withUTF8 { r in byteOrder(l, r) < 0 } }
    }

    public static func == (left: Text, right: StaticString) -> Bool {
        left.withUTF8 { l in right.withUTF8Buffer { r in sameBytes(l, r) } }
    }

    public static func != (left: Text, right: StaticString) -> Bool { !(left == right) }

    public static func == (left: Text, right: String) -> Bool {
        guard left.utf8Count == right.utf8.count else { return false }
        return left.withUTF8 { l in
            right.utf8.withContiguousStorageIfAvailable { sameBytes(l, $0) } ?? l.elementsEqual(right.utf8)
        }
    }

    public static func != (left: Text, right: String) -> Bool { !(left == right) }
}

extension Optional<Text> {
    /// False for a text that is absent.
    public static func == (left: Text?, right: String) -> Bool { left.map { $0 == right } ?? false }

    public static func != (left: Text?, right: String) -> Bool { !(left == right) }
}

extension String {
    /// A copy of the text, free of its arena.
    public init(_ text: Text) { self = text.description }
}

func sameBytes(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    guard left.count > 0, let l = left.baseAddress, let r = right.baseAddress else { return true }
    return memcmp(l, r, left.count) == 0
}

func byteOrder(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
    let shared = min(left.count, right.count)
    if shared > 0, let l = left.baseAddress, let r = right.baseAddress {
        let order = memcmp(l, r, shared)
        if order != 0 { return Int(order) }
    }
    return left.count - right.count
}
