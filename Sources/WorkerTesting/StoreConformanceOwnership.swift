import PluginKit
import ProjectionStore

/// What a store promises about who may write it: one process, or many with partitions of their own.
extension StoreConformance {
    static var ownershipCases: [Case] {
        [
            Case(name: "nobody opens a writer of an exclusive store without owning it") { provider in
                guard provider.sharing == .exclusive else { return }
                try expect(.notWritable, "opening") {
                    _ = try provider.openWriter(StoreFixture.manifest(), data: StoreFixture.data)
                }
            },
            promise("an exclusive store that is owned is refused to the next, who learns the holder") { store in
                guard store.provider.sharing == .exclusive else { return }
                let error = try expect(.held, "taking it again") {
                    _ = try store.provider.takeOwnership(waiting: nil)
                }
                try expect(!error.message.isEmpty, "no message")
                var told: [String] = []
                try expect(.held, "giving up after waiting") {
                    _ = try store.provider.takeOwnership {
                        told.append($0)
                        return told.count < 2
                    }
                }
                try expect(told.count, 2, "how often it was told who holds")
            },
            promise("a claim takes over only what the claimant saw: not past what the owner did meanwhile") { store in
                try store.transaction { try expect($0.claim(StoreFixture.state(next: 5), replacing: nil), "claim") }
                try store.transaction {
                    try expect(
                        $0.advance(StoreFixture.partition, expected: 5, epoch: 1, to: 9, last: nil), "the owner's move")
                }
                try store.transaction {
                    try expect(
                        !$0.claim(StoreFixture.state(next: 5, epoch: 2), replacing: 1), "a claim from an older offset")
                }
                try expect(store.writer.partitions().first?.nextOffset, 9, "next offset")
                try expect(store.writer.partitions().first?.epoch, 1, "epoch")
            },
            promise("messages are given to the owner of their partition") { store in
                let other = PartitionKey(topic: StoreFixture.partition.topic, partition: 4)
                try store.transaction {
                    try $0.enqueue([
                        StoreFixture.message("a"), StoreFixture.message("b", partition: other),
                        StoreFixture.message("c"),
                    ])
                }
                func ids(_ partitions: [PartitionKey], limit: Int = 9) throws -> [String] {
                    try store.writer.pendingOutbox(of: partitions, after: 0, limit: limit).map(\.content.id)
                }
                try expect(ids([StoreFixture.partition]), ["a", "c"], "of one")
                try expect(ids([other]), ["b"], "of the other")
                try expect(ids([other, StoreFixture.partition]), ["a", "b", "c"], "of both, in order")
                try expect(ids([other, StoreFixture.partition], limit: 2), ["a", "b"], "a page of both")
                try expect(ids([]), [], "of none")
            },
            promise("a stale owner of a shared store keeps nothing of its transaction") { store in
                guard store.provider.sharing == .shared else { return }
                try store.transaction { try expect($0.claim(StoreFixture.state(), replacing: nil), "claim") }
                try store.writer.begin()
                try StoreFixture.apply(1, [StoreFixture.thing(["a", 1, "en"], title: "stale")], to: store.writer)
                try store.writer.enqueue([StoreFixture.message("stale")])
                try store.withSecondWriter { second in
                    try second.begin()
                    try expect(second.claim(StoreFixture.state(epoch: 2), replacing: 1), "the successor's claim")
                    try second.commit()
                    let moved = try store.writer.advance(
                        StoreFixture.partition, expected: 0, epoch: 1, to: 5, last: nil)
                    try expect(!moved, "the stale owner moved")
                    try expect(.retry, "the commit of a stale owner") { try store.writer.commit() }
                    store.writer.rollback()
                    try expect(StoreFixture.rows(1, [], second), [], "rows of the stale owner")
                    try expect(
                        second.pendingOutbox(of: [StoreFixture.partition], after: 0, limit: 9), [], "its messages")
                }
            },
            promise("no message is skipped because one with a higher number was committed first") { store in
                guard store.provider.sharing == .shared else { return }
                let other = PartitionKey(topic: StoreFixture.partition.topic, partition: 4)
                let both = [StoreFixture.partition, other]
                try store.writer.begin()
                try store.writer.enqueue([StoreFixture.message("low")])
                // The number is given before the other one begins.
                try expect(store.writer.setting("flush"), nil, "a setting")
                try store.withSecondWriter { second in
                    try second.begin()
                    try second.enqueue([StoreFixture.message("high", partition: other)])
                    try second.commit()
                    let first = try second.pendingOutbox(of: both, after: 0, limit: 9)
                    try expect(first.map(\.content.id), ["high"], "before the lower one is committed")
                    try store.writer.commit()
                    let low = try second.pendingOutbox(of: [StoreFixture.partition], after: 0, limit: 9)
                    try expect(low.map(\.content.id), ["low"], "the owner's view")
                    try expect((low.first?.number ?? 0) < (first.first?.number ?? 0), "the numbers are not as wanted")
                    try expect(
                        second.pendingOutbox(of: both, after: 0, limit: 9).map(\.content.id), ["low", "high"],
                        "who takes over both")
                }
            },
        ]
    }
}

extension StoreFixture {
    /// A second worker's writer of the same store.
    func withSecondWriter(_ body: (any StoreWriter) throws -> Void) throws {
        let second = try provider.openWriter(manifest, data: StoreFixture.data)
        defer { second.close() }
        try body(second)
    }
}
