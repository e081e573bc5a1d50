import CSystemd
import PluginKit
import ProjectionStore

/// What a transaction does to rows, each row once: later changes of a key replace or merge into earlier ones.
///
/// Keys and values stay in the byte buffer into which the handler's effects were encoded; this is an open-addressed
/// hash table of places in it. Handed to the store table by table in the order of the keys, because a store's tree
/// takes sorted rows several times faster than scattered ones.
///
/// Memory without bounds checks, because it is touched for every row of every event; indexes come from here alone.
final class ChangeSet {
    /// 24 bytes: places in the buffer fit 32 bits, because a transaction ends long before 4 GiB (`isFull`).
    private struct Entry {
        var keyStart: UInt32
        var valueStart: UInt32
        var keyCount: UInt32
        var valueCount: UInt32
        var hash: UInt32
        var table: UInt16
        var kind: UInt8

        var key: Range<Int> { Int(keyStart)..<Int(keyStart) + Int(keyCount) }
        var values: Range<Int> { Int(valueStart)..<Int(valueStart) + Int(valueCount) }
    }

    /// A change on its way into the table.
    private struct Pending {
        let change: Effects.Change
        let hash: UInt32
    }

    private let tables: [TableDefinition]
    private let buffer: ByteBuffer
    private var merging: ValueMerging
    private var entries: UnsafeMutablePointer<Entry>
    private var capacity = 1024
    private var count = 0
    /// Numbers of entries; all ones where empty.
    private var slots: UnsafeMutablePointer<UInt32>
    private var slotCount = 2048
    /// Changes wait for some more, so that the processor fetches what each of them will touch while it deals with others:
    /// in a large transaction nothing of it is in a cache.
    private var pending: [Pending] = []
    private static let mostPending = 32
    /// By table: how many entries, and how many first bytes all of their keys share with the first one's.
    private var totals: [Int]
    private var shared: [Int]
    private var firsts: [Int]
    /// By table, once sorted.
    private var orders: [[UInt32]] = []
    private let sorter: KeySort
    /// Hashes of (table, owner) that have a change waiting; a read of such an owner has to write first. Kept from the
    /// first read on: many plugins never read.
    private var owners: Set<UInt64> = []
    private var tracksOwners = false
    /// Told before a table's changes are given to be written: a trial run looks at the rows first.
    var willApply: ((_ table: Int, _ changes: [RowChange]) throws(StoreError) -> Void)?

