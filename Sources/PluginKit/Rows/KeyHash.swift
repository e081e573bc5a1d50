/// Hashes encoded keys, eight bytes at a time through a multiply-xor mix. No defence against somebody who chooses keys: what
/// builds on it must bear keys of one hash.
package enum KeyHash {
    /// What is left to be mixed: all whole words, and the last bytes with the length.
    @inlinable @inline(__always)
    package static func parts(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt64) -> (words: UInt64, rest: UInt64) {
        let raw = UnsafeRawBufferPointer(bytes)
        var state = seed
        var at = 0
        while raw.count - at >= 8 {
            state = mix(state ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var rest: UInt64 = 0
        while at < raw.count {
            rest = rest << 8 | UInt64(raw[at])
            at += 1
        }
        return (state, rest ^ UInt64(truncatingIfNeeded: raw.count) << 56)
    }

    @inlinable @inline(__always)
    package static func mix(_ value: UInt64, _ factor: UInt64 = 0xFF51_AFD7_ED55_8CCD) -> UInt64 {
        let product = value.multipliedFullWidth(by: factor)
        return product.high ^ product.low
    }

    package static let seed: UInt64 = 0x9E37_79B9_7F4A_7C15
}
