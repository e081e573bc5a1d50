import PluginKit
import ProjectionStore
import Testing
import WorkerTesting

@testable import WorkerRuntime

/// A handler fails at an event. What comes later in its sequence waits behind it, in order; everything else goes on.
@Suite struct ParkingTests {
    private func story(
        _ limits: Parking.Limits = Parking.Limits(), isOwn: Bool = true,
        _ body: @escaping @Sendable (ParkingBench) throws -> Void
    ) async throws {
        try await onOwnThread {
            let bench = try ParkingBench(limits, isOwn: isOwn)
            defer { bench.close() }
            try body(bench)
        }
    }

    @Test func `later events of a failed sequence wait in order, and all others go on`() async throws {
        try await story { bench in
            try bench.send("a1", of: "a")
            try bench.send("a2", of: "a", fate: "fail")
            try bench.send("b1", of: "b")
            try bench.send("a3", of: "a")
            try bench.send("a4", of: "a", key: "other")
            try bench.send("a5", of: "a", key: "arcp", partition: 1)
            try bench.takeIn()
            try bench.send("a6", of: "a")
            try bench.send("b2", of: "b")
            try bench.takeIn()
            #expect(try bench.letters() == ["a2 dead 1", "a3 parked 0", "a6 parked 0"])
            #expect(try bench.trail("b") == "b1 b2")
            #expect(bench.next == [7, 1])
            // The same meeting under another key, and of another partition, is another sequence.
            let open = try bench.open()
            #expect(open.map(\.content.sequence) == ["a", "a", "a"])
            #expect(open.map(\.content.offset) == [1, 3, 5])
            #expect(try bench.read { try $0.parkedCount(owner: "arcp") } == 3)
        }
    }

    @Test func `what was parked is known again after a crash`() async throws {
        try await story { bench in
            try bench.send("a1", of: "a", fate: "fail")
            try bench.takeIn()
            try bench.restart()
            try bench.send("a2", of: "a")
            try bench.takeIn()
            #expect(try bench.letters() == ["a1 dead 1", "a2 parked 0"])
            #expect(try bench.trail("a") == nil)
        }
    }

