import Testing

@testable import WorkerRuntime

/// When a lane is ready for traffic.
struct LaneStatusTests {
    @Test func `it is ready while it runs, halts nothing, and Kafka answers`() {
        let status = LaneStatus(plugin: "p")
        #expect(!status.isReady)
        status.set(.running)
        #expect(status.isReady)
        status.setAway("no broker answers")
        #expect(!status.isReady)
        status.setAway(nil)
        #expect(status.isReady)
        status.set(.waiting("the store"))
        #expect(!status.isReady)
        status.set(.running)
        status.halt("t[0]", "topic-recreated")
        #expect(!status.isReady)
    }
}
