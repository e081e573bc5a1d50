import Synchronization

/// Says of most unknown fingerprints at once that they are unknown, so that only repeats and a few others are looked up
/// in a table. It never says so of one that went in.
///
/// Layers of blocked Bloom filters, each twice as large as the one before: a fingerprint's bits lie in one cache line a
/// layer. What was rolled back or forgotten leaves its bits, which costs a look-up each and nothing else.
///
/// One thread at a time.
public final class FingerprintFilter {
    private struct Layer {
        let words: UnsafeMutablePointer<UInt64>
        let blocks: Int
        var room: Int

        init(bytes: Int, bitsPerEntry: Int) {
            blocks = bytes / FingerprintFilter.blockBytes
            words = .allocate(capacity: blocks * 8)
            words.initialize(repeating: 0, count: blocks * 8)
            room = bytes * 8 / bitsPerEntry
        }

        @inline(__always)
        private func block(_ fingerprint: Fingerprint) -> UnsafeMutablePointer<UInt64> {
            words + Int(fingerprint.high.multipliedFullWidth(by: UInt64(blocks)).high) * 8
        }

        @inline(__always)
        func mayContain(_ fingerprint: Fingerprint) -> Bool {
            let block = block(fingerprint)
            var bits = fingerprint.low
            for _ in 0..<FingerprintFilter.probes {
                if block[Int(bits >> 6 & 7)] & 1 << (bits & 63) == 0 { return false }
                bits >>= 9
            }
            return true
        }

        mutating func insert(_ fingerprint: Fingerprint) {
            let block = block(fingerprint)
            var bits = fingerprint.low
            for _ in 0..<FingerprintFilter.probes {
                block[Int(bits >> 6 & 7)] |= 1 << (bits & 63)
                bits >>= 9
            }
            room -= 1
        }
    }

    private static let blockBytes = 64
    private static let probes = 6
    private static let firstBytes = 256 << 10

    private var layers: [Layer] = []
    private var bytes = 0
    private let allowance: FilterAllowance
    private let bitsPerEntry: Int

    /// Beyond `limitBytes` it grows no more, and helps less and less.
    public convenience init(limitBytes: Int) { self.init(sharing: FilterAllowance(bytes: limitBytes)) }

    /// - Parameters:
    ///   - allowance: what it and others may take together. The first 256 KiB of each are not asked for.
    ///   - bitsPerEntry: 12 let one unknown fingerprint in a hundred pass for known, 8 one in thirty.
    public init(sharing allowance: FilterAllowance, bitsPerEntry: Int = 12) {
        self.allowance = allowance
        self.bitsPerEntry = bitsPerEntry
    }

    deinit { removeAll() }

    public func insert(_ fingerprint: Fingerprint) {
        if layers.isEmpty || layers[layers.count - 1].room <= 0 { grow() }
        layers[layers.count - 1].insert(fingerprint)
    }

    private func grow() {
        let wanted = Self.firstBytes << layers.count
        let granted = allowance.take(wanted, atLeast: Self.firstBytes)
        guard granted > 0 || layers.isEmpty else {
            // Asked again after a while.
            return layers[layers.count - 1].room = 1 << 16
        }
        bytes += granted
        layers.append(Layer(bytes: granted > 0 ? granted : Self.firstBytes, bitsPerEntry: bitsPerEntry))
    }

    public func mayContain(_ fingerprint: Fingerprint) -> Bool {
        for layer in layers.reversed() where layer.mayContain(fingerprint) { return true }
        return false
    }

    public func removeAll() {
        for layer in layers { layer.words.deallocate() }
        layers.removeAll()
        allowance.giveBack(bytes)
        bytes = 0
    }
}

/// Memory that filters share. Any thread.
public final class FilterAllowance: Sendable {
    private let left: Mutex<Int>

    public init(bytes: Int) { left = Mutex(bytes) }

    /// - Returns: as many bytes of `wanted` as there are; 0 where there are not even `least`.
    func take(_ wanted: Int, atLeast least: Int) -> Int {
        left.withLock { left in
            let granted = min(wanted, left) & ~63
            guard granted >= least else { return 0 }
            left -= granted
            return granted
        }
    }

    func giveBack(_ bytes: Int) { left.withLock { $0 += bytes } }
}
