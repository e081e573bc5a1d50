import PluginKit
import ProjectionStore

/// What a transaction does to rows, each row once: later changes of a key replace or merge into earlier ones.
///
/// Keys and values stay in the byte buffer into which the handler's effects were encoded; this is an open-addressed
/// hash table of ranges over it. Handed to the store table by table in the order of the keys, because a store's tree
/// takes sorted rows several times faster than scattered ones.
final class ChangeSet {
    private struct Entry {
        var hash: UInt64
        var table: Int32
        var kind: Effects.Change.Kind
        var key: Range<Int>
        var values: Range<Int>
    }

    private let tables: [TableDefinition]
    private let buffer: ByteBuffer
    private var entries: [Entry] = []
    private var slots: [Int32] = Array(repeating: -1, count: 1024)
    /// Hashes of (table, owner) that have a change waiting; a read of such an owner has to write first. Kept from the
    /// first read on: many plugins never read.
    private var owners: Set<UInt64> = []
    private var tracksOwners = false
    /// Told before a table's changes are given to be written: a trial run looks at the rows first.
    var willApply: ((_ table: Int, _ changes: [RowChange]) throws(StoreError) -> Void)?

    init(tables: [TableDefinition], buffer: ByteBuffer) {
        self.tables = tables
        self.buffer = buffer
    }

    var count: Int { entries.count }

    func add(_ change: Effects.Change) {
        let hash = Self.hash(table: change.table, buffer.bytes(change.key))
        if tracksOwners { owners.insert(ownerHash(change.table, buffer.bytes(change.key))) }
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if matches(index, hash, change) {
                merge(change, into: index)
                return
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(entries.count)
        entries.append(
            Entry(
                hash: hash, table: Int32(change.table), kind: change.kind, key: change.key, values: change.values))
        if entries.count * 2 > slots.count { rehash() }
    }

    /// Whether changes of rows under this owner wait to be written. May say yes for another owner of the same hash.
    func mayTouch(table: Int, owner: UnsafeBufferPointer<UInt8>) -> Bool {
        guard tracksOwners else {
            tracksOwners = true
            return !entries.isEmpty
        }
        return !entries.isEmpty && owners.contains(ownerHash(table, owner))
    }

    /// Gives every table's changes in key order, and keeps them.
    func forEachTable(_ apply: (_ table: Int, _ changes: [RowChange]) throws(StoreError) -> Void) throws(StoreError) {
        var byTable: [[Int]] = Array(repeating: [], count: tables.count)
        for index in entries.indices { byTable[Int(entries[index].table)].append(index) }
        for (table, mine) in byTable.enumerated() where !mine.isEmpty {
            let changes = sorted(mine).map { index in
                RowChange(kind: entries[index].kind, key: entries[index].key, values: entries[index].values)
            }
            try willApply?(table, changes)
            try apply(table, changes)
        }
    }

    /// Gives every table's changes in key order, and forgets them.
    func drain(_ apply: (_ table: Int, _ changes: [RowChange]) throws(StoreError) -> Void) throws(StoreError) {
        try forEachTable(apply)
        removeAll()
    }

    func removeAll() {
        if !entries.isEmpty {
            // A table that a backlog made large is not worth clearing for a single live event.
            if slots.count > 1 << 16, entries.count < slots.count / 16 {
                slots = Array(repeating: -1, count: 1024)
            } else {
                for index in slots.indices { slots[index] = -1 }
            }
        }
        entries.removeAll(keepingCapacity: entries.count < 1 << 20)
        owners.removeAll(keepingCapacity: true)
    }

    // MARK: Keys

    private func matches(_ index: Int, _ hash: UInt64, _ change: Effects.Change) -> Bool {
        let entry = entries[index]
        return entry.hash == hash && entry.table == Int32(change.table)
            && equal(buffer.bytes(entry.key), buffer.bytes(change.key))
    }

    private func rehash() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for index in entries.indices {
            var slot = Int(truncatingIfNeeded: entries[index].hash) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(index)
        }
    }

    private func ownerHash(_ table: Int, _ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var end = 0
        while end < key.count, key[end] != 0 { end += 1 }
        return Self.hash(table: table, UnsafeBufferPointer(rebasing: key[..<end]))
    }

