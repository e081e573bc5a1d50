import ProjectionStore

extension StoreConformance {
    static var timerCases: [Case] { pendingTimerCases + parkedTimerCases + firingCases }

    private static func timer(
        _ name: String, due: Int64?, id: String = "1", owner: String = "a", partition: Int32 = 3
    ) -> TimerDraft {
        TimerDraft(
            owner: owner, name: name, due: due, payload: "{\"n\":\"\(name)\"}", sequence: "s", source: "source", id: id,
            type: "org.example.v1", hops: 2, silence: due == 10 ? "backfill" : nil,
            partition: PartitionKey(topic: StoreFixture.partition.topic, partition: partition))
    }

    private static let back = Retraction(
        owner: "a", source: "source", id: "1", reason: "error", replacedBy: nil, time: nil)

    private static var pendingTimerCases: [Case] {
        [
            promise("a timer comes back as it was set, in the order of due time, owner and name") { store in
                let timers = [
                    timer("b", due: 10), timer("a", due: 20, owner: "b"), timer("x", due: 20, owner: "a"),
                    timer("z", due: 20, owner: "a"), timer("far", due: 90),
                ]
                try store.transaction { writer in
                    for timer in timers.reversed() { try writer.change(timer) }
                    try writer.change(timer("elsewhere", due: 1, owner: "c", partition: 4))
                }
                let writer = store.writer
                let wanted = [timers[0], timers[2], timers[3], timers[1]]
                try expect(writer.timers(of: StoreFixture.partition, dueBy: 20, limit: 9), wanted, "due by 20")
                try expect(writer.timers(of: StoreFixture.partition, dueBy: 20, limit: 2), Array(wanted[..<2]), "two")
                try expect(writer.timers(of: StoreFixture.partition, dueBy: 9, limit: 9), [], "due by 9")
                try expect(
                    writer.timers(of: StoreFixture.partition, dueBy: 20, after: wanted[1], limit: 9),
                    Array(wanted[2...]), "behind the second")
                try expect(writer.nextDue(of: StoreFixture.partition, after: wanted[0]), 20, "next behind the first")
                try expect(writer.nextDue(of: StoreFixture.partition, after: timers[4]), nil, "next behind the last")
                try expect(writer.timer(owner: "b", name: "a"), timers[1], "by owner and name")
                try expect(writer.timer(owner: "b", name: "b"), nil, "an unknown one")
                let reader = try store.reader()
                let all = [timer("elsewhere", due: 1, owner: "c", partition: 4)] + wanted + [timers[4]]
                try expect(reader.timers(limit: 99, after: nil), all, "all")
                try expect(reader.timers(limit: 2, after: all[2]), Array(all[3..<5]), "a page")
            },
            promise("the next due time is that of the earliest timer of the partition") { store in
                func next() throws -> Int64? { try store.writer.nextDue(of: StoreFixture.partition) }
                try expect(next(), nil, "with none")
                try store.transaction { writer in
                    try writer.change(timer("late", due: 50))
                    try writer.change(timer("early", due: 40))
                    try writer.change(timer("elsewhere", due: 1, partition: 4))
                }
                try expect(next(), 40, "of two")
                try store.transaction { try $0.change(timer("early", due: 60)) }
                try expect(next(), 50, "after the earlier one moved")
                try store.transaction { try $0.change(timer("late", due: nil)) }
                try expect(next(), 60, "after one was cancelled")
            },
            promise("a timer is removed only as it was set") { store in
                try store.transaction { try $0.change(timer("t", due: 50)) }
                try store.transaction { writer in
                    for other in [timer("t", due: 51), timer("t", due: 50, id: "2"), timer("t", due: 50, owner: "b")] {
                        try expect(!writer.remove(other), "another one was removed")
                        try expect(!writer.park(other), "another one was parked")
                    }
                    try expect(writer.remove(timer("t", due: 50)), "the one that was set stayed")
                    try expect(!writer.remove(timer("t", due: 50)), "it was removed twice")
                }
            },
            promise("what an event that was taken back says of timers is ignored, cancelling too") { store in
                try store.transaction { try $0.change(timer("t", due: 50, id: "2")) }
                try store.transaction { try $0.retract(back) }
                try store.transaction { try $0.change(timer("t", due: nil, id: "1")) }
                try store.transaction { try $0.change(timer("t", due: 70, id: "1")) }
                try expect(store.writer.timer(owner: "a", name: "t"), timer("t", due: 50, id: "2"), "the timer")
            },
        ]
    }

