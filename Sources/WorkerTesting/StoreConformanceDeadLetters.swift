import ProjectionStore

extension StoreConformance {
    private static let sequence = Fingerprint(high: 1, low: 2)
    private static let other = Fingerprint(high: 1, low: 3)

    private static func letter(
        _ id: String, of sequence: Fingerprint?, parked: Bool = false, key: String = "k", reason: String = "not-ours",
        offset: Int64 = 7, recorded: Int64 = 100, partition: PartitionKey = StoreFixture.partition
    ) -> DeadLetterDraft {
        var draft = DeadLetterDraft(
            partition: partition, offset: offset, timestamp: 5, key: Array(key.utf8), headers: [],
            value: Array(id.utf8), reason: parked ? "parked" : reason, detail: "d", isEnvelope: sequence == nil,
            type: "org.example.v1", source: "source", id: id, sequence: sequence == nil ? nil : "s",
            recorded: recorded, sequenceID: sequence)
        draft.isParked = parked
        return draft
    }

    /// A sequence of four, its first dead and the others parked; another of one; and one letter that parks nothing.
    private static func fill(_ store: StoreFixture) throws {
        try store.transaction { writer in
            try writer.add(letter("a", of: sequence))
            try writer.add(letter("x", of: other, key: "other", reason: "broken", recorded: 200))
            for id in ["b", "c", "d"] { try writer.add(letter(id, of: sequence, parked: true)) }
            try writer.add(letter("envelope", of: nil, reason: "not-json"))
        }
    }

    private static func entries(_ store: StoreFixture, _ id: Fingerprint = sequence) throws -> [DeadLetter] {
        try store.writer.openEntries(of: id, in: StoreFixture.partition, after: 0, limit: 100)
    }

    private static func ids(_ letters: [DeadLetter]) -> [String?] { letters.map(\.content.id) }

