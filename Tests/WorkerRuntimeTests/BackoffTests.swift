import Testing

@testable import WorkerRuntime

/// Pauses between attempts (rule 27).
struct BackoffTests {
    @Test func `pauses grow to their limit, each between half and all of its span`() {
        for _ in 0..<50 {
            var backoff = Backoff(first: 100, most: 1500)
            for span in [100, 200, 400, 800, 1500, 1500, 1500] {
                let pause = backoff.next()
                #expect(pause >= span / 2 && pause <= span, "\(pause) of \(span)")
            }
            backoff.reset()
            #expect(backoff.next() <= 100)
        }
    }

    @Test func `two that began together do not stay together`() {
        let series = (0..<20).map { _ in
            var backoff = Backoff(first: 1000, most: 60_000)
            return (0..<6).map { _ in backoff.next() }
        }
        #expect(Set(series).count > 1)
    }
}
