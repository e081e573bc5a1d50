import PluginKit
import ProjectionStore

extension StoreConformance {
    static var transactionCases: [Case] {
        [
            promise("a store keeps the identity it was given when it was made") { store in
                let first = store.writer.identity
                try expect(!first.isEmpty, "no identity")
                try store.reopen()
                try expect(store.writer.identity, first, "identity after opening again")
                try expect(store.reader().identity, first, "identity that a reader sees")
            },
            promise("everything of a transaction becomes visible at its commit, and nothing before") { store in
                let reader = try store.reader()
                try store.writer.begin()
                try writeOneOfEach(store.writer)
                try expect(reader.partitions().isEmpty, "a partition is visible before the commit")
                try expect(reader.deadLetters(limit: 9, after: 0).isEmpty, "a dead letter is visible before the commit")
                try store.writer.commit()
                try expect(reader.partitions().count, 1, "partitions")
                try expect(reader.deadLetters(limit: 9, after: 0).count, 1, "dead letters")
                try expect(reader.outbox(limit: 9, after: 0).count, 1, "messages")
                try expect(reader.silences(limit: 9, after: 0).count, 1, "silences")
                try expect(reader.counters(), ["duplicates": 1], "counters")
            },
            promise("a rollback leaves nothing") { store in
                try store.writer.begin()
                try writeOneOfEach(store.writer)
                store.writer.rollback()
                store.writer.rollback()
                let reader = try store.reader()
                try expect(reader.partitions(), [], "partitions")
                try expect(reader.deadLetters(limit: 9, after: 0), [], "dead letters")
                try expect(reader.outbox(limit: 9, after: 0), [], "messages")
                try expect(reader.silences(limit: 9, after: 0), [], "silences")
                try expect(reader.counters(), [:], "counters")
                try expect(store.rows(1).isEmpty, "a row")
                try expect(store.writer.setting("a"), nil, "a setting")
                try expect(store.writer.isErased(owner: "gone"), false, "an erasure")
                try expect(store.writer.applied(Fingerprint(high: 1, low: 2)), nil, "an applied event")
            },
            promise("a change outside a transaction is refused") { store in
                try expect(.retry, "a setting") { try store.writer.set("a", to: "b") }
                try expect(.retry, "a row") {
                    try StoreFixture.apply(1, [StoreFixture.thing(["a", 1, "en"], title: "t")], to: store.writer)
                }
                try expect(.retry, "a commit") { try store.writer.commit() }
            },
            promise("a transaction in which something failed does not commit") { store in
                try store.writer.begin()
                try store.writer.set("a", to: "b")
                try expect(.constraint, "a required column without a value") {
                    try StoreFixture.apply(1, [StoreFixture.thing(["a", 1, "en"], title: nil)], to: store.writer)
                }
                try expect(.constraint, "the commit") { try store.writer.commit() }
                try expect(store.writer.setting("a"), nil, "what came before the failure")
                try store.transaction { try $0.set("a", to: "c") }
                try expect(store.writer.setting("a"), "c", "the transaction after it")
            },
        ]
    }

    private static func writeOneOfEach(_ writer: any StoreWriter) throws {
        try expect(writer.claim(StoreFixture.state(), replacing: nil), "the claim was refused")
        try StoreFixture.apply(1, [StoreFixture.thing(["a", 1, "en"], title: "t")], to: writer)
        try writer.add(StoreFixture.deadLetter(key: [1], value: [2]))
        try writer.enqueue([StoreFixture.message("m")])
        try writer.addSilence(
            SilenceEntry(rule: "r", source: "s", id: "i", reason: "backfill", recipients: 3, at: 9))
        try writer.count(["duplicates": 1])
        try writer.set("a", to: "b")
        try writer.erase(owner: "gone", at: 1)
        try writer.recordApplied([
            AppliedEvent(
                fingerprint: Fingerprint(high: 1, low: 2), content: Fingerprint(high: 3, low: 4), recordTime: 5)
        ])
    }

    static var partitionCases: [Case] {
        [
            promise("a partition is claimed once, and then only from the epoch that holds it") { store in
                let key = StoreFixture.partition
                try store.transaction { writer in
                    try expect(writer.claim(StoreFixture.state(next: 5, activation: 40), replacing: nil), "first claim")
                    try expect(!writer.claim(StoreFixture.state(next: 9), replacing: nil), "a second first claim")
                    try expect(!writer.claim(StoreFixture.state(epoch: 3), replacing: 2), "a claim from a stale epoch")
                    let taken = StoreFixture.state(next: 5, epoch: 2, activation: 99)
                    try expect(writer.claim(taken, replacing: 1), "a claim from the epoch that holds it")
                }
                let state = try store.writer.partitions()
                try expect(state.map(\.key), [key], "partitions")
                try expect(state.first?.epoch, 2, "epoch")
                try expect(state.first?.nextOffset, 5, "next offset")
                try expect(state.first?.activationOffset, 40, "activation offset, fixed by the first claim")
            },
            promise("a partition moves on only from the offset and epoch that are stored") { store in
                let last = RecordFingerprint(
                    offset: 8, timestamp: 17, hash: Fingerprint(high: .max, low: 0x0102_0304_0506_0708))
                try store.transaction { try expect($0.claim(StoreFixture.state(next: 5), replacing: nil), "claim") }
                try store.transaction {
                    try expect(
                        $0.advance(StoreFixture.partition, expected: 5, epoch: 1, to: 9, last: last), "the owner's move"
                    )
                }
                try expect(store.writer.partitions().first?.last, last, "the last record")
                for (expected, epoch) in [(Int64(5), Int64(1)), (9, 0), (9, 2)] {
                    try store.writer.begin()
                    try store.writer.set("stale", to: "yes")
                    let moved = try store.writer.advance(
                        StoreFixture.partition, expected: expected, epoch: epoch, to: 50, last: nil)
                    try expect(!moved, "a move from offset \(expected), epoch \(epoch)")
                    try expect(.retry, "the commit of a stale owner") { try store.writer.commit() }
                }
                try expect(store.writer.partitions().first?.nextOffset, 9, "next offset")
                try expect(store.writer.setting("stale"), nil, "what a stale owner wrote")
                try store.transaction {
                    try expect(
                        $0.advance(StoreFixture.partition, expected: 9, epoch: 1, to: 12, last: nil), "a gap at the end"
                    )
                }
                try expect(store.writer.partitions().first?.last, last, "the last record, which stays")
            },
            promise("a partition that nobody claimed cannot move") { store in
                try store.writer.begin()
                let moved = try store.writer.advance(
                    StoreFixture.partition, expected: 0, epoch: 1, to: 1, last: nil)
                store.writer.rollback()
                try expect(!moved, "it moved")
            },
        ]
    }
}
