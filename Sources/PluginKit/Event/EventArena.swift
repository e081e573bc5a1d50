/// Storage for the decoded records of one batch: text in `bytes`, JSON values in `nodes`, both appended to and never
/// changed afterwards. Events, values and texts are views that keep their arena alive.
///
/// Threading: one thread fills an arena; from the moment it hands an event to another thread it appends no more.
// @unchecked Sendable: filled by one thread, then read-only, as the contract above says; a lock for each text that is
// read would cost more than decoding it.
public final class EventArena: @unchecked Sendable {
    /// Offsets are 32 bits. Whoever fills an arena begins a new one before `byteCount` passes this mark (1 GiB).
    public static let softByteLimit = 1 << 30

    public private(set) var bytes: UnsafeMutablePointer<UInt8>
    public private(set) var nodes: UnsafeMutablePointer<ValueNode>
    public private(set) var byteCount = 0
    public private(set) var nodeCount = 0
    public private(set) var byteCapacity: Int
    public private(set) var nodeCapacity: Int

    /// SHA-256, given by whoever decodes into the arena, so that `Event.eventHash` can be computed when it is asked for.
    /// Safe to call on any thread. Nil: hashes are absent.
    public let sha256: (@Sendable (UnsafeRawBufferPointer) -> ContentHash)?

    /// An empty arena with room for so many bytes and nodes; it grows as needed.
    public init(
        byteCapacity: Int = 256, nodeCapacity: Int = 16,
        sha256: (@Sendable (UnsafeRawBufferPointer) -> ContentHash)? = nil
    ) {
        self.sha256 = sha256
        self.byteCapacity = max(byteCapacity, 16)
        self.nodeCapacity = max(nodeCapacity, 4)
        bytes = .allocate(capacity: self.byteCapacity)
        nodes = .allocate(capacity: self.nodeCapacity)
    }

    deinit {
        bytes.deallocate()
        nodes.deallocate()
    }

    /// The memory that the arena holds, in bytes.
    public var footprint: Int { byteCapacity + nodeCapacity * MemoryLayout<ValueNode>.stride }

    /// Makes room for `extraBytes` and `extraNodes` more. False, with nothing changed, where offsets would not fit.
    public func reserve(bytes extraBytes: Int, nodes extraNodes: Int) -> Bool {
        let needBytes = byteCount + extraBytes
        let needNodes = nodeCount + extraNodes
        guard needBytes < Int(UInt32.max), needNodes < Int(UInt32.max) else { return false }
        if needBytes > byteCapacity {
            let capacity = max(needBytes, byteCapacity * 2)
            let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
            grown.update(from: bytes, count: byteCount)
            bytes.deallocate()
            bytes = grown
            byteCapacity = capacity
        }
        if needNodes > nodeCapacity {
            let capacity = max(needNodes, nodeCapacity * 2)
            let grown = UnsafeMutablePointer<ValueNode>.allocate(capacity: capacity)
            grown.update(from: nodes, count: nodeCount)
            nodes.deallocate()
            nodes = grown
            nodeCapacity = capacity
        }
        return true
    }

    /// Takes over what a decoder wrote behind `byteCount` and `nodeCount` into room it had reserved.
    public func commit(bytes newBytes: Int, nodes newNodes: Int) {
        byteCount = min(byteCount + newBytes, byteCapacity)
        nodeCount = min(nodeCount + newNodes, nodeCapacity)
    }

    /// Forgets what was appended after the marks, as after a record that was refused half-way.
    public func truncate(bytes newByteCount: Int, nodes newNodeCount: Int) {
        byteCount = min(byteCount, newByteCount)
        nodeCount = min(nodeCount, newNodeCount)
    }

    /// Copies text in and says where it lies; nil where the arena is full.
    public func append(_ text: UnsafeRawBufferPointer) -> TextSlot? {
        guard reserve(bytes: text.count, nodes: 0) else { return nil }
        let slot = TextSlot(offset: UInt32(byteCount), count: UInt32(text.count))
        if let start = text.baseAddress {
            UnsafeMutableRawPointer(bytes + byteCount).copyMemory(from: start, byteCount: text.count)
        }
        byteCount += text.count
        return slot
    }

    /// Leaves `arena` empty: the same one, its memory kept, when nobody else holds it, a new one otherwise. An arena
    /// that grew beyond `keeping` bytes of memory is given back too.
    public static func recycle(_ arena: inout EventArena, keeping: Int = 64 << 20) {
        if isKnownUniquelyReferenced(&arena), arena.footprint <= keeping {
            arena.byteCount = 0
            arena.nodeCount = 0
        } else {
            arena = EventArena(sha256: arena.sha256)
        }
    }
}

/// Where a text lies in its arena. `TextSlot.absent` is no text at all, which differs from an empty one.
public struct TextSlot: BitwiseCopyable, Sendable, Equatable {
    public var offset: UInt32
    public var count: UInt32

    public init(offset: UInt32, count: UInt32) {
        self.offset = offset
        self.count = count
    }

    public static let absent = TextSlot(offset: .max, count: 0)
    public var isAbsent: Bool { offset == .max }
}
