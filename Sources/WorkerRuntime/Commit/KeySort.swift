import CSystemd
import PluginKit

/// Sorts keys that lie in a byte buffer, by their bytes: a radix sort over eight bytes after the prefix that the keys
/// share, then the same within each run of equals. Comparing whole keys would fetch each of them from memory a dozen
/// times.
///
/// Keeps its working memory for the next call. One thread at a time.
final class KeySort {
    struct Item {
        var prefix: UInt64
        var index: UInt32
    }

    private var items: UnsafeMutablePointer<Item>
    private var other: UnsafeMutablePointer<Item>
    private var capacity: Int
    private let counts: UnsafeMutablePointer<UInt32>

    init() {
        capacity = 1024
        items = .allocate(capacity: capacity)
        other = .allocate(capacity: capacity)
        counts = .allocate(capacity: 256)
    }

    deinit {
        items.deallocate()
        other.deallocate()
        counts.deallocate()
    }

    /// The indexes `0..<count` of keys for which `isMember` holds, in the order of the keys.
    ///
    /// - Parameter shared: how many first bytes all of them have in common.
    func sort(
        _ members: UnsafeBufferPointer<UInt32>, shared: Int, key: (Int) -> UnsafeBufferPointer<UInt8>
    ) -> UnsafeBufferPointer<Item> {
        reserve(members.count)
        for position in 0..<members.count {
            let index = members[position]
            items[position] = Item(prefix: Self.load(key(Int(index)), shared), index: index)
        }
        order(0, members.count, depth: shared, key)
        return UnsafeBufferPointer(start: items, count: members.count)
    }

    private func reserve(_ count: Int) {
        guard count > capacity else { return }
        items.deallocate()
        other.deallocate()
        capacity = max(count, capacity * 2)
        items = .allocate(capacity: capacity)
        other = .allocate(capacity: capacity)
    }

    /// Eight bytes from `at` on as a number that sorts like them; what lies beyond the end counts as zero.
    @inline(__always)
    private static func load(_ key: UnsafeBufferPointer<UInt8>, _ at: Int) -> UInt64 {
        let left = key.count - at
        guard left > 0, let base = key.baseAddress else { return 0 }
        let raw = UnsafeRawPointer(base + at)
        if left >= 8 { return UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)) }
        var value: UInt64 = 0
        for offset in 0..<left { value |= UInt64(base[at + offset]) << UInt64(56 - offset * 8) }
        return value
    }

    private static let small = 40

    /// Sorts items whose keys agree up to `depth`, and whose prefixes were loaded there.
    private func order(_ start: Int, _ count: Int, depth: Int, _ key: (Int) -> UnsafeBufferPointer<UInt8>) {
        guard count > 1 else { return }
        guard count > Self.small else { return insert(start, count, depth, key) }
        radix(start, count)
        var from = start
        let end = start + count
        while from < end {
            var to = from + 1
            while to < end, items[to].prefix == items[from].prefix { to += 1 }
            if to - from > 1 { descend(from, to - from, depth + 8, key) }
            from = to
        }
    }

    /// A run of equal prefixes: on with what the keys of the run share beyond them.
    private func descend(_ start: Int, _ count: Int, _ depth: Int, _ key: (Int) -> UnsafeBufferPointer<UInt8>) {
        let first = key(Int(items[start].index))
        var shared = first.count
        var endsHere = first.count <= depth
        for position in start + 1..<start + count {
            ask(position, start + count, depth, key)
            let other = key(Int(items[position].index))
            if other.count <= depth { endsHere = true }
            let limit = min(shared, other.count)
            var length = min(depth, limit)
            while length < limit, first[length] == other[length] { length += 1 }
            shared = length
        }
        // A key that ends where another goes on with zeros: their prefixes do not tell them apart.
        guard !endsHere, shared >= depth else { return insert(start, count, 0, key) }
        for position in start..<start + count {
            ask(position, start + count, shared, key)
            items[position].prefix = Self.load(key(Int(items[position].index)), shared)
        }
        order(start, count, depth: shared, key)
    }

    /// Has the processor fetch a key that will be read some steps later: within a run the keys lie scattered.
    @inline(__always)
    private func ask(_ position: Int, _ end: Int, _ depth: Int, _ key: (Int) -> UnsafeBufferPointer<UInt8>) {
        guard position + Self.ahead < end else { return }
        if let start = key(Int(items[position + Self.ahead].index)).baseAddress { diwan_prefetch(start + depth) }
    }

    private static let ahead = 8

    private func insert(_ start: Int, _ count: Int, _ depth: Int, _ key: (Int) -> UnsafeBufferPointer<UInt8>) {
        guard count > 1 else { return }
        for position in start + 1..<start + count {
            let item = items[position]
            var at = position
            while at > start, precedes(item, items[at - 1], key) {
                items[at] = items[at - 1]
                at -= 1
            }
            items[at] = item
        }
    }

    @inline(__always)
    private func precedes(_ left: Item, _ right: Item, _ key: (Int) -> UnsafeBufferPointer<UInt8>) -> Bool {
        if left.prefix != right.prefix { return left.prefix < right.prefix }
        return byteOrder(key(Int(left.index)), key(Int(right.index))) < 0
    }

    /// By bytes, the last first; bytes in which no two prefixes differ are passed over.
    private func radix(_ start: Int, _ count: Int) {
        var differing: UInt64 = 0
        let first = items[start].prefix
        for position in start + 1..<start + count { differing |= items[position].prefix ^ first }
        var source = items + start
        var target = other + start
        for shift in stride(from: UInt64(0), to: 64, by: 8) where differing >> shift & 0xFF != 0 {
            counts.update(repeating: 0, count: 256)
            for position in 0..<count { counts[Int(source[position].prefix >> shift & 0xFF)] += 1 }
            var sum: UInt32 = 0
            for digit in 0..<256 {
                let mine = counts[digit]
                counts[digit] = sum
                sum += mine
            }
            for position in 0..<count {
                let digit = Int(source[position].prefix >> shift & 0xFF)
                target[Int(counts[digit])] = source[position]
                counts[digit] += 1
            }
            swap(&source, &target)
        }
        if source != items + start { (items + start).update(from: source, count: count) }
    }
}
