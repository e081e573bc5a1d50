/// A growing run of bytes without bounds checks or copies on write: rows are encoded into it on the hot path.
///
/// One owner writes; whoever reads keeps the buffer alive and does not outlive the next `removeAll`.
public final class ByteBuffer {
    public private(set) var base: UnsafeMutablePointer<UInt8>
    public private(set) var count = 0
    private var capacity: Int

    public init(capacity: Int = 4096) {
        self.capacity = max(capacity, 64)
        base = GrowingMemory.resize(nil, to: self.capacity)
    }

    deinit { GrowingMemory.release(base) }

    @inline(__always)
    public func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @inline(never)
    private func grow(_ more: Int) {
        let wanted = max(count + more, capacity * 2)
        base = GrowingMemory.resize(base, to: wanted)
        capacity = wanted
    }

    @inline(__always)
    public func append(_ byte: UInt8) {
        reserve(1)
        base[count] = byte
        count += 1
    }

    @inline(__always)
    public func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve(bytes.count)
        if let start = bytes.baseAddress { (base + count).update(from: start, count: bytes.count) }
        count += bytes.count
    }

    @inline(__always)
    public func append<Integer: FixedWidthInteger>(littleEndian value: Integer) {
        withUnsafeBytes(of: value.littleEndian) { append($0.assumingMemoryBound(to: UInt8.self)) }
    }

    /// Drops what lies behind `count`.
    public func truncate(to count: Int) { self.count = min(count, self.count) }

    /// Forgets the content and keeps the memory, unless more than `keeping` bytes of it were taken.
    public func removeAll(keeping: Int = .max) {
        count = 0
        guard capacity > keeping else { return }
        GrowingMemory.release(base)
        capacity = max(keeping, 64)
        base = GrowingMemory.resize(nil, to: capacity)
    }

    public func bytes(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: base + range.lowerBound, count: range.count)
    }
}