    /// - Parameter sorter: may be shared by sets that one thread sorts.
    init(tables: [TableDefinition], buffer: ByteBuffer, sorter: KeySort = KeySort()) {
        self.tables = tables
        self.buffer = buffer
        self.sorter = sorter
        pending.reserveCapacity(Self.mostPending * 2)
        merging = ValueMerging(tables)
        entries = GrowingMemory.resize(nil, to: capacity)
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: .max, count: slotCount)
        totals = Array(repeating: 0, count: tables.count)
        shared = totals
        firsts = totals
    }

    deinit {
        GrowingMemory.release(entries)
        slots.deallocate()
    }

    /// The memory it holds besides the buffer, in bytes.
    var footprint: Int {
        // Sorting takes two items and a number for each.
        count * (MemoryLayout<Entry>.stride + 2 * MemoryLayout<KeySort.Item>.stride + 4) + slotCount * 4
    }

    /// Whether nothing more should be added in this transaction, whatever the memory.
    var isFull: Bool { buffer.count > 1 << 31 || count > 1 << 30 }

    /// How many rows are changed.
    var rowCount: Int {
        flush()
        return count
    }

    func add(_ change: Effects.Change) { add(CollectionOfOne(change)) }

    /// Takes the changes of one event, in order. Their bytes are the last in the buffer; those that are not needed, as
    /// those of a key that is there already, are given back.
    func add(_ changes: some Collection<Effects.Change>) {
        for change in changes {
            let hash = UInt32(truncatingIfNeeded: Self.hash(table: change.table, buffer.bytes(change.key)) >> 32)
            diwan_prefetch(slots + (Int(hash) & (slotCount - 1)))
            pending.append(Pending(change: change, hash: hash))
        }
        if pending.count >= Self.mostPending { flush() }
    }

    /// Brings what waits into the table.
    private func flush() {
        guard let first = pending.first, let last = pending.last else { return }
        if !orders.isEmpty { orders = [] }
        pending.withUnsafeBufferPointer { pending in
            // Each round looks at what the round before it asked for.
            for item in pending {
                let found = slots[Int(item.hash) & (slotCount - 1)]
                if found != .max { diwan_prefetch(entries + Int(found)) }
            }
            for item in pending {
                let found = slots[Int(item.hash) & (slotCount - 1)]
                if found != .max { diwan_prefetch(buffer.base + Int(entries[Int(found)].keyStart)) }
            }
            var cursor = first.change.key.lowerBound
            let end = buffer.count
            for item in pending { take(item.change, item.hash, &cursor) }
            // What merging appended lies behind the changes, and stays.
            if buffer.count == end, last.change.values.upperBound == end { buffer.truncate(to: cursor) }
        }
        pending.removeAll(keepingCapacity: true)
    }

    @inline(__always)
    private func take(_ change: Effects.Change, _ hash: UInt32, _ cursor: inout Int) {
        let key = buffer.bytes(change.key)
        if tracksOwners { owners.insert(ownerHash(change.table, key)) }
        var slot = Int(hash) & (slotCount - 1)
        while slots[slot] != .max {
            let index = Int(slots[slot])
            if entries[index].hash == hash, matches(index, change.table, key) {
                return merge(change, into: index, &cursor)
            }
            slot = (slot + 1) & (slotCount - 1)
        }
        slots[slot] = UInt32(truncatingIfNeeded: count)
        append(change, hash, key, &cursor)
    }

    private func append(
        _ change: Effects.Change, _ hash: UInt32, _ key: UnsafeBufferPointer<UInt8>, _ cursor: inout Int
    ) {
        let table = change.table
        if totals[table] == 0 {
            firsts[table] = count
            shared[table] = key.count
        } else {
            let first = entries[firsts[table]]
            let limit = min(shared[table], key.count)
            let other = buffer.base + Int(first.keyStart)
            var length = 0
            while length < limit, key[length] == other[length] { length += 1 }
            shared[table] = length
        }
        totals[table] += 1
        // Key and values lie side by side.
        let keyStart = move(change.key, &cursor)
        let valueStart = move(change.values, &cursor)
        if count == capacity { grow() }
        entries[count] = Entry(
            keyStart: UInt32(truncatingIfNeeded: keyStart), valueStart: UInt32(truncatingIfNeeded: valueStart),
            keyCount: UInt32(truncatingIfNeeded: change.key.count),
            valueCount: UInt32(truncatingIfNeeded: change.values.count), hash: hash,
            table: UInt16(truncatingIfNeeded: table), kind: change.kind.rawValue)
        count += 1
        if count * 2 > slotCount { rehash() }
    }

    private func move(_ range: Range<Int>, _ cursor: inout Int) -> Int {
        let start = cursor
        if start != range.lowerBound {
            (buffer.base + start).update(from: buffer.base + range.lowerBound, count: range.count)
        }
        cursor += range.count
        return start
    }

    /// Whether changes of rows under this owner wait to be written. May say yes for another owner of the same hash.
    func mayTouch(table: Int, owner: UnsafeBufferPointer<UInt8>) -> Bool {
        flush()
        guard tracksOwners else {
            tracksOwners = true
            return count > 0
        }
        return count > 0 && owners.contains(ownerHash(table, owner))
    }

    // MARK: Giving

    /// Brings the changes into the order in which they are written; it stays until something is added.
    func sort() {
        flush()
        guard orders.isEmpty, count > 0 else { return }
        var members = totals.map { total in
            var list: [UInt32] = []
            list.reserveCapacity(total)
            return list
        }
        for index in 0..<count { members[Int(entries[index].table)].append(UInt32(truncatingIfNeeded: index)) }
        let entries = entries
        let base = UnsafePointer(buffer.base)
        for table in members.indices where members[table].count > 1 {
            members[table] = members[table].withUnsafeBufferPointer { list in
                sorter.sort(list, shared: shared[table]) { index in
                    UnsafeBufferPointer(start: base + Int(entries[index].keyStart), count: Int(entries[index].keyCount))
                }.map(\.index)
            }
        }
        orders = members
    }

    private static let piece = 4096
    /// How many entries before it is read one is asked for.
    private static let ahead = 16

    /// Gives every table's changes in key order, some thousands at a time, and keeps them.
    func forEachTable(_ apply: (_ table: Int, _ changes: [RowChange]) throws(StoreError) -> Void) throws(StoreError) {
        sort()
        var piece: [RowChange] = []
        for table in orders.indices {
            let order = orders[table]
            for (position, index) in order.enumerated() {
                if position + Self.ahead < order.count { diwan_prefetch(entries + Int(order[position + Self.ahead])) }
                let entry = entries[Int(index)]
                piece.append(
                    RowChange(
                        kind: Effects.Change.Kind(rawValue: entry.kind) ?? .put, key: entry.key, values: entry.values))
                if piece.count == Self.piece {
                    try willApply?(table, piece)
                    try apply(table, piece)
                    piece.removeAll(keepingCapacity: true)
                }
            }
            if !piece.isEmpty {
                try willApply?(table, piece)
                try apply(table, piece)
            }
            piece.removeAll(keepingCapacity: true)
        }
    }

    /// Gives every table's changes in key order, and forgets them.
    func drain(_ apply: (_ table: Int, _ changes: [RowChange]) throws(StoreError) -> Void) throws(StoreError) {
        try forEachTable(apply)
        removeAll()
    }

    func removeAll() {
        pending.removeAll(keepingCapacity: true)
        if count > 0 {
            // A table that a backlog made large is not worth clearing for a single live event.
            if slotCount > 1 << 16, count < slotCount / 16 { resize(slots: 2048) }
            slots.update(repeating: .max, count: slotCount)
        }
        count = 0
        for table in totals.indices { totals[table] = 0 }
        orders = []
        owners.removeAll(keepingCapacity: true)
    }

    // MARK: Keys

    @inline(__always)
    private func matches(_ index: Int, _ table: Int, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        let entry = entries[index]
        return Int(entry.table) == table
            && sameBytes(
                UnsafeBufferPointer(start: buffer.base + Int(entry.keyStart), count: Int(entry.keyCount)), key)
    }

    private func grow() {
        // Of this size it is moved by the page table, without a copy.
        entries = GrowingMemory.resize(entries, to: capacity * 2)
        capacity *= 2
    }

    private func resize(slots wanted: Int) {
        slots.deallocate()
        slots = .allocate(capacity: wanted)
        slotCount = wanted
        slots.initialize(repeating: .max, count: wanted)
    }

    private func rehash() {
        resize(slots: slotCount * 2)
        for index in 0..<count {
            let hash = entries[index].hash
            var slot = Int(hash) & (slotCount - 1)
            while slots[slot] != .max { slot = (slot + 1) & (slotCount - 1) }
            slots[slot] = UInt32(truncatingIfNeeded: index)
        }
    }

    private func ownerHash(_ table: Int, _ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var end = 0
        while end < key.count, key[end] != 0 { end += 1 }
        return Self.hash(table: table, UnsafeBufferPointer(rebasing: key[..<end]))
    }

    /// Keys come from our own events, not from an adversary who could choose the order in which a single transaction
    /// meets them for more than slow probing.
    @inline(__always)
    private static func hash(table: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let parts = KeyHash.parts(bytes, seed: UInt64(truncatingIfNeeded: table) &+ KeyHash.seed)
        return KeyHash.mix(parts.words ^ parts.rest)
    }

    // MARK: Merging

    private func merge(_ change: Effects.Change, into index: Int, _ cursor: inout Int) {
        switch change.kind {
        case .put, .delete:
            entries[index].kind = change.kind.rawValue
            replace(index, change.values, &cursor)
        case .insertOnce:
            break
        case .merge:
            let entry = entries[index]
            let merged = merging.merge(change.table, buffer, old: entry.values, new: change.values)
            entries[index].valueStart = UInt32(truncatingIfNeeded: merged.lowerBound)
            entries[index].valueCount = UInt32(truncatingIfNeeded: merged.count)
        }
    }

    /// In place of the values before where they fit.
    private func replace(_ index: Int, _ values: Range<Int>, _ cursor: inout Int) {
        if values.count <= Int(entries[index].valueCount) {
            (buffer.base + Int(entries[index].valueStart)).update(
                from: buffer.base + values.lowerBound, count: values.count)
        } else {
            entries[index].valueStart = UInt32(truncatingIfNeeded: move(values, &cursor))
        }
        entries[index].valueCount = UInt32(truncatingIfNeeded: values.count)
    }
}
