import ProjectionStore
import Testing

@Suite("The filter before a table of fingerprints")
struct FingerprintFilterTests {
    /// SplitMix64: the same numbers on every run.
    private func fingerprints(_ count: Int, seed: UInt64) -> [Fingerprint] {
        var state = seed
        func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
        return (0..<count).map { _ in Fingerprint(high: next(), low: next()) }
    }

    @Test("It never denies what was put in, also over its limit, and denies nearly everything else within it")
    func denials() {
        let known = fingerprints(300_000, seed: 1)
        let unknown = fingerprints(20_000, seed: 2)
        for (limit, most) in [(4 << 20, 600), (1, 20_000)] {
            let filter = FingerprintFilter(limitBytes: limit)
            #expect(!unknown.contains { filter.mayContain($0) })
            for fingerprint in known { filter.insert(fingerprint) }
            #expect(known.allSatisfy { filter.mayContain($0) })
            #expect(unknown.count { filter.mayContain($0) } <= most, "limit \(limit)")
        }
    }
}
