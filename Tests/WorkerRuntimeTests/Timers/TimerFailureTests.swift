import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// A plugin cannot do what it meant to do when a timer is due: its handler refuses, or writes a row that its table does
/// not take, or sets a timer for the same moment, which would go on for ever. Each becomes a dead letter with a reason
/// and stays as a parked timer; all others fire, before a record and at the end of the log alike.
@Suite struct `A timer whose firing fails` {
    @Test(arguments: [true, false])
    func `is a dead letter and holds up no other`(beforeRecord: Bool) async throws {
        try await onOwnThread {
            let trial = try ClockworkTrial()
            let base = ClockworkTrial.now - 3_600_000
            let names = ["first none", "refuse refuse", "row row", "backwards backwards", "last none"]
            var scripts: [(Int64, String)] = names.enumerated().map { index, name in
                let words = name.split(separator: " ")
                return (base, "set \(words[0]) \(RFC3339.text(base + Int64(index) * 1000 + 1000)) \(words[1])")
            }
            if beforeRecord { scripts.append((base + 60_000, "nothing")) }
            try trial.record(scripts)
            try trial.work(untilFired: 5)
            #expect(
                try trial.outcomes() == [
                    "first fired", "refuse failed", "row failed", "backwards failed", "last fired",
                ])
            let events = (1...5).map { "event \($0)" }
            #expect(
                try trial.steps() == events + ["timer first", "timer last"] + (beforeRecord ? ["event 6"] : []))
            try trial.read { reader in
                let letters = try reader.deadLetters(limit: 9, after: 0)
                #expect(letters.map(\.content.reason) == ["asked-to-refuse", "row-refused", "handler-failed"])
                #expect(letters.allSatisfy { $0.content.kind == .timer && $0.content.key == Array("arcp".utf8) })
                #expect(letters[2].content.detail.contains("due later than the timer that fires"))
                let timers = try reader.timers(limit: 9, after: nil)
                #expect(timers.map(\.name) == ["refuse", "row", "backwards"] && timers.allSatisfy(\.isParked))
            }
        }
    }

    @Test func `is refused with what to do by a plugin that does not know timers`() throws {
        struct Plain: Plugin {
            let sources = PluginSources(manifest: "", messages: [:], data: [:])
            func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {}
        }
        let timer = FiredTimer(
            key: Text("arcp"), name: "t", due: "2026-01-01T00:00:00.000Z", payload: "", source: "s", id: "i")
        let effects = Effects(
            tables: Clockwork.manifest.tables + [.facts(name: "fact", owner: "o", columns: [], identity: [])])
        let refusal = #expect(throws: Refusal.self) {
            try Plain().fire(timer, Rows(TransactionRows(tables: [], owner: timer.key)), effects)
        }
        #expect(refusal?.reason == "timer-unknown")
        effects.begin(timer)
        let misuse = #expect(throws: EffectMisuse.self) { try effects.fact("fact", [:]) }
        #expect(misuse?.description.contains("only events tell") == true)
    }
}
