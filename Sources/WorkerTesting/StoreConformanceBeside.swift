import PluginKit
import ProjectionStore

extension StoreConformance {
    static var appliedCases: [Case] {
        [
            promise("an applied event is found under its fingerprint until it is forgotten") { store in
                let events = (0..<10_000).map { number in
                    AppliedEvent(
                        fingerprint: Fingerprint(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number)),
                        content: Fingerprint(high: .max, low: UInt64(number)), recordTime: Int64(number))
                }
                try store.transaction { try $0.recordApplied(events) }
                for event in [events[0], events[4_999], events[9_999]] {
                    try expect(store.writer.applied(event.fingerprint), event.content, "content")
                }
                try expect(store.writer.applied(Fingerprint(high: 1, low: 1)), nil, "an unknown event")
                try store.reopen()
                for round in 1...4 {
                    let late = AppliedEvent(
                        fingerprint: Fingerprint(high: UInt64(round), low: 7), content: Fingerprint(high: 8, low: 9),
                        recordTime: 9_999)
                    try store.transaction { try $0.recordApplied([late]) }
                    for event in events + [late] {
                        try expect(
                            store.writer.applied(event.fingerprint), event.content, "content after opening again")
                    }
                    try expect(store.writer.applied(Fingerprint(high: 1, low: 1)), nil, "an unknown event then")
                }
                for _ in 0..<8 { try store.transaction { try $0.forgetApplied(before: 5_000) } }
                try expect(store.writer.applied(events[4_999].fingerprint), nil, "an old event")
                try expect(store.writer.applied(events[5_000].fingerprint), events[5_000].content, "a recent event")
            },
            promise("applied events are found among those of many large transactions, and forgotten alike") { store in
                func event(_ number: Int) -> AppliedEvent {
                    AppliedEvent(
                        fingerprint: Fingerprint(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: UInt64(number)),
                        content: Fingerprint(high: 1, low: UInt64(number)), recordTime: Int64(number))
                }
                // Enough of them that a store which keeps them apart has to put some together, one of them twice over.
                let sizes = [4096, 5000, 7] + Array(repeating: 4100, count: 15) + [20_000, 4096, 3]
                var count = 0
                for size in sizes {
                    let batch = (count..<count + size).map(event)
                    try store.transaction { try $0.recordApplied(batch) }
                    count += size
                }
                let lookup = try store.writer.appliedLookup()
                for number in stride(from: 0, to: count, by: 97) + [count - 1] {
                    try expect(store.writer.applied(event(number).fingerprint), event(number).content, "\(number)")
                    try expect(lookup?.applied(event(number).fingerprint), event(number).content, "\(number) beside")
                }
                try expect(store.writer.applied(event(count).fingerprint), nil, "an unknown event")
                // What it has not read yet it has to ask for.
                for _ in 0..<4 {
                    guard let lookup else { break }
                    try lookup.advance(30_000)
                    try expect(lookup.applied(event(count).fingerprint), nil, "an unknown event, beside")
                    try expect(lookup.applied(event(4_200).fingerprint), event(4_200).content, "a known event, beside")
                }
                for _ in 0..<30 { try store.transaction { try $0.forgetApplied(before: 40_000) } }
                for number in [0, 5_000, 39_999] {
                    try expect(store.writer.applied(event(number).fingerprint), nil, "the old event \(number)")
                }
                for number in [40_000, 80_000] {
                    try expect(store.writer.applied(event(number).fingerprint), event(number).content, "\(number)")
                }
            },
        ]
    }

    static var besideCases: [Case] {
        [
            promise("a dead letter keeps the record to the byte") { store in
                let every = Array(UInt8.min...UInt8.max)
                let headers = [
                    RecordHeader(name: "ce_id", value: Array("é".utf8)), RecordHeader(name: "", value: []),
                    RecordHeader(name: "absent", value: nil), RecordHeader(name: "ce_id", value: every),
                ]
                let drafts = [
                    StoreFixture.deadLetter(key: every, value: every, headers: headers),
                    StoreFixture.deadLetter(key: nil, value: nil), StoreFixture.deadLetter(key: [], value: []),
                ]
                try store.transaction { writer in for draft in drafts { try writer.add(draft) } }
                let reader = try store.reader()
                let found = try reader.deadLetters(limit: 10, after: 0)
                try expect(found.map(\.content), drafts, "dead letters")
                try expect(found.map(\.state), [.dead, .dead, .dead], "states")
                let second = found[1]
                try expect(reader.deadLetter(second.number), second, "one by its number")
                try expect(reader.deadLetter(999), nil, "an unknown number")
                try expect(reader.deadLetters(limit: 1, after: second.number), [found[2]], "a page")
            },
            promise("the outbox gives its messages once, in order, until they are settled") { store in
                try store.transaction { try $0.enqueue(["a", "b", "c", "d"].map { StoreFixture.message($0) }) }
                try store.transaction { try $0.enqueue([StoreFixture.message("a", key: "other")]) }
                func pending() throws -> [OutboxMessage] {
                    try store.writer.pendingOutbox(of: [StoreFixture.partition], after: 0, limit: 10)
                }
                let first = try pending()
                try expect(first.map(\.content.id), ["a", "b", "c", "d"], "ids")
                try expect(first[0].content, StoreFixture.message("a"), "what came first under an id")
                try expect(
                    store.writer.pendingOutbox(of: [StoreFixture.partition], after: first[0].number, limit: 2)
                        .map(\.content.id), ["b", "c"], "a page"
                )
                func settle(_ index: Int, _ state: OutboxMessage.State) throws {
                    let number = index < first.count ? first[index].number : 999
                    let result = OutboxResult(number: number, state: state, reason: "why", at: 77)
                    try store.transaction { try $0.settleOutbox([result]) }
                }
                try settle(0, .sent)
                try settle(1, .waiting)
                try settle(2, .held)
                try settle(3, .closed)
                try settle(9, .sent)
                try expect(pending().map(\.content.id), ["b"], "what is still to be sent")
                try settle(0, .pending)
                try settle(2, .pending)
                try expect(pending().map(\.content.id), ["b", "c"], "after a held and a sent one were asked for again")
                let listed = try store.reader().outbox(limit: 10, after: 0)
                try expect(listed.map(\.state), [.sent, .waiting, .pending, .closed], "states")
                try expect(listed.map(\.settled), [77, nil, nil, 77], "when settled")
            },
            promise("counters add up, settings are replaced, silences are listed") { store in
                try store.transaction { try $0.count(["a": 2, "unknown-type:org.example.v1": 1]) }
                try store.transaction { try $0.count(["a": 3]) }
                try store.transaction { try $0.set("x", to: "1") }
                try store.transaction { try $0.set("x", to: "2") }
                let silence = SilenceEntry(
                    rule: "r", source: "s", id: "i", reason: "too-old", recipients: 4, at: 5)
                try store.transaction { try $0.addSilence(silence) }
                let reader = try store.reader()
                try expect(reader.counters(), ["a": 5, "unknown-type:org.example.v1": 1], "counters")
                try expect(store.writer.setting("x"), "2", "a setting")
                try expect(store.writer.setting("y"), nil, "an unknown setting")
                try expect(reader.silences(limit: 5, after: 0), [silence], "silences")
            },
            promise("a timer is replaced, cancelled, and dies with the event that set it") { store in
                func timer(_ name: String, due: Int64?, id: String = "1") -> TimerDraft {
                    TimerDraft(
                        owner: "a", name: name, due: due, payload: "{}", sequence: "s", source: "source", id: id,
                        partition: StoreFixture.partition)
                }
                func due() throws -> [String] {
                    try store.writer.timers(of: StoreFixture.partition, dueBy: 100, limit: 10).map(\.name)
                }
                try store.transaction { writer in
                    for draft in [
                        timer("late", due: 101), timer("b", due: 50), timer("a", due: 60), timer("c", due: 10),
                    ] {
                        try writer.change(draft)
                    }
                    try writer.change(timer("c", due: 70))
                }
                try expect(due(), ["b", "a", "c"], "due, earliest first")
                try store.transaction { try $0.change(timer("a", due: nil)) }
                try expect(due(), ["b", "c"], "after cancelling")
                let back = Retraction(
                    owner: "a", source: "source", id: "1", reason: "error", replacedBy: nil, time: nil)
                try store.transaction { try $0.retract(back) }
                try store.transaction {
                    try $0.change(timer("again", due: 5))
                    try $0.change(timer("other", due: 6, id: "2"))
                }
                try expect(due(), ["other"], "after the retraction")
            },
            promise("erasing a person removes rows, dead letters and messages to it, and the id stays known") { store in
                let person = "person-é"
                try store.write(1, [StoreFixture.thing([.string(person), 1, "ar"], title: "secret")])
                try store.write(1, [StoreFixture.thing(["person-2", 1, "ar"], title: "stays")])
                try store.write(0, [StoreFixture.visit(person, "1", place: "p")])
                try store.transaction { writer in
                    try writer.add(StoreFixture.deadLetter(key: Array(person.utf8), value: [1]))
                    try writer.add(StoreFixture.deadLetter(key: Array("person-2".utf8), value: [1]))
                    try writer.enqueue([
                        StoreFixture.message("m1", recipient: person),
                        StoreFixture.message("m2", recipient: "person-2"),
                        StoreFixture.message("m3", recipient: person),
                    ])
                    let sent = try writer.pendingOutbox(of: [StoreFixture.partition], after: 0, limit: 1)
                    try writer.settleOutbox(
                        sent.map { OutboxResult(number: $0.number, state: .sent, reason: "", at: 1) })
                }
                try store.transaction { try $0.erase(owner: person, at: 99) }
                try store.transaction { try $0.erase(owner: person, at: 100) }
                try expect(store.rows(1).map { $0[0] }, ["person-2"], "rows")
                try expect(store.rows(0), [], "facts")
                let reader = try store.reader()
                try expect(
                    reader.deadLetters(limit: 9, after: 0).map(\.content.key), [Array("person-2".utf8)], "dead letters")
                let messages = try reader.outbox(limit: 9, after: 0)
                try expect(messages.map(\.state), [.sent, .pending, .closed], "messages")
                try expect(messages.last?.reason, "recipient-erased", "reason")
                try expect(store.writer.isErased(owner: person), "the writer forgot")
                try expect(reader.isErased(owner: person), "the reader does not know")
                try expect(!reader.isErased(owner: "person-2"), "somebody else counts as erased")
            },
        ]
    }
}
