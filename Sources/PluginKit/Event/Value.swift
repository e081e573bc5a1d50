/// A JSON value of an event: a view of a node in its arena. Reading copies nothing; a value keeps its arena alive.
///
/// Asking for the wrong kind answers nil, never traps: a handler reads what the type's schema promises and treats the
/// rest as absent.
public struct Value: Sendable {
    @usableFromInline let arena: EventArena
    @usableFromInline let index: Int

    /// The value whose node is `arena.nodes[node]`.
    @inlinable public init(arena: EventArena, node: UInt32) {
        self.arena = arena
        self.index = Int(node)
    }

    @inlinable var node: ValueNode { arena.nodes[index] }

    /// Where the value lies, for whoever checks or hashes nodes directly.
    public var location: (arena: EventArena, node: UInt32) { (arena, UInt32(truncatingIfNeeded: index)) }

    public var kind: ValueKind { ValueKind(rawValue: node.kind) ?? .null }
    public var isNull: Bool { node.kind == ValueKind.null.rawValue }

    public var text: Text? {
        let node = node
        guard node.kind == ValueKind.string.rawValue else { return nil }
        let slot = TextSlot(offset: UInt32(truncatingIfNeeded: node.payload), count: UInt32(node.payload >> 32))
        return Text(arena: arena, slot: slot)
    }

    /// The text, copied. Prefer `text` where it need not outlive the batch.
    public var string: String? { text.map { String($0) } }

    /// A number without a fraction: `1.0` is the integer 1.
    public var integer: Int64? {
        let node = node
        return node.kind == ValueKind.integer.rawValue ? Int64(bitPattern: node.payload) : nil
    }

    /// Any number.
    public var number: Double? {
        let node = node
        switch ValueKind(rawValue: node.kind) {
        case .integer: return Double(Int64(bitPattern: node.payload))
        case .number: return Double(bitPattern: node.payload)
        default: return nil
        }
    }

    public var bool: Bool? {
        switch ValueKind(rawValue: node.kind) {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// How many elements or members; 0 for what is no container.
    public var count: Int {
        let node = node
        return node.kind >= ValueKind.array.rawValue ? Int(node.payload) : 0
    }

    /// The member of that name; nil where it is missing or JSON null.
    public subscript(_ key: StaticString) -> Value? { key.withUTF8Buffer { member($0) } }

    /// The member of a name that is known only at run time; nil where it is missing or JSON null.
    public subscript(name key: String) -> Value? {
        var key = key
        return key.withUTF8 { member($0) }
    }

    /// The element at that place; nil beyond the end and for what is no array.
    public subscript(_ position: Int) -> Value? {
        guard node.kind == ValueKind.array.rawValue, position >= 0, position < count else { return nil }
        var at = index + 1
        for _ in 0..<position { at += Int(arena.nodes[at].skip) }
        return Value(arena: arena, node: UInt32(at))
    }

    private func member(_ key: UnsafeBufferPointer<UInt8>) -> Value? {
        let node = node
        guard node.kind == ValueKind.object.rawValue else { return nil }
        var at = index + 1
        for _ in 0..<Int(node.payload) {
            let child = arena.nodes[at]
            if Int(child.keyCount) == key.count {
                let name = UnsafeBufferPointer(start: arena.bytes + Int(child.keyOffset), count: Int(child.keyCount))
                if sameBytes(name, key) {
                    return child.kind == ValueKind.null.rawValue ? nil : Value(arena: arena, node: UInt32(at))
                }
            }
            at += Int(child.skip)
        }
        return nil
    }
}

extension Value {
    /// The elements of an array in order; empty for anything else.
    public var elements: Elements { Elements(self, kind: .array) }

    /// The members of an object in document order, JSON nulls included; empty for anything else.
    public var members: Members { Members(base: Elements(self, kind: .object)) }

    public struct Elements: Sequence, IteratorProtocol, Sendable {
        let arena: EventArena
        var at: Int
        var left: Int

        init(_ value: Value, kind: ValueKind) {
            arena = value.arena
            at = value.index + 1
            left = value.node.kind == kind.rawValue ? value.count : 0
        }

        public var underestimatedCount: Int { left }

        public mutating func next() -> Value? {
            guard left > 0 else { return nil }
            left -= 1
            defer { at += Int(arena.nodes[at].skip) }
            return Value(arena: arena, node: UInt32(at))
        }
    }

    public struct Members: Sequence, IteratorProtocol, Sendable {
        var base: Elements

        public var underestimatedCount: Int { base.left }

        public mutating func next() -> (Text, Value)? {
            guard let value = base.next() else { return nil }
            let node = value.node
            return (Text(arena: value.arena, slot: TextSlot(offset: node.keyOffset, count: node.keyCount)), value)
        }
    }
}
