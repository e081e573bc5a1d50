import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// The worker was away for an hour. Meanwhile timers became due, and events moved and cancelled some of them, a few
/// before they were due and a few after. When it comes back, each timer fires where it would have fired had nobody been
/// away: after what was recorded before its due time, and before what was recorded later.
@Suite struct `Timers in a backlog` {
    @Test func `fire between the records before and after their due time`() async throws {
        try await onOwnThread {
            let trial = try ClockworkTrial()
            let base = ClockworkTrial.now - 3_600_000
            func at(_ seconds: Int64) -> Int64 { base + seconds * 1000 }
            func due(_ seconds: Int64) -> String { RFC3339.text(at(seconds)) }
            try trial.record([
                (at(0), "set a \(due(600)) none"),
                (at(300), "set b \(due(900)) none"),
                (at(500), "set a \(due(1200)) none"),
                (at(1000), "nothing"),
                (at(1100), "cancel a"),
                (at(1300), "set late \(due(1250)) none"),
                (at(1300), "set chain \(due(1350)) again3"),
                (at(1400), "nothing"),
                (at(1450), "set last \(due(3000)) none"),
            ])
            let expected = [
                "event 1", "event 2", "event 3", "timer b", "event 4", "event 5", "event 6", "timer late", "event 7",
                "timer chain", "event 8", "timer chain", "event 9", "timer chain", "timer chain", "timer last",
            ]
            try trial.work(untilFired: 7)
            #expect(try trial.steps() == expected)
            let firings = try trial.firings()
            #expect(firings.map(\.afterOffset) == [2, 5, 6, 7, 8, 8, 8])
            #expect(firings.map(\.due) == [900, 1250, 1350, 1410, 1470, 1530, 3000].map(at))
            #expect(firings.allSatisfy { $0.outcome == .fired && $0.owner == "arcp" })
            #expect(try trial.read { try $0.timers(limit: 10, after: nil) }.isEmpty)
            // Nothing is left to do for the next one.
            try trial.work(untilFired: 7)
            #expect(try trial.steps() == expected)
            #expect(try trial.firings() == firings)
        }
    }

    @Test func `pass in silence where history set them, and speak where they are due later`() async throws {
        try await onOwnThread {
            let trial = try ClockworkTrial()
            let now = ClockworkTrial.now
            try trial.record(
                [
                    (now - 1000, "set past \(RFC3339.text(now - 5000)) emit"),
                    (now - 1000, "set soon \(RFC3339.text(now + 4000)) emit"),
                ], backfill: true)
            // Older than a rule without a word of its own is worth telling.
            try trial.record([(now - 8 * 86_400_000, "set old \(RFC3339.text(now - 4000)) emit")])
            try trial.work(untilFired: 3)
            #expect(try trial.outcomes() == ["past passed", "old passed", "soon fired"])
            #expect(
                try trial.steps() == ["event 1", "timer past", "event 2", "event 3", "timer old", "timer soon"])
            try trial.read { reader in
                #expect(try reader.silences(limit: 9, after: 0).map(\.reason) == ["backfill", "too-old"])
                let outbox = try reader.outbox(limit: 9, after: 0)
                #expect(outbox.map(\.content.kind) == [.event])
                let soon = RFC3339.text(now + 4000)
                #expect(
                    outbox.first?.content.id
                        == MessageID.make(
                            source: "urn:diwan:synthetic", id: "synthetic/2",
                            rule: "emit:clockwork:org.example.fired.v1",
                            recipient: "arcp", channel: DestinationName.kafka, occurrence: soon))
            }
        }
    }
}
