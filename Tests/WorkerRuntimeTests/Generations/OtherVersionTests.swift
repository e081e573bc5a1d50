import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// The new version of a plugin writes other rows. The operator sees before that they differ, readers see the new ones from
/// the moment of the promotion on, and the old ones again when it is taken back; what came meanwhile is in both.
@Suite(.timeLimit(.minutes(3))) struct `A rebuild by another version of the plugin` {
    @Test(arguments: TrialStore.available)
    func `differs before, is what readers see after, and can be taken back`(store: TrialStore) async throws {
        try await onOwnThread {
            let trial = try ClockworkTrial(store)
            let now = ClockworkTrial.now
            try trial.record([(now, "nothing"), (now, "set a \(RFC3339.text(now - 1)) emit"), (now, "nothing")])
            try trial.work { try $0.partitions().first?.nextOffset == 3 && $0.firings(limit: 9, after: 0).count == 1 }
            let old = ["event 1", "event 2", "event 3", "timer a"].sorted()
            #expect(try trial.steps().sorted() == old)

            let newer = try trial.keeper(Clockwork(version: 2))
            let generation = try newer.rebuild(follows: false) { _ in }
            let comparison = try newer.compare(with: generation)
            #expect(!comparison.isEqual && comparison.liveVersion == 1 && comparison.rebuiltVersion == 2)
            let table = try #require(comparison.tables.first { $0.name == "step" })
            #expect(!table.isEqual && table.live?.count == 4 && table.rebuilt?.count == 4)
            #expect(comparison.messages.both == 1 && comparison.messages.onlyRebuilt == 0)
            #expect(comparison.unknownFiringCount == 0 && comparison.standsAtSameOffsets)
            // Readers see nothing of it yet.
            #expect(try trial.steps().sorted() == old)

            _ = try newer.promote(generation, pausing: NoWorker(), actor: "tester") { _ in }
            let new = old.map { "v2 \($0)" }
            #expect(try trial.steps().sorted() == new)
            try trial.record([(ClockworkTrial.now, "nothing")])
            try trial.run(Clockwork(version: 2)) { _ in try #require(trial.comesTrue(taken: 4)) }
            #expect(try trial.steps().sorted() == (new + ["v2 event 4"]).sorted())

            // The mock cluster takes no commit from outside for a group that had members; RebuildTests have a real one.
            guard store == .sqlite else { return }
            let older = try trial.keeper()
            let before = try #require(try older.previous())
            _ = try older.promote(before, pausing: NoWorker(), actor: "tester") { _ in }
            #expect(try trial.steps().sorted() == (old + ["event 4"]).sorted())
            #expect(try trial.outcomes() == ["a fired"])
            try older.discard(generation)
            #expect(try older.generations().beside.isEmpty)
        }
    }
}