    /// Eight bytes at a time through a multiply-xor mix: keys come from our own events, not from an adversary who
    /// could choose the order in which a single transaction meets them for more than slow probing.
    private static func hash(table: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var state = UInt64(truncatingIfNeeded: table) &+ 0x9e37_79b9_7f4a_7c15
        let raw = UnsafeRawBufferPointer(bytes)
        var at = 0
        while raw.count - at >= 8 {
            state = mix(state ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        while at < raw.count {
            state = (state ^ UInt64(raw[at])) &* 0x100_0000_01b3
            at += 1
        }
        return mix(state ^ UInt64(truncatingIfNeeded: raw.count))
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xff51_afd7_ed55_8ccd)
        return product.high ^ product.low
    }

    /// Sorts by eight bytes after the prefix that all keys share, then by the rest.
    private func sorted(_ indices: [Int]) -> [Int] {
        guard indices.count > 1 else { return indices }
        let first = buffer.bytes(entries[indices[0]].key)
        var common = first.count
        for index in indices.dropFirst() {
            let key = buffer.bytes(entries[index].key)
            var length = 0
            let limit = Swift.min(common, key.count)
            while length < limit, key[length] == first[length] { length += 1 }
            common = length
        }
        var keyed: [(prefix: UInt64, index: Int)] = indices.map { index in
            let key = buffer.bytes(entries[index].key)
            var prefix: UInt64 = 0
            for offset in 0..<8 {
                prefix = prefix << 8 | (common + offset < key.count ? UInt64(key[common + offset]) : 0)
            }
            return (prefix, index)
        }
        keyed.sort { left, right in
            left.prefix != right.prefix
                ? left.prefix < right.prefix
                : buffer.bytes(entries[left.index].key).lexicographicallyPrecedes(
                    buffer.bytes(entries[right.index].key))
        }
        return keyed.map(\.index)
    }

    // MARK: Merging

    private func merge(_ change: Effects.Change, into index: Int) {
        switch change.kind {
        case .put, .delete:
            entries[index].kind = change.kind
            entries[index].values = change.values
        case .insertOnce:
            break
        case .merge:
            entries[index].values = mergedValues(
                tables[change.table], old: entries[index].values, new: change.values)
        }
    }

    private func mergedValues(_ table: TableDefinition, old: Range<Int>, new: Range<Int>) -> Range<Int> {
        let columns = table.columns[table.keyCount...]
        if addInPlace(columns, old: old, new: new) { return old }
        var oldAt = old.lowerBound
        var newAt = new.lowerBound
        let cells = columns.map { column in
            let before = RowCodec.nextValue(buffer.base, &oldAt).cell
            let after = RowCodec.nextValue(buffer.base, &newAt).cell
            return Self.combine(before, after, column.merge)
        }
        let start = buffer.count
        for cell in cells {
            // Both sides were encoded before, so neither holds what cannot be encoded.
            try? RowCodec.appendValue(cell, to: buffer)
        }
        return start..<buffer.count
    }

    /// The common case, sums over integers that are there on both sides, without a copy. False leaves all as it was.
    private func addInPlace(_ columns: ArraySlice<ColumnDefinition>, old: Range<Int>, new: Range<Int>) -> Bool {
        guard old.count == new.count, old.count == columns.count * 9 else { return false }
        for (position, column) in columns.enumerated() {
            let tag = RowCodec.Tag.integer.rawValue
            guard column.merge == .sum, buffer.base[old.lowerBound + position * 9] == tag,
                buffer.base[new.lowerBound + position * 9] == tag
            else { return false }
        }
        let raw = UnsafeMutableRawPointer(buffer.base)
        for position in 0..<columns.count {
            let at = old.lowerBound + position * 9 + 1
            let added = raw.loadUnaligned(fromByteOffset: new.lowerBound + position * 9 + 1, as: Int64.self)
            let sum = raw.loadUnaligned(fromByteOffset: at, as: Int64.self).addingReportingOverflow(added)
            raw.storeBytes(of: sum.overflow ? .max : sum.partialValue, toByteOffset: at, as: Int64.self)
        }
        return true
    }

    static func combine(_ before: Cell, _ after: Cell, _ merge: ColumnDefinition.Merge?) -> Cell {
        if after.isNull { return before }
        if before.isNull { return after }
        switch merge {
        case .sum, nil:
            guard let left = before.integer, let right = after.integer else { return after }
            let sum = left.addingReportingOverflow(right)
            return .integer(sum.overflow ? .max : sum.partialValue)
        case .max: return precedes(before, after) ? after : before
        case .min: return precedes(after, before) ? after : before
        }
    }

    private static func precedes(_ left: Cell, _ right: Cell) -> Bool {
        if let a = left.integer, let b = right.integer { return a < b }
        guard let a = left.string, let b = right.string else { return false }
        return a.utf8.lexicographicallyPrecedes(b.utf8)
    }
}

private func equal(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    left.count == right.count && left.elementsEqual(right)
}
