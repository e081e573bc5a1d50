import PluginKit
import Testing

@testable import WorkerRuntime

/// What may leave the store (rule 30).
struct SilenceTests {
    private static func event(offset: Int64, isBackfill: Bool = false) -> Event {
        Event(
            arena: EventArena(byteCapacity: 16, nodeCapacity: 1), slots: Event.Slots(), envelope: 0, data: nil,
            position: RecordPosition(topic: "iscm.events", partition: 0, offset: offset, timestamp: 0),
            isBackfill: isBackfill)
    }

    @Test func `events before the activation offset are silent, from it on they are not`() {
        #expect(Silence.ofEvent(Self.event(offset: 9), activationOffset: 10) == .beforeActivation)
        #expect(Silence.ofEvent(Self.event(offset: 10), activationOffset: 10) == nil)
        #expect(Silence.ofEvent(Self.event(offset: 11), activationOffset: 10) == nil)
    }

    @Test func `with activate beginning nothing lies before it`() {
        #expect(Silence.ofEvent(Self.event(offset: 0), activationOffset: 0) == nil)
    }

    @Test func `backfill is silent wherever it lies`() {
        #expect(Silence.ofEvent(Self.event(offset: 11, isBackfill: true), activationOffset: 0) == .backfill)
        #expect(Silence.ofEvent(Self.event(offset: 1, isBackfill: true), activationOffset: 5) == .beforeActivation)
    }

    @Test func `a rule is silent about records older than its time, counted from when they are handled`() {
        let now: Int64 = 1_700_000_000_000
        let week: Int64 = 7 * 86_400_000
        #expect(Silence.ofRule(validFor: week, timestamp: now - week - 1, now: now) == .tooOld)
        #expect(Silence.ofRule(validFor: week, timestamp: now - week, now: now) == nil)
        #expect(Silence.ofRule(validFor: week, timestamp: now, now: now) == nil)
    }

    @Test func `a record from a clock ahead of ours, or without a time, counts as new`() {
        #expect(Silence.ofRule(validFor: 1000, timestamp: 5000, now: 1000) == nil)
        #expect(Silence.ofRule(validFor: 1000, timestamp: -1, now: 1_700_000_000_000) == nil)
    }

    /// They stand in stores and in answers.
    @Test func `reasons keep their names`() {
        #expect(Silence.beforeActivation.rawValue == "before-activation")
        #expect(Silence.backfill.rawValue == "backfill")
        #expect(Silence.tooOld.rawValue == "too-old")
    }
}
