/// Storage for the decoded records of one batch: text in `bytes`, JSON values in `nodes`, and what else an event is in
/// `headers`, all appended to and never changed afterwards. Events, values and texts are views that keep their arena
/// alive.
///
/// Threading: one thread fills an arena; from the moment it hands an event to another thread it appends no more.
// @unchecked Sendable: filled by one thread, then read-only, as the contract above says; a lock for each text that is
// read would cost more than decoding it.
public final class EventArena: @unchecked Sendable {
    /// Offsets are 32 bits. Whoever fills an arena begins a new one before `byteCount` passes this mark (1 GiB).
    public static let softByteLimit = 1 << 30

    // Behind a pointer: reading a variable of a class costs a run-time check of exclusive access, several times a value.
    @usableFromInline let state: UnsafeMutablePointer<State>

    @usableFromInline struct State {
        @usableFromInline var bytes: UnsafeMutablePointer<UInt8>
        @usableFromInline var nodes: UnsafeMutablePointer<ValueNode>
        @usableFromInline var byteCount = 0
        @usableFromInline var nodeCount = 0
        @usableFromInline var byteCapacity: Int
        @usableFromInline var nodeCapacity: Int
        var headers: UnsafeMutablePointer<EventHeader>
        var headerCount = 0
        var headerCapacity: Int
        /// Of headers, by their index.
        var topics: [String] = []
    }

    @inlinable public var bytes: UnsafeMutablePointer<UInt8> { state.pointee.bytes }
    @inlinable public var nodes: UnsafeMutablePointer<ValueNode> { state.pointee.nodes }
    @inlinable public var byteCount: Int { state.pointee.byteCount }
    @inlinable public var nodeCount: Int { state.pointee.nodeCount }
    @inlinable public var byteCapacity: Int { state.pointee.byteCapacity }
    @inlinable public var nodeCapacity: Int { state.pointee.nodeCapacity }

    /// SHA-256, given by whoever decodes into the arena, so that `Event.eventHash` can be computed when it is asked for.
    /// Safe to call on any thread. Nil: hashes are absent.
    public let sha256: (@Sendable (UnsafeRawBufferPointer) -> ContentHash)?

    /// An empty arena with room for so many bytes, nodes and events; it grows as needed.
    public init(
        byteCapacity: Int = 256, nodeCapacity: Int = 16, eventCapacity: Int = 1,
        sha256: (@Sendable (UnsafeRawBufferPointer) -> ContentHash)? = nil
    ) {
        self.sha256 = sha256
        let byteCapacity = max(byteCapacity, 16)
        let nodeCapacity = max(nodeCapacity, 4)
        let eventCapacity = max(eventCapacity, 1)
        state = .allocate(capacity: 1)
        state.initialize(
            to: State(
                bytes: .allocate(capacity: byteCapacity), nodes: .allocate(capacity: nodeCapacity),
                byteCapacity: byteCapacity, nodeCapacity: nodeCapacity,
                headers: GrowingMemory.resize(nil, to: eventCapacity), headerCapacity: eventCapacity))
    }

    deinit {
        bytes.deallocate()
        nodes.deallocate()
        GrowingMemory.release(state.pointee.headers)
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// The memory that the arena holds, in bytes.
    public var footprint: Int {
        byteCapacity + nodeCapacity * MemoryLayout<ValueNode>.stride
            + state.pointee.headerCapacity * MemoryLayout<EventHeader>.stride
    }

    /// Makes room for `extraBytes` and `extraNodes` more. False, with nothing changed, where offsets would not fit.
    public func reserve(bytes extraBytes: Int, nodes extraNodes: Int) -> Bool {
        let needBytes = byteCount + extraBytes
        let needNodes = nodeCount + extraNodes
        if needBytes <= byteCapacity, needNodes <= nodeCapacity { return true }
        guard needBytes < Int(UInt32.max), needNodes < Int(UInt32.max) else { return false }
        grow(bytes: needBytes, nodes: needNodes)
        return true
    }

    @inline(never)
    private func grow(bytes needBytes: Int, nodes needNodes: Int) {
        if needBytes > byteCapacity {
            let capacity = max(needBytes, byteCapacity * 2)
            let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
            grown.update(from: bytes, count: byteCount)
            bytes.deallocate()
            state.pointee.bytes = grown
            state.pointee.byteCapacity = capacity
        }
        if needNodes > nodeCapacity {
            let capacity = max(needNodes, nodeCapacity * 2)
            let grown = UnsafeMutablePointer<ValueNode>.allocate(capacity: capacity)
            grown.update(from: nodes, count: nodeCount)
            nodes.deallocate()
            state.pointee.nodes = grown
            state.pointee.nodeCapacity = capacity
        }
    }

    /// Takes over what a decoder wrote behind `byteCount` and `nodeCount` into room it had reserved.
    public func commit(bytes newBytes: Int, nodes newNodes: Int) {
        state.pointee.byteCount = min(byteCount + newBytes, byteCapacity)
        state.pointee.nodeCount = min(nodeCount + newNodes, nodeCapacity)
    }

    /// Forgets what was appended after the marks, as after a record that was refused half-way.
    public func truncate(bytes newByteCount: Int, nodes newNodeCount: Int) {
        state.pointee.byteCount = min(byteCount, newByteCount)
        state.pointee.nodeCount = min(nodeCount, newNodeCount)
    }

    /// Copies text in and says where it lies; nil where the arena is full.
    public func append(_ text: UnsafeRawBufferPointer) -> TextSlot? {
        guard reserve(bytes: text.count, nodes: 0) else { return nil }
        let slot = TextSlot(offset: UInt32(byteCount), count: UInt32(text.count))
        if let start = text.baseAddress {
            UnsafeMutableRawPointer(bytes + byteCount).copyMemory(from: start, byteCount: text.count)
        }
        state.pointee.byteCount += text.count
        return slot
    }

    /// The header of the event at that place.
    @inline(__always)
    func header(_ place: UInt32) -> UnsafePointer<EventHeader> {
        UnsafePointer(state.pointee.headers + Int(place))
    }

    func topic(_ index: UInt32) -> String { state.pointee.topics[Int(index)] }

    /// Keeps an event's header and says where.
    func append(_ header: EventHeader) -> UInt32 {
        if state.pointee.headerCount == state.pointee.headerCapacity {
            state.pointee.headerCapacity *= 2
            state.pointee.headers = GrowingMemory.resize(state.pointee.headers, to: state.pointee.headerCapacity)
        }
        (state.pointee.headers + state.pointee.headerCount).initialize(to: header)
        state.pointee.headerCount += 1
        return UInt32(state.pointee.headerCount - 1)
    }

    /// The number of a topic in this arena.
    func number(ofTopic topic: String) -> UInt32 {
        // Events of one topic mostly follow one another.
        if let last = state.pointee.topics.last, last == topic { return UInt32(state.pointee.topics.count - 1) }
        if let known = state.pointee.topics.firstIndex(of: topic) { return UInt32(known) }
        state.pointee.topics.append(topic)
        return UInt32(state.pointee.topics.count - 1)
    }

    /// Leaves `arena` empty: the same one, its memory kept, when nobody else holds it, a new one otherwise. An arena
    /// that grew beyond `keeping` bytes of memory is given back too.
    public static func recycle(_ arena: inout EventArena, keeping: Int = 64 << 20) {
        if isKnownUniquelyReferenced(&arena), arena.footprint <= keeping {
            arena.truncate(bytes: 0, nodes: 0)
            arena.state.pointee.headerCount = 0
            arena.state.pointee.topics.removeAll(keepingCapacity: true)
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
