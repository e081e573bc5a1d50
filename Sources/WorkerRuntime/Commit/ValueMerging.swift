import Glibc
import PluginKit

/// Merges the encoded values of tallies by each column's rule, without taking them apart into cells.
struct ValueMerging {
    private let rules: [[ColumnDefinition.Merge]]
    private let scratch = ByteBuffer(capacity: 256)

    init(_ tables: [TableDefinition]) {
        rules = tables.map { table in table.columns.dropFirst(table.keyCount).map { $0.merge ?? .sum } }
    }

    /// Where the merged values lie: in place of the old ones where they fit, else at the buffer's end. Both sides were
    /// encoded before, so neither holds what cannot be encoded.
    func merge(_ table: Int, _ buffer: ByteBuffer, old: Range<Int>, new: Range<Int>) -> Range<Int> {
        let base = UnsafePointer(buffer.base)
        var oldAt = old.lowerBound
        var newAt = new.lowerBound
        scratch.removeAll()
        for rule in rules[table] {
            let before = oldAt < old.upperBound ? RowCodec.nextValue(base, &oldAt) : .null
            let after = newAt < new.upperBound ? RowCodec.nextValue(base, &newAt) : .null
            append(Self.combine(before, after, rule))
        }
        let merged = scratch.bytes(0..<scratch.count)
        if merged.count <= old.count, let start = merged.baseAddress {
            (buffer.base + old.lowerBound).update(from: start, count: merged.count)
            return old.lowerBound..<old.lowerBound + merged.count
        }
        let start = buffer.count
        buffer.append(merged)
        return start..<buffer.count
    }

    private func append(_ value: RowCodec.RawValue) {
        switch value {
        case .null: scratch.append(RowCodec.Tag.null.rawValue)
        case .integer(let value):
            scratch.append(RowCodec.Tag.integer.rawValue)
            scratch.append(littleEndian: value)
        case .real(let value):
            scratch.append(RowCodec.Tag.real.rawValue)
            scratch.append(littleEndian: value.bitPattern)
        case .text(let text):
            scratch.append(RowCodec.Tag.text.rawValue)
            scratch.append(littleEndian: UInt32(truncatingIfNeeded: text.count))
            scratch.append(text)
        }
    }

    private static func combine(
        _ before: RowCodec.RawValue, _ after: RowCodec.RawValue, _ merge: ColumnDefinition.Merge
    ) -> RowCodec.RawValue {
        if case .null = after { return before }
        if case .null = before { return after }
        switch merge {
        case .sum:
            guard case .integer(let left) = before, case .integer(let right) = after else { return after }
            let sum = left.addingReportingOverflow(right)
            return .integer(sum.overflow ? .max : sum.partialValue)
        case .max: return precedes(before, after) ? after : before
        case .min: return precedes(after, before) ? after : before
        }
    }

    private static func precedes(_ left: RowCodec.RawValue, _ right: RowCodec.RawValue) -> Bool {
        switch (left, right) {
        case (.integer(let a), .integer(let b)): a < b
        case (.text(let a), .text(let b)): byteOrder(a, b) < 0
        default: false
        }
    }
}

/// Whether two runs of bytes are the same.
@inline(__always)
func sameBytes(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    guard left.count > 0, let l = left.baseAddress, let r = right.baseAddress else { return true }
    return memcmp(l, r, left.count) == 0
}

/// Below zero where `left` comes first, above where `right` does.
@inline(__always)
func byteOrder(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
    let both = min(left.count, right.count)
    if both > 0, let l = left.baseAddress, let r = right.baseAddress {
        let order = memcmp(l, r, both)
        if order != 0 { return Int(order) }
    }
    return left.count - right.count
}
