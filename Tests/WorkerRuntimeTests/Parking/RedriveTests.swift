import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// An operator has mended what made a handler fail, or decides that an event is not to be handled.
@Suite struct RedriveTests {
    private func story(_ body: @escaping @Sendable (ParkingBench) throws -> Void) async throws {
        try await onOwnThread {
            let bench = try ParkingBench()
            defer { bench.close() }
            try body(bench)
        }
    }

    /// A failed event of meeting `a` and `count - 1` behind it.
    private func park(_ count: Int, _ bench: ParkingBench) throws {
        try bench.send("a1", of: "a", fate: "fail")
        for number in 2..<(count + 1) { try bench.send("a\(number)", of: "a") }
        try bench.takeIn()
    }

    @Test func `a redrive replays the sequence in order, whichever of its letters is named`() async throws {
        try await story { bench in
            try park(4, bench)
            bench.mended.mend("a1")
            let outcome = try bench.run(.redrive, [3])
            #expect(outcome.said == ["1 redriven", "2 redriven", "3 redriven", "4 redriven"])
            #expect(outcome.isFinished && outcome.remaining == 0)
            #expect(try bench.trail("a") == "a1 a2 a3 a4")
            #expect(!bench.engine.parking.isActive)
            try bench.send("a5", of: "a")
            try bench.takeIn()
            #expect(try bench.trail("a") == "a1 a2 a3 a4 a5")
            // What the events emit leaves once, as it would have.
            #expect(try bench.read { try $0.outbox(limit: 10, after: 0) }.count == 5)
        }
    }

