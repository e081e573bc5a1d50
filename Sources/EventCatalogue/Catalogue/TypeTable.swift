#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Finds a type by the bytes of its name without making a string of them.
// @unchecked Sendable: the memory is written in init and never changes afterwards.
final class TypeTable: @unchecked Sendable {
    private let slots: UnsafeMutableBufferPointer<Slot>
    private let names: UnsafeMutableBufferPointer<UInt8>
    private let mask: Int

    private struct Slot {
        var hash: UInt64 = 0
        var offset = 0
        var count = 0
        var index = -1
    }

    init(_ list: [String]) {
        var size = 16
        while size < list.count * 4 { size *= 2 }
        mask = size - 1
        slots = .allocate(capacity: size)
        slots.initialize(repeating: Slot())
        names = .allocate(capacity: max(list.reduce(0) { $0 + $1.utf8.count }, 1))
        var end = 0
        for (index, name) in list.enumerated() {
            let start = end
            for byte in name.utf8 {
                names[end] = byte
                end += 1
            }
            let hash = TypeTable.hash(UnsafeBufferPointer(rebasing: names[start..<end]))
            var at = Int(truncatingIfNeeded: hash) & mask
            while slots[at].index >= 0 { at = (at + 1) & mask }
            slots[at] = Slot(hash: hash, offset: start, count: end - start, index: index)
        }
    }

    deinit {
        slots.deallocate()
        names.deallocate()
    }

    /// The place in the list, or nil.
    func index(of name: UnsafeBufferPointer<UInt8>) -> Int? {
        let hash = TypeTable.hash(name)
        let raw = UnsafeRawBufferPointer(names)
        let name = UnsafeRawBufferPointer(name)
        var at = Int(truncatingIfNeeded: hash) & mask
        while slots[at].index >= 0 {
            let slot = slots[at]
            if slot.hash == hash, slot.count == name.count,
                sameBytes(UnsafeRawBufferPointer(rebasing: raw[slot.offset..<(slot.offset + slot.count)]), name)
            {
                return slot.index
            }
            at = (at + 1) & mask
        }
        return nil
    }

    /// FNV-1a over words. A bad hash costs a comparison, no more: the table is ours and never grows.
    private static func hash(_ name: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(name.count)
        let raw = UnsafeRawBufferPointer(name)
        var at = 0
        while at + 8 <= raw.count {
            hash = (hash ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            at += 8
        }
        while at < raw.count {
            hash = (hash ^ UInt64(raw[at])) &* 0x100_0000_01B3
            at += 1
        }
        return hash ^ hash >> 32
    }
}

func sameBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    guard left.count > 0, let l = left.baseAddress, let r = right.baseAddress else { return true }
    return memcmp(l, r, left.count) == 0
}
