import ProjectionStore

/// Blocked Bloom filters, each twice as large as the one before: an event's bits lie in one cache line of one of
/// them. It never says of an event that went in that it is unknown; what was rolled back leaves bits that cost a
/// question each.
struct AppliedFilter {
    private var layers: [[UInt64]] = []
    /// How many more events the last layer takes.
    private var room = 0
    private var bytes = 0
    private let limitBytes: Int

    private static let firstBytes = 256 << 10
    private static let wordsInBlock = 8
    private static let bitsPerEvent = 12
    private static let probes = 6

    /// Beyond `limitBytes` it grows no more, and helps less and less.
    init(limitBytes: Int) { self.limitBytes = limitBytes }

    mutating func insert(_ fingerprint: Fingerprint) {
        let next = Self.firstBytes << layers.count
        if layers.isEmpty || (room <= 0 && bytes + next <= limitBytes) {
            layers.append([UInt64](repeating: 0, count: next / 8))
            bytes += next
            room = next * 8 / Self.bitsPerEvent
        }
        let last = layers.count - 1
        let block = Self.block(of: fingerprint, words: layers[last].count)
        var rest = fingerprint.low
        for _ in 0..<Self.probes {
            layers[last][block + Int(rest >> 6 & 7)] |= 1 << (rest & 63)
            rest >>= 9
        }
        room -= 1
    }

    func mayContain(_ fingerprint: Fingerprint) -> Bool {
        layers.contains { layer in
            let block = Self.block(of: fingerprint, words: layer.count)
            var rest = fingerprint.low
            for _ in 0..<Self.probes {
                if layer[block + Int(rest >> 6 & 7)] & 1 << (rest & 63) == 0 { return false }
                rest >>= 9
            }
            return true
        }
    }

    private static func block(of fingerprint: Fingerprint, words: Int) -> Int {
        Int(fingerprint.high.multipliedFullWidth(by: UInt64(words / wordsInBlock)).high) * wordsInBlock
    }
}
