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

    /// Takes a key of the table in, in their order.
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
        return isComplete || !readUpTo.isEmpty && !readUpTo.lexicographicallyPrecedes(key)
    }

    func note(_ key: UnsafeBufferPointer<UInt8>) { filter.insert(Self.hash(key)) }

    /// Keys that somebody made collide cost a look-up each.
    @inline(__always)
    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Fingerprint {
        let parts = KeyHash.parts(bytes, seed: KeyHash.seed)
        let low = KeyHash.mix(parts.words ^ parts.rest, 0xC4CE_B9FE_1A85_EC53)
        return Fingerprint(high: KeyHash.mix(low ^ parts.words), low: low)
    }
}