    @Test func `it stops at the first that fails again; attempts and the new reason stay, also after a crash`()
        async throws
    {
        try await story { bench in
            try bench.send("a1", of: "a", fate: "fail")
            try bench.send("a2", of: "a")
            try bench.send("a3", of: "a", fate: "fail")
            try bench.send("a4", of: "a")
            try bench.takeIn()
            for _ in 0..<2 { try bench.run(.redrive, [1]) }
            #expect(try bench.letters() == ["a1 dead 3", "a2 parked 0", "a3 parked 0", "a4 parked 0"])
            try bench.restart()
            bench.mended.mend("a1")
            let outcome = try bench.run(.redrive, [1, 4])
            #expect(outcome.said == ["1 redriven", "2 redriven", "3 failedAgain", "4 blocked"])
            #expect(outcome.remaining == 2)
            #expect(try bench.letters() == ["a1 redriven 3", "a2 redriven 0", "a3 dead 1", "a4 parked 0"])
            #expect(try bench.open()[0].content.detail == "a3 is nobody's")
            #expect(try bench.trail("a") == "a1 a2")
            try bench.send("a5", of: "a")
            try bench.takeIn()
            bench.mended.mend("a3")
            try bench.run(.redrive, [3])
            #expect(try bench.trail("a") == "a1 a2 a3 a4 a5")
            let audit = try bench.read { try $0.audits(of: 1, limit: 10, after: 0) }
            #expect(audit.map(\.actor) == ["operator", "operator", "operator"])
            #expect(
                audit.map(\.detail) == [
                    "failed again: not-ours: a1 is nobody's", "failed again: not-ours: a1 is nobody's", "",
                ])
        }
    }

    @Test func `two callers do it once`() async throws {
        try await story { bench in
            try park(1200, bench)
            bench.mended.mend("a1")
            let first = bench.repair(.redrive, [1])
            let second = bench.repair(.redrive, [1])
            var said: [String] = []
            var steps = 0
            for _ in 0..<50 {
                for repair in [first, second] {
                    let step = try repair.step()
                    said += step.letters.filter { $0.state != .settled }.map { String($0.number) }
                    steps += 1
                }
                if try bench.open().isEmpty { break }
            }
            #expect(said == (1...1200).map { String($0) })
            #expect(steps >= 3)
            #expect(try bench.trail("a") == (1...1200).map { "a\($0)" }.joined(separator: " "))
            #expect(try bench.run(.redrive, [1]).said == ["1 settled"])
        }
    }

    @Test func `live traffic flows between steps; what arrives for the sequence waits until it is empty`() async throws
    {
        try await story { bench in
            try park(1100, bench)
            bench.mended.mend("a1")
            let repair = bench.repair(.redrive, [1])
            let step = try repair.step()
            #expect(!step.isFinished && step.letters.count <= 500 && step.remaining == 1100 - step.letters.count)
            try bench.send("b1", of: "b")
            try bench.send("a1101", of: "a")
            try bench.takeIn()
            #expect(try bench.trail("b") == "b1")
            #expect(try bench.open().last?.content.id == "a1101")
            try bench.run(repair)
            #expect(try bench.trail("a") == (1...1101).map { "a\($0)" }.joined(separator: " "))
            #expect(!bench.engine.parking.isActive)
        }
    }

    @Test func `a crash between steps loses nothing: the replay goes on by itself, and by the same command`()
        async throws
    {
        try await story { bench in
            try park(1100, bench)
            bench.mended.mend("a1")
            let done = try bench.repair(.redrive, [1]).step().letters.count
            try bench.restart()
            try bench.engine.readParked()
            #expect(bench.engine.parking.hasReleased)
            // The same command again: the letter is settled, but what is behind it is not.
            let repair = bench.repair(.redrive, [1])
            let again = try repair.step()
            #expect(again.letters.first?.state == .settled)
            #expect(again.letters.dropFirst().first?.number == Int64(done + 1))
            try bench.restart()
            try bench.engine.readParked()
            let released = bench.engine.parking.takeReleased()
            #expect(released.count == 1)
            try bench.run(DeadLetterRepair(released: released, bench.engine, bench.stage))
            #expect(try bench.open() == [])
            #expect(try bench.trail("a") == (1...1100).map { "a\($0)" }.joined(separator: " "))
        }
    }

    @Test func `a step that fails changes nothing, and can be done again`() async throws {
        try await story { bench in
            try park(3, bench)
            bench.mended.mend("a1")
            let repair = bench.repair(.redrive, [1])
            // Another owner: the compare-and-swap finds out, and the whole step is undone.
            try bench.writer.begin()
            _ = try bench.writer.advance(ParkingBench.partitions[0], expected: 3, epoch: 1, to: 4, last: nil)
            try bench.writer.commit()
            #expect(throws: LaneFailure.self) { try repair.step() }
            #expect(try bench.letters() == ["a1 dead 1", "a2 parked 0", "a3 parked 0"])
            #expect(try bench.trail("a") == nil)
            try bench.writer.begin()
            _ = try bench.writer.advance(ParkingBench.partitions[0], expected: 4, epoch: 1, to: 3, last: nil)
            try bench.writer.commit()
            try bench.run(repair)
            #expect(try bench.trail("a") == "a1 a2 a3")
        }
    }

    @Test func `a discard is never handled, and releases what is behind it`() async throws {
        try await story { bench in
            try bench.send("a1", of: "a", fate: "fail")
            for number in 2...4 { try bench.send("a\(number)", of: "a") }
            try bench.takeIn()
            // One in the middle first: the head still stands in the way.
            #expect(try bench.run(.discard, [3]).said == ["3 discarded"])
            #expect(try bench.letters() == ["a1 dead 1", "a2 parked 0", "a3 discarded 0", "a4 parked 0"])
            let outcome = try bench.run(.discard, [1])
            #expect(outcome.said == ["1 discarded", "2 redriven", "4 redriven"])
            #expect(try bench.trail("a") == "a2 a4")
            #expect(try bench.run(.discard, [1, 99]).said == ["1 settled", "99 notFound"])
            let audit = try bench.read { try $0.audits(of: 1, limit: 10, after: 0) }
            #expect(audit.map(\.action) == ["discard"])
            #expect(audit.map(\.reason) == ["test"])
        }
    }

    @Test func `an edited event is applied as edited, and a repeat of what came first is a repeat`() async throws {
        try await story { bench in
            try bench.send("a1", of: "a", fate: "fail")
            try bench.send("a1", of: "a", fate: "fail")
            try bench.send("a2", of: "a")
            try bench.takeIn()
            let value = String(decoding: try bench.open()[0].content.value ?? [], as: UTF8.self)
            let edited = value.replacing("\"fate\":\"fail\",", with: "").replacing("technical", with: "ministerial")
            let outcome = try bench.run(.edit, [1], replacement: edited)
            #expect(outcome.said == ["1 edited", "1 redriven", "2 redriven", "3 redriven"])
            #expect(try bench.trail("a") == "a1 a2")
            #expect(try bench.counter(StoreCounter.duplicates) == 1)
            // The source sends it once more as it was: no dead letter.
            try bench.send("a1", of: "a", fate: "fail")
            try bench.takeIn()
            #expect(try bench.counter(StoreCounter.duplicates) == 2)
            #expect(try bench.open() == [])
            let audit = try bench.read { try $0.audits(of: 1, limit: 10, after: 0) }
            #expect(audit.map(\.action) == ["edit", "redrive"])
            #expect(audit[0].detail.contains("SHA-256"))
            #expect(try bench.run(.edit, [1], replacement: edited).said == ["1 settled"])
            #expect(try bench.run(.edit, [2], replacement: nil).said == ["2 settled"])
        }
    }

    @Test func `an edit that is no event keeps its sequence parked`() async throws {
        try await story { bench in
            try park(2, bench)
            let outcome = try bench.run(.edit, [1], replacement: "{}")
            #expect(outcome.said == ["1 edited", "1 failedAgain"])
            #expect(try bench.letters() == ["a1 dead 2", "a2 parked 0"])
            #expect(try bench.open()[0].content.sequence == "a")
        }
    }

    @Test func `what was no event can be edited into one, and takes its place in its sequence`() async throws {
        try await story { bench in
            try bench.send("a1", of: "a", fate: "fail")
            try bench.send("a2", of: "a", level: "none")
            try bench.send("a3", of: "a")
            try bench.takeIn()
            #expect(try bench.letters() == ["a1 dead 1", "- dead 1", "a3 parked 0"])
            let value = String(decoding: try bench.open()[1].content.value ?? [], as: UTF8.self)
            let outcome = try bench.run(.edit, [2], replacement: value.replacing("\"none\"", with: "\"technical\""))
            #expect(outcome.said == ["2 edited", "2 blocked"])
            #expect(try bench.open().map(\.state) == [.dead, .parked, .parked])
            bench.mended.mend("a1")
            try bench.run(.redrive, [1])
            #expect(try bench.trail("a") == "a1 a2 a3")
        }
    }

    @Test func `an envelope's letter goes alone, and one that a handler fails at parks from then on`() async throws {
        try await story { bench in
            try bench.send("a1", of: "a", fate: "fail", level: "none")
            try bench.send("a2", of: "a")
            try bench.takeIn()
            #expect(try bench.trail("a") == "a2")
            #expect(try bench.run(.redrive, [1]).said == ["1 failedAgain"])
            let value = String(decoding: try bench.open()[0].content.value ?? [], as: UTF8.self)
            let outcome = try bench.run(.edit, [1], replacement: value.replacing("\"none\"", with: "\"technical\""))
            #expect(outcome.said == ["1 edited", "1 failedAgain"])
            try bench.send("a3", of: "a")
            try bench.takeIn()
            #expect(try bench.letters() == ["a1 dead 3", "a3 parked 0"])
        }
    }

    @Test func `a row that the table refuses is the failure of its event alone`() async throws {
        try await story { bench in
            try bench.send("a1", of: "a", fate: "fail")
            try bench.send("a2", of: "a")
            try bench.send("a3", of: "a", fate: "break")
            try bench.send("a4", of: "a")
            try bench.takeIn()
            bench.mended.mend("a1")
            for dry in [true, false] {
                let outcome = try bench.run(.redrive, [1], dry: dry)
                #expect(outcome.said == ["1 redriven", "2 redriven", "3 failedAgain"], "dry: \(dry)")
                #expect(outcome.letters.last?.reason == "row-refused")
            }
            #expect(try bench.trail("a") == "a1 a2")
            #expect(try bench.letters() == ["a1 redriven 1", "a2 redriven 0", "a3 dead 1", "a4 parked 0"])
            bench.mended.mend("a3")
            try bench.run(.redrive, [3])
            #expect(try bench.trail("a") == "a1 a2 a3 a4")
        }
    }

    @Test func `a trial run shows rows and messages, and changes nothing`() async throws {
        try await story { bench in
            try bench.send("a0", of: "a")
            try park(2, bench)
            bench.mended.mend("a1")
            let outcome = try bench.run(.redrive, [2], dry: true)
            #expect(outcome.said == ["2 redriven", "3 redriven"] || outcome.said == ["1 redriven", "2 redriven"])
            #expect(
                outcome.rows == [
                    .init(
                        table: "trail", key: ["arcp", "a"], before: ["events": "a0"], after: ["events": "a0 a1 a2"])
                ])
            #expect(outcome.messages.map(\.kind) == ["event", "event"])
            #expect(outcome.messages.allSatisfy { $0.payload.contains("meeting.noted") })
            #expect(outcome.isFinished)
            #expect(try bench.trail("a") == "a0")
            #expect(try bench.letters() == ["a1 dead 1", "a2 parked 0"])
            #expect(try bench.read { try $0.audits(of: nil, limit: 9, after: 0) } == [])
            #expect(try bench.read { try $0.outbox(limit: 9, after: 0) }.count == 1)
            // And then it happens as it was shown.
            try bench.run(.redrive, [1])
            #expect(try bench.trail("a") == "a0 a1 a2")
            let ids = try bench.read { try $0.outbox(limit: 9, after: 0) }.map(\.content.id)
            #expect(Set(outcome.messages.map(\.id)).isSubset(of: Set(ids)))
        }
    }
}
