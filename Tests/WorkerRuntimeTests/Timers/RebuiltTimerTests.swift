import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// A plugin with timers is rebuilt. When its timers fired was no matter of due times alone: the clock of one producer
/// was a minute ahead, that of another an hour behind, one timer was due before it was set. The rebuilt tables say the
/// same all the same, because each timer fires where it fired then; and what has become due since, and what becomes due
/// while the one takes the other's place, fires once.
@Suite(.timeLimit(.minutes(3))) struct `Timers of a rebuilt plugin` {
    @Test(arguments: TrialStore.available)
    func `fire where they fired, not where they were due, and once`(store: TrialStore) async throws {
        try await onOwnThread {
            let trial = try ClockworkTrial(store)
            let keeper = try trial.keeper()
            try trial.run { _ in
                try Self.liveThrough(trial)
                let firings = try trial.firings()
                let steps = try trial.steps()
                #expect(steps.suffix(3) == ["timer late", "timer again", "event 7"], "\(steps)")

                let generation = try keeper.rebuild(follows: false) { _ in }
                try Self.expectSame(trial, keeper, generation)
                let own = try trial.read(generation: generation) { try $0.firings(limit: 99, after: 0).map(\.content) }
                #expect(own.map(\.name) == firings.map(\.name))
                #expect(own.map(\.afterOffset) == firings.map(\.afterOffset))
                #expect(own.map(\.outcome) == firings.map(\.outcome))

                // Due after the rebuild, with no record behind it.
                let now = ClockworkTrial.now
                try trial.record([(now, "set soon \(RFC3339.text(now + 1500)) emit")])
                try #require(trial.comesTrue(taken: 8))
                try #require(try keeper.rebuild(follows: false) { _ in } == generation)
                try #require(trial.comesTrue(fired: firings.count + 1))
            }
            let before = try trial.steps()
            let waiting = try Self.waiting(trial)
            let promotion = try keeper.promote(3, pausing: NoWorker(), actor: "tester") { _ in }
            #expect(promotion.pending == 3 && promotion.held == 0 && promotion.closed == 0, "\(promotion)")
            #expect(try trial.steps() == before)
            #expect(before.last == "timer soon")
            let outcomes = try trial.outcomes()

            // The new one has nothing to fire again, and goes on.
            try trial.record([(ClockworkTrial.now, "nothing")])
            try trial.run { _ in try #require(trial.comesTrue(taken: 9)) }
            #expect(try trial.outcomes() == outcomes)
            #expect(try Self.waiting(trial) == waiting)
            #expect(try trial.steps() == before + ["event 9"])
            // The mock cluster takes no commit from outside for a group that had members; RebuildTests have a real one.
            guard store == .sqlite else { return }
            let back = try #require(try keeper.previous())
            _ = try keeper.promote(back, pausing: NoWorker(), actor: "tester") { _ in }
            #expect(try trial.steps() == before + ["event 9"])
            #expect(try trial.outcomes() == outcomes)
        }
    }

    /// Seven events and five turns of timers.
    private static func liveThrough(_ trial: ClockworkTrial) throws {
        try trial.record([(ClockworkTrial.now, "nothing")])
        try #require(trial.comesTrue(taken: 1))
        let before = ClockworkTrial.now
        try trial.record([(before, "set past \(RFC3339.text(before - 5000)) emit")], backfill: true)
        try #require(trial.comesTrue(fired: 1))
        let now = ClockworkTrial.now
        func due(_ milliseconds: Int64) -> String { RFC3339.text(now + milliseconds) }
        try trial.record([
            // Far enough away that a busy machine has taken all four events in by then.
            (now, "set refuse \(due(5000)) refuse"), (now, "set late \(due(5100)) emit"),
            (now, "set again \(due(5200)) again1"),
            // Its producer's clock is ahead: it comes before they are due, and is recorded after.
            (now + 60_000, "set loud \(due(-1000)) emit"),
        ])
        try #require(trial.comesTrue(fired: 5))
        // This one's is behind: recorded before they were due, it comes after they have fired.
        try trial.record([(now - 3_600_000, "nothing")])
        try #require(trial.comesTrue(taken: 7))
        #expect(
            try trial.outcomes() == ["past passed", "loud fired", "refuse failed", "late fired", "again fired"])
    }

    private static func expectSame(_ trial: ClockworkTrial, _ keeper: GenerationKeeper, _ generation: Int) throws {
        #expect(try trial.read(generation: generation, ClockworkTrial.steps) == trial.steps())
        let comparison = try keeper.compare(with: generation)
        #expect(comparison.isEqual, "\(comparison)")
        #expect(comparison.messages.both == 2 && comparison.unknownFiringCount == 0)
        let timers = try trial.read(generation: generation) { try $0.timers(limit: 99, after: nil) }
        #expect(try timers == trial.read { try $0.timers(limit: 99, after: nil) })
    }

    /// `NAME DUE` of each timer that waits.
    private static func waiting(_ trial: ClockworkTrial) throws -> [String] {
        try trial.read { try $0.timers(limit: 99, after: nil).map { "\($0.name) \($0.due ?? 0) \($0.isParked)" } }
    }

    /// A sequence was parked when its timer was due; the operator mended the plugin and redrove it. In the rebuilt tables
    /// the timer has the place in its sequence that it had.
    @Test func `keep their place in a sequence that was parked`() async throws {
        try await onOwnThread {
            let trial = try ClockworkTrial()
            let base = ClockworkTrial.now - 3_600_000
            try trial.record(
                [(base, "set a \(RFC3339.text(base + 600_000)) none"), (base + 300_000, "fail")], of: "m")
            try trial.record([(base + 700_000, "nothing")], of: "m")
            try trial.record([(base + 800_000, "nothing")], of: "other")
            try trial.work(untilFired: 1)
            #expect(try trial.outcomes() == ["a parked"])
            #expect(try trial.steps() == ["event 1", "event 4"])
            let letters = try trial.read { try $0.deadLetters(limit: 9, after: 0) }
            #expect(letters.map(\.state) == [.dead, .parked, .parked])
            #expect(letters.map(\.content.kind) == [.event, .timer, .event])

            let mended = Clockwork(isMended: true)
            func redrive() throws -> [DeadLetterOutcome.Letter.State] {
                var states: [DeadLetterOutcome.Letter.State] = []
                let command = DeadLetterCommand(
                    action: .redrive, letters: [letters[0].number], actor: "tester", reason: "mended", at: 1,
                    isDryRun: false)
                try trial.worker(mended).repair("clockwork", command) { states += $0.letters.map(\.state) }
                return states
            }
            #expect(try redrive() == [.redriven, .redriven, .redriven])
            let steps = ["event 1", "event 4", "event 2", "timer a", "event 3"]
            #expect(try trial.steps() == steps)
            // Once: not again by the command, nor by the worker that comes next.
            #expect(try redrive() == [.settled])
            try trial.record([(ClockworkTrial.now, "nothing")])
            try trial.run(mended) { _ in try #require(trial.comesTrue(taken: 5)) }
            #expect(try trial.steps() == steps + ["event 5"])
            #expect(try trial.outcomes() == ["a parked", "a fired"])
            #expect(try trial.read { try $0.timers(limit: 9, after: nil) }.isEmpty)

            let generation = try trial.keeper(mended).rebuild(follows: false) { _ in }
            #expect(
                try trial.read(generation: generation, ClockworkTrial.steps)
                    == ["event 1", "event 2", "timer a", "event 3", "event 4", "event 5"])
        }
    }
}
