import PluginKit
import ProjectionStore

/// Says of most keys that are not in a table that they are not, so that their rows need not be looked up.
///
/// It begins when many rows are written for the first time: what is in the table is read into a filter, a step a
/// transaction and in key order, and what is written meanwhile goes in at once. Up to where the table has been read, and
/// in the end for all keys, the filter's "no" holds. Others write only rows of owners that are not ours (rule 14), so
/// whoever claims a partition begins anew. Should it be wrong all the same, the table's primary key says so.
struct KnownKeys {
    private let filter: FingerprintFilter
    private(set) var isBegun = false
    private var isComplete = false
    /// The last key that was read of the table.
    private(set) var readUpTo: [UInt8] = []

    init(sharing allowance: FilterAllowance) { filter = FingerprintFilter(sharing: allowance, bitsPerEntry: 8) }

    /// Forgets what it knows of the table.
    mutating func beginAnew() {
        filter.removeAll()
        isBegun = false
        isComplete = false
        readUpTo = []
    }

    /// Whether there is more of the table to be read.
    var wantsMore: Bool { !isComplete }

    /// Takes keys of the table in, in their order; `isLast` where there are no more.
    mutating func read(_ key: UnsafeBufferPointer<UInt8>) {
        filter.insert(Self.hash(key))
        readUpTo = Array(key)
    }

    mutating func begin() { isBegun = true }
    mutating func finishReading() { isComplete = true }

    /// Takes a key in that is about to be written.
    ///
    /// - Returns: whether the table is certain to hold no row under it.
    @inline(__always)
    func isNew(_ key: UnsafeBufferPointer<UInt8>) -> Bool {
        let hash = Self.hash(key)
        guard !filter.mayContain(hash) else { return false }
        filter.insert(hash)
        return isComplete || !readUpTo.isEmpty && !Self.precedes(readUpTo, key)
    }

    func note(_ key: UnsafeBufferPointer<UInt8>) { filter.insert(Self.hash(key)) }

    private static func precedes(_ known: [UInt8], _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        known.lexicographicallyPrecedes(key)
    }

    /// Two multiply-mix chains over eight bytes at a time. Keys that somebody made collide cost a look-up each.
    @inline(__always)
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Fingerprint {
        let raw = UnsafeRawBufferPointer(bytes)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var at = 0
        while raw.count - at >= 8 {
            state = mix(state ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self), 0xFF51_AFD7_ED55_8CCD)
            at += 8
        }
        var rest: UInt64 = 0
        while at < raw.count {
            rest = rest << 8 | UInt64(raw[at])
            at += 1
        }
        rest ^= UInt64(truncatingIfNeeded: raw.count) << 56
        let low = mix(state ^ rest, 0xC4CE_B9FE_1A85_EC53)
        return Fingerprint(high: mix(low ^ state, 0xFF51_AFD7_ED55_8CCD), low: low)
    }

    @inline(__always)
    private static func mix(_ value: UInt64, _ factor: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: factor)
        return product.high ^ product.low
    }
}