    @Test func `a transaction that fails parks nothing, and parks it once when it is run again`() async throws {
        try await story { bench in
            try bench.send("a1", of: "a", fate: "fail")
            try bench.send("a2", of: "a")
            let fetched = try bench.fetch()
            for batch in fetched { try bench.engine.gather(batch) }
            bench.engine.drop()
            try bench.engine.commit(fetched)
            #expect(try bench.letters() == ["a1 dead 1", "a2 parked 0"])
            #expect(
                bench.engine.parking.count(
                    try bench.open()[0].content.sequenceID ?? .init(high: 0, low: 0),
                    in: ParkingBench.partitions[0]) == 2)
        }
    }

    @Test func `a repeat of the failed event parks behind it, and is known as a repeat at the redrive`() async throws {
        try await story { bench in
            for _ in 0..<2 { try bench.send("a1", of: "a", fate: "fail") }
            try bench.send("a2", of: "a")
            try bench.takeIn()
            #expect(try bench.letters() == ["a1 dead 1", "a1 parked 0", "a2 parked 0"])
            bench.mended.mend("a1")
            try bench.run(.redrive, [1])
            #expect(try bench.trail("a") == "a1 a2")
            #expect(try bench.counter(StoreCounter.duplicates) == 1)
        }
    }

    @Test func `an event without a key parks nothing`() async throws {
        try await story(isOwn: false) { bench in
            try bench.send("x1", of: "x", fate: "fail", key: nil)
            try bench.send("x2", of: "x", key: nil)
            try bench.send("x3", of: "x", fate: "fail", key: nil)
            try bench.takeIn()
            #expect(try bench.letters() == ["x1 dead 1", "x3 dead 1"])
            bench.mended.mend("x3")
            let outcome = try bench.run(.redrive, [2, 1])
            #expect(outcome.said == ["1 failedAgain", "2 redriven"])
            #expect(try bench.letters() == ["x1 dead 2", "x3 redriven 1"])
        }
    }

    @Test func `what the envelope decides parks nothing`() async throws {
        try await story { bench in
            try bench.send(value: "no json", key: "arcp")
            try bench.send("a1", of: "a", level: "none")
            try bench.send("a2", of: "a")
            try bench.send("a2", of: "a", level: "ministerial")
            try bench.send("a3", of: "a")
            try bench.takeIn()
            #expect(try bench.trail("a") == "a2 a3")
            #expect(try bench.open().allSatisfy { $0.content.isEnvelope && $0.content.sequence == nil })
            #expect(try bench.open().map(\.content.reason) == ["not-json", "schema-violation", "id-reused"])
            #expect(try bench.read { try $0.parkedCount(owner: nil) } == 0)
        }
    }

    @Test func `an erased person's letters are gone, and what comes later is handled`() async throws {
        try await story { bench in
            func person(_ id: String) -> String {
                """
                {"specversion":"1.0","id":"\(id)","source":"urn:diwan:synthetic","type":"org.iscm.person.described.v1",\
                "subject":"p","partitionkey":"p","time":"2026-01-31T09:00:00Z","datacontenttype":"application/json",\
                "fate":"fail","data":{"name_ar":"س","name_en":"Nobody","languages":["ar"],"synthetic":true}}
                """
            }
            try bench.send(value: person("p1"), key: "p", topic: "people")
            try bench.send(value: person("p2"), key: "p", topic: "people")
            try bench.takeIn()
            #expect(try bench.letters() == ["p1 dead 1", "p2 parked 0"])
            try bench.send(value: nil, key: "p", topic: "people")
            try bench.send(value: person("p3"), key: "p", topic: "people")
            try bench.takeIn()
            #expect(try bench.letters() == [])
            #expect(try bench.counter(StoreCounter.erased) == 1)
            try bench.engine.readParked()
            #expect(!bench.engine.parking.isActive)
        }
    }

    // MARK: Limits

    @Test func `a sequence at its limit pauses its partition before the next event, and nothing else`() async throws {
        try await story(Parking.Limits(perSequence: 3, inAll: 100)) { bench in
            try bench.send("a1", of: "a", fate: "fail")
            for number in 2...5 { try bench.send("a\(number)", of: "a") }
            try bench.send("b1", of: "b")
            try bench.send("c1", of: "c", partition: 1)
            let fetched = try bench.takeIn()
            #expect(try bench.letters() == ["a1 dead 1", "a2 parked 0", "a3 parked 0"])
            #expect(bench.next == [3, 1])
            #expect(try bench.trail("b") == nil)
            #expect(try bench.trail("c") == "c1")
            let paused = bench.engine.parking.paused
            #expect(paused.keys.map(\.self) == [ParkingBench.partitions[0]])
            let reason = paused.values.first?.reason ?? ""
            #expect(reason.hasPrefix("parked-limit: events[0] is not read beyond offset 3"))
            #expect(reason.contains("behind dead letter 1") && reason.contains("limits.parked-per-sequence"))
            #expect(bench.engine.parking.takePauseChange())
            // However often its records come, they are left alone.
            try bench.engine.commit(fetched)
            #expect(bench.next == [3, 1])
            bench.engine.parking.resumeWhereRoom()
            #expect(!bench.engine.parking.takePauseChange())
            // A redrive makes room.
            bench.mended.mend("a1")
            try bench.run(.redrive, [1])
            bench.engine.parking.resumeWhereRoom()
            #expect(bench.engine.parking.takePauseChange())
            try bench.engine.commit(fetched)
            #expect(try bench.trail("a") == "a1 a2 a3 a4 a5")
            #expect(try bench.trail("b") == "b1")
            #expect(bench.next == [6, 1])
        }
    }

    @Test func `the limit of all counts failed events too, so that a broken handler fills no disk`() async throws {
        try await story(Parking.Limits(perSequence: 100, inAll: 2)) { bench in
            for number in 1...4 { try bench.send("m\(number)", of: "m\(number)", fate: "fail") }
            let fetched = try bench.takeIn()
            #expect(try bench.letters() == ["m1 dead 1", "m2 dead 1"])
            #expect(bench.next == [2, 0])
            #expect(bench.engine.parking.paused.values.first?.reason.contains("which is limits.parked.") == true)
            try bench.run(.discard, [1])
            bench.engine.parking.resumeWhereRoom()
            try bench.engine.commit(fetched)
            #expect(try bench.letters() == ["m1 discarded 1", "m2 dead 1", "m3 dead 1"])
            #expect(bench.next == [3, 0])
        }
    }

    @Test func `a pause that was found in a transaction which failed is found again`() async throws {
        try await story(Parking.Limits(perSequence: 1, inAll: 100)) { bench in
            try bench.send("a1", of: "a", fate: "fail")
            try bench.send("a2", of: "a")
            let fetched = try bench.fetch()
            for batch in fetched { try bench.engine.gather(batch) }
            bench.engine.drop()
            #expect(!bench.engine.parking.isPaused(ParkingBench.partitions[0]))
            try bench.engine.commit(fetched)
            #expect(bench.engine.parking.isPaused(ParkingBench.partitions[0]))
            #expect(bench.next == [1, 0])
        }
    }
}