    static var deadLetterCases: [Case] {
        [
            promise("a sequence's open entries are given in order, and counted") { store in
                try fill(store)
                let found = try entries(store)
                try expect(ids(found), ["a", "b", "c", "d"], "entries")
                try expect(found.map(\.state), [.dead, .parked, .parked, .parked], "states")
                try expect(found.map(\.attempts), [1, 0, 0, 0], "attempts")
                try expect(found.map(\.tried), [100, nil, nil, nil], "when they were tried")
                let rest = try store.writer.openEntries(
                    of: sequence, in: StoreFixture.partition, after: found[1].number, limit: 1)
                try expect(ids(rest), ["c"], "the next one")
                let elsewhere = PartitionKey(topic: "iscm.events", partition: 4)
                try expect(
                    store.writer.openEntries(of: sequence, in: elsewhere, after: 0, limit: 9), [], "another partition")
                let parked = try store.writer.parkedSequences(of: StoreFixture.partition).sorted { $0.count > $1.count }
                try expect(parked.map(\.count), [4, 1], "counts")
                try expect(parked.map(\.id), [sequence, other], "sequences")
                try expect(parked.map(\.head), [found[0].number, found[0].number + 1], "heads")
                try expect(parked.map(\.isReleased), [false, false], "released")
                try expect(store.writer.parkedSequences(of: elsewhere), [], "of another partition")
                let reader = try store.reader()
                try expect(reader.parkedSequences(limit: 1), [parked[0]], "the longest")
                try expect(reader.deadLetterCounts(), [.dead: 3, .parked: 3], "counts by state")
                try expect(store.writer.deadLetter(found[2].number), found[2], "one by its number")
                try expect(reader.deadLetter(found[2].number), found[2], "the same, read")
            },
            promise("an entry that is settled leaves its sequence, and stays settled") { store in
                try fill(store)
                let numbers = try entries(store).map(\.number)
                try store.transaction { writer in
                    try writer.settle(numbers[0], as: .redriven, at: 300)
                    try writer.settle(numbers[1], as: .discarded, at: 301)
                    try writer.settle(numbers[0], as: .discarded, at: 302)
                    try writer.fail(
                        numbers[1], DeadLetterFailure(reason: "late", detail: "", isEnvelope: false), at: 303)
                    try writer.settle(999, as: .redriven, at: 304)
                }
                try expect(ids(entries(store)), ["c", "d"], "what is open")
                let left = try store.writer.parkedSequences(of: StoreFixture.partition)
                try expect(left.filter(\.isReleased).map(\.id), [sequence], "what nothing stands before")
                let reader = try store.reader()
                let first = try reader.deadLetter(numbers[0])
                try expect(first?.state, .redriven, "state")
                try expect(first?.settled, 300, "when")
                let second = try reader.deadLetter(numbers[1])
                try expect(second?.state, .discarded, "the other's state")
                try expect(second?.content.reason, "parked", "the other's reason")
                try expect(
                    reader.deadLetterCounts(), [.dead: 2, .parked: 2, .redriven: 1, .discarded: 1], "counts by state")
            },
            promise("an entry that fails again counts its attempts and says the new reason") { store in
                try fill(store)
                let numbers = try entries(store).map(\.number)
                let failure = DeadLetterFailure(reason: "worse", detail: "more", isEnvelope: false)
                try store.transaction { writer in
                    try writer.fail(numbers[0], failure, at: 400)
                    try writer.fail(numbers[0], failure, at: 401)
                    try writer.fail(numbers[1], failure, at: 402)
                }
                let found = try entries(store)
                try expect(found.map(\.attempts), [3, 1, 0, 0], "attempts")
                try expect(found.map(\.state), [.dead, .dead, .parked, .parked], "states")
                try expect(found[0].tried, 401, "when")
                try expect(found[0].content.reason, "worse", "reason")
                try expect(found[0].content.detail, "more", "detail")
                try expect(found[0].content.id, "a", "what was read before stays")
                // What was no event becomes one that a handler refuses: from then on it parks its sequence.
                let envelope = try store.reader().deadLetters(limit: 9, after: numbers[3])[0]
                try store.transaction { writer in
                    try writer.fail(
                        envelope.number,
                        DeadLetterFailure(
                            reason: "refused", detail: "", isEnvelope: false, type: "t", source: "s", id: "i",
                            sequence: "s", sequenceID: other), at: 403)
                }
                try expect(ids(entries(store, other)), ["x", "i"], "the other sequence")
                try expect(entries(store, other)[1].content.isEnvelope, false, "whose fault")
                // And the other way round: it parks nothing any more.
                let envelopes = DeadLetterFailure(reason: "id-reused", detail: "", isEnvelope: true)
                try store.transaction { try $0.fail(numbers[2], envelopes, at: 404) }
                try expect(ids(entries(store)), ["a", "b", "d"], "what is left of the sequence")
                try expect(store.reader().deadLetter(numbers[2])?.content.sequenceID, nil, "its sequence")
            },
            promise("an entry can be parked in a sequence, and its value be replaced") { store in
                try fill(store)
                let number = try store.reader().deadLetters(limit: 9, after: 5)[0].number
                let original = Fingerprint(high: 8, low: 9)
                try store.transaction { writer in
                    try writer.park(number, in: "s", sequence)
                    try writer.replaceValue(of: number, by: [9, 9], original: original)
                    try writer.replaceValue(of: number, by: [7], original: Fingerprint(high: 0, low: 1))
                }
                let last = try entries(store)[4]
                try expect(last.number, number, "the last of the sequence")
                try expect(last.state, .parked, "state")
                try expect(last.content.value, [7], "value")
                func wasEdited(_ id: String = "envelope", from content: Fingerprint) throws -> Bool {
                    try store.writer.wasEdited(source: "source", id: id, from: content)
                }
                try expect(!wasEdited(from: original), "it was not applied yet")
                try store.transaction { try $0.settle(number, as: .redriven, at: 1) }
                try expect(wasEdited(from: original), "its first content is forgotten")
                try expect(!wasEdited(from: Fingerprint(high: 0, low: 1)), "a later content counts")
                try expect(!wasEdited("a", from: original), "another event counts")
            },
            promise("dead letters are found by what is asked of them") { store in
                try fill(store)
                let elsewhere = PartitionKey(topic: "iscm.people", partition: 0)
                try store.transaction { try $0.add(letter("p", of: sequence, key: "p", partition: elsewhere)) }
                let numbers = try entries(store).map(\.number)
                try store.transaction { try $0.settle(numbers[1], as: .discarded, at: 5) }
                let reader = try store.reader()
                func found(_ change: (inout DeadLetterFilter) -> Void) throws -> [String?] {
                    var filter = DeadLetterFilter()
                    change(&filter)
                    return ids(try reader.deadLetters(filter, limit: 20, after: 0))
                }
                try expect(found { _ in }, ["a", "x", "b", "c", "d", "envelope", "p"], "all")
                try expect(found { $0.states = [.parked] }, ["c", "d"], "parked")
                try expect(found { $0 = .open }, ["a", "x", "c", "d", "envelope", "p"], "open")
                try expect(found { $0.states = [.discarded, .redriven] }, ["b"], "settled")
                try expect(found { $0.states = [] }, [], "of no state")
                try expect(found { $0.reason = "broken" }, ["x"], "by reason")
                try expect(found { $0.key = Array("other".utf8) }, ["x"], "by key")
                try expect(found { $0.id = "c" }, ["c"], "by id")
                try expect(
                    found {
                        $0.id = "c"
                        $0.source = "nobody"
                    }, [], "by id and another source")
                try expect(found { $0.topic = "iscm.people" }, ["p"], "by topic")
                try expect(found { $0.partition = 3 }, ["a", "x", "b", "c", "d", "envelope"], "by partition")
                try expect(found { $0.sequenceID = other }, ["x"], "by sequence")
                try expect(found { $0.from = 200 }, ["x"], "from a time on")
                try expect(found { $0.before = 200 }, ["a", "b", "c", "d", "envelope", "p"], "before a time")
                let page = try reader.deadLetters(.open, limit: 2, after: numbers[0])
                try expect(ids(page), ["x", "c"], "a page")
            },
            promise("what waits is counted for an owner, envelopes and timers apart") { store in
                try fill(store)
                var timer = letter("t", of: sequence, parked: true)
                timer.kind = .timer
                try store.transaction { try $0.add(timer) }
                let reader = try store.reader()
                try expect(reader.parkedCount(owner: nil), 5, "all")
                try expect(reader.parkedCount(owner: "k"), 4, "of one")
                try expect(reader.parkedCount(owner: "nobody"), 0, "of nobody")
                let last = try entries(store)[4]
                try expect(last.content.kind, .timer, "kind")
            },
            promise("the audit is kept, also when a person is erased, but then without words") { store in
                try fill(store)
                let numbers = try entries(store).map(\.number)
                let entry = AuditEntry(
                    at: 50, actor: "operator", action: "edit", reason: "wrong name", detail: "sha256",
                    letter: numbers[0])
                try store.transaction { writer in
                    try writer.audit(entry)
                    try writer.audit(
                        AuditEntry(at: 51, actor: "operator", action: "discard", reason: "r", detail: "", letter: 2))
                    try writer.audit(AuditEntry(at: 52, actor: "operator", action: "rebuild", reason: "", detail: "x"))
                }
                let reader = try store.reader()
                let all = try reader.audits(of: nil, limit: 9, after: 0)
                try expect(all.map(\.at), [50, 51, 52], "all")
                try expect(all.map(\.letter), [numbers[0], 2, nil], "letters")
                try expect(reader.audits(of: nil, limit: 1, after: all[0].number).map(\.at), [51], "a page")
                let found = try reader.audits(of: numbers[0], limit: 9, after: 0)
                try expect(found.map(\.detail), ["sha256"], "of one letter")
                try expect(found.map(\.reason), ["wrong name"], "why")
                try store.transaction { try $0.erase(owner: "k", at: 60) }
                try expect(entries(store), [], "entries")
                try expect(ids(reader.deadLetters(limit: 9, after: 0)), ["x"], "what is left")
                let after = try reader.audits(of: nil, limit: 9, after: 0)
                try expect(after.map(\.at), [50, 51, 52], "the audit afterwards")
                try expect(after.map(\.actor), ["operator", "operator", "operator"], "who")
                try expect(after.map(\.reason), ["", "r", ""], "why, afterwards")
                try expect(after.map(\.detail), ["erased", "", "x"], "what, afterwards")
            },
            promise("a sequence of a hundred thousand is read on from anywhere at once") { store in
                let count = 100_000
                try store.transaction { writer in
                    try writer.add(letter("head", of: sequence))
                    for number in 1..<count { try writer.add(letter(String(number), of: sequence, parked: true)) }
                }
                let first = try entries(store)[0].number
                let late = try store.writer.openEntries(
                    of: sequence, in: StoreFixture.partition, after: first + Int64(count) - 3, limit: 10)
                try expect(ids(late), ["99998", "99999"], "the last ones")
                try expect(store.writer.parkedSequences(of: StoreFixture.partition).map(\.count), [count], "counted")
                try store.transaction { writer in
                    for number in first..<first + 500 { try writer.settle(number, as: .redriven, at: 1) }
                }
                try expect(entries(store).first?.number, first + 500, "the head then")
                try expect(try store.reader().parkedCount(owner: "k"), count - 500, "what waits")
            },
        ]
    }
}
