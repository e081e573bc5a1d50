import ProjectionStore

/// Says of most unknown events at once that they are unknown, so that only repeats and a few others are looked up in
/// the table. It never says so of an event that is there.
///
/// Layers of blocked Bloom filters, each twice as large as the one before: an event's bits lie in one cache line a
/// layer. Events that were rolled back or forgotten leave their bits, which costs a look-up each and nothing else.
final class AppliedFilter {
    private struct Layer {
        let words: UnsafeMutablePointer<UInt64>
        let blocks: Int
        var room: Int

        init(bytes: Int) {
            blocks = bytes / AppliedFilter.blockBytes
            words = .allocate(capacity: blocks * 8)
            words.initialize(repeating: 0, count: blocks * 8)
            room = bytes * 8 / AppliedFilter.bitsPerEvent
        }

        @inline(__always)
        private func block(_ fingerprint: Fingerprint) -> UnsafeMutablePointer<UInt64> {
            words + Int(fingerprint.high.multipliedFullWidth(by: UInt64(blocks)).high) * 8
        }

        @inline(__always)
        func mayContain(_ fingerprint: Fingerprint) -> Bool {
            let block = block(fingerprint)
            var bits = fingerprint.low
            for _ in 0..<AppliedFilter.probes {
                if block[Int(bits >> 6 & 7)] & 1 << (bits & 63) == 0 { return false }
                bits >>= 9
            }
            return true
        }

        mutating func insert(_ fingerprint: Fingerprint) {
            let block = block(fingerprint)
            var bits = fingerprint.low
            for _ in 0..<AppliedFilter.probes {
                block[Int(bits >> 6 & 7)] |= 1 << (bits & 63)
                bits >>= 9
            }
            room -= 1
        }
    }

    private static let blockBytes = 64
    private static let bitsPerEvent = 12
    private static let probes = 6
    private static let firstBytes = 256 << 10

    private var layers: [Layer] = []
    private var bytes = 0
    private let limitBytes: Int

    /// Beyond `limitBytes` it grows no more, and helps less and less.
    init(limitBytes: Int) { self.limitBytes = limitBytes }

    deinit { for layer in layers { layer.words.deallocate() } }

    func insert(_ fingerprint: Fingerprint) {
        let next = Self.firstBytes << layers.count
        if layers.isEmpty || (layers[layers.count - 1].room <= 0 && bytes + next <= limitBytes) {
            layers.append(Layer(bytes: next))
            bytes += next
        }
        layers[layers.count - 1].insert(fingerprint)
    }

    func mayContain(_ fingerprint: Fingerprint) -> Bool {
        for layer in layers.reversed() where layer.mayContain(fingerprint) { return true }
        return false
    }
}
