import Testing
import Threads

@testable import WorkerRuntime

@Suite struct SendingRoundTests {
    @Test func `what was handed on before a recall is not sent after it`() {
        let round = SendingRound()
        let first = round.current
        #expect(round.begin(first))
        round.end()
        #expect(round.next(until: MonotonicClock.now))
        #expect(!round.begin(first))
        #expect(round.begin(round.current))
    }

    @Test func `a recall waits for what is being sent, up to its deadline`() {
        let round = SendingRound()
        #expect(round.begin(round.current))
        #expect(!round.next(until: MonotonicClock.now + 10_000_000))
        round.end()
        #expect(round.next(until: MonotonicClock.now))
    }
}