    private static var parkedTimerCases: [Case] {
        [
            promise("a parked timer does not fire, and setting it anew frees it") { store in
                try store.transaction { writer in
                    try writer.change(timer("parked", due: 50))
                    try writer.change(timer("other", due: 60))
                    try expect(writer.park(timer("parked", due: 50)), "it was not parked")
                }
                let writer = store.writer
                func due() throws -> [String] {
                    try writer.timers(of: StoreFixture.partition, dueBy: 100, limit: 9).map(\.name)
                }
                try expect(due(), ["other"], "due")
                try expect(writer.nextDue(of: StoreFixture.partition), 60, "next due")
                try expect(writer.timer(owner: "a", name: "parked")?.isParked, true, "whether it is parked")
                try expect(store.reader().timers(limit: 9, after: nil).map(\.isParked), [true, false], "listed")
                try store.transaction { try $0.change(timer("parked", due: 70)) }
                try expect(due(), ["other", "parked"], "due after it was set anew")
                try expect(writer.timer(owner: "a", name: "parked"), timer("parked", due: 70), "the timer")
            },
            promise("a parked timer is cancelled, taken back and erased as any other") { store in
                func left() throws -> [String] { try store.reader().timers(limit: 9, after: nil).map(\.name) }
                try store.transaction { writer in
                    for draft in [
                        timer("cancelled", due: 1, id: "2"), timer("back", due: 2), timer("erased", due: 3, owner: "b"),
                    ] {
                        try writer.change(draft)
                        try expect(writer.park(draft), "it was not parked")
                    }
                }
                try store.transaction { try $0.change(timer("cancelled", due: nil, id: "3")) }
                try expect(left(), ["back", "erased"], "after cancelling")
                try store.transaction { try $0.retract(back) }
                try expect(left(), ["erased"], "after the retraction")
                try store.transaction { try $0.erase(owner: "b", at: 9) }
                try expect(left(), [], "after erasing")
            },
        ]
    }

    private static func firing(
        _ name: String, after offset: Int64, _ outcome: Firing.Outcome = .fired, owner: String = "a",
        partition: Int32 = 3
    ) -> Firing {
        Firing(timer(name, due: 50, owner: owner, partition: partition), afterOffset: offset, at: 99, outcome: outcome)
    }

    private static var firingCases: [Case] {
        [
            promise("the log of firings keeps every outcome in order") { store in
                let entries = Firing.Outcome.allCases.enumerated().map {
                    firing($1.rawValue, after: Int64(9 - $0), $1)
                }
                try store.transaction { writer in for entry in entries { try writer.log(entry) } }
                let reader = try store.reader()
                let logged = try reader.firings(limit: 99, after: 0)
                try expect(logged.map(\.content), entries, "entries")
                try expect(logged.map(\.number), logged.map(\.number).sorted(), "numbers")
                try expect(reader.firings(limit: 2, after: logged[1].number), Array(logged[2..<4]), "a page")
            },
            promise("a rebuild finds where the timers of a partition had their turn, in that order") { store in
                try store.transaction { writer in
                    try writer.log(firing("c", after: 7))
                    try writer.log(firing("parked", after: 1, .parked))
                    try writer.log(firing("first", after: -1))
                    try writer.log(firing("b", after: 5, .passed))
                    try writer.log(firing("d", after: 7))
                    try writer.log(firing("failed", after: 1, .failed))
                    try writer.log(firing("never", after: 2, .discarded))
                    try writer.log(firing("elsewhere", after: 1, partition: 4))
                }
                let reader = try store.reader()
                func page(_ limit: Int, _ after: FiringPlace) throws -> [LoggedFiring] {
                    try reader.turns(of: StoreFixture.partition, after: after, limit: limit)
                }
                let all = try page(99, .before(-1))
                try expect(all.map(\.content.name), ["first", "parked", "failed", "b", "c", "d"], "all")
                try expect(page(2, .before(-1)), Array(all[..<2]), "the first page")
                try expect(page(2, all[1].place), Array(all[2..<4]), "the second page")
                try expect(page(9, all[4].place), [all[5]], "between two after one offset")
                try expect(page(9, .before(5)), Array(all[3...]), "from an offset on")
            },
            promise("a rebuild finds what became of one timer") { store in
                try store.transaction { writer in
                    try writer.change(timer("waits", due: 50))
                    try writer.log(firing("t", after: 8, .fired))
                    try writer.log(firing("t", after: 3, .parked))
                    try writer.log(firing("never", after: 8, .discarded))
                }
                let reader = try store.reader()
                try expect(reader.effectiveFiring(of: timer("t", due: 50))?.content.afterOffset, 8, "its firing")
                try expect(reader.effectiveFiring(of: timer("t", due: 51)), nil, "another due time")
                try expect(reader.effectiveFiring(of: timer("t", due: 50, id: "2")), nil, "another event")
                try expect(reader.effectiveFiring(of: timer("never", due: 50)), nil, "a discarded one")
                func turn(_ wanted: TimerDraft, from offset: Int64) throws -> Int64? {
                    try reader.turn(of: wanted, from: offset)?.content.afterOffset
                }
                try expect(turn(timer("t", due: 50), from: 3), 3, "its first turn")
                try expect(turn(timer("t", due: 50), from: 4), 8, "the turn after that")
                try expect(turn(timer("t", due: 50), from: 9), nil, "no turn")
                try expect(turn(timer("t", due: 50, id: "2"), from: 0), nil, "the turn of another event's")
                try expect(turn(timer("never", due: 50), from: 0), nil, "the turn of a discarded one")
                try expect(reader.timer(owner: "a", name: "waits"), timer("waits", due: 50), "one that waits")
                try expect(reader.timer(owner: "a", name: "t"), nil, "one that has fired")
            },
            promise("erasing an owner removes its firings") { store in
                try store.transaction { writer in
                    try writer.log(firing("secret", after: 3, owner: "person-1"))
                    try writer.log(firing("stays", after: 3, owner: "person-2"))
                }
                try store.transaction { try $0.erase(owner: "person-1", at: 9) }
                try expect(store.reader().firings(limit: 9, after: 0).map(\.content.name), ["stays"], "the log")
            },
        ]
    }
}
