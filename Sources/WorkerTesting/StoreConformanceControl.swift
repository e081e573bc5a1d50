import PluginKit
import ProjectionStore

extension StoreConformance {
    /// What stores keep for operators.
    static var controlCases: [Case] {
        [
            promise("a halt is kept with the time at which it was first found, until it is taken back") { store in
                let key = StoreFixture.partition
                let other = PartitionKey(topic: key.topic, partition: key.partition + 1)
                let halt = PartitionHalt(code: "topic-recreated", message: "first", at: 5)
                try store.transaction { writer in
                    try writer.setHalt(halt, of: key)
                    try writer.setHalt(halt, of: other)
                }
                let reader = try store.reader()
                try expect(reader.halts(), [key: halt, other: halt], "halts")
                try store.transaction { writer in
                    try writer.setHalt(PartitionHalt(code: halt.code, message: "again", at: 9), of: key)
                    try writer.setHalt(nil, of: other)
                    try writer.setHalt(nil, of: other)
                }
                try expect(
                    reader.halts(), [key: PartitionHalt(code: halt.code, message: "again", at: 5)],
                    "the same halt again")
                let next = PartitionHalt(code: "store-restored", message: "worse", at: 9)
                try store.transaction { try $0.setHalt(next, of: key) }
                try expect(reader.halts(), [key: next], "another halt")
                try expect(.retry, "a halt outside a transaction") { try store.writer.setHalt(nil, of: key) }
            },
            promise("where a handler hung is noted beside an open transaction, counted, and outlives the writer") {
                store in
                let key = StoreFixture.partition
                let other = PartitionKey(topic: key.topic, partition: key.partition + 1)
                try expect(store.writer.overruns(), [], "a new store")
                let log = store.writer.overrunLog
                try store.transaction { writer in
                    try writer.set("open", to: "transaction")
                    try log.note(key, offset: 7, at: 1)
                    try log.note(key, offset: 7, at: 2)
                    try log.note(key, offset: 9, at: 3)
                    try log.note(other, offset: 7, at: 4)
                }
                try store.reopen()
                try expect(
                    store.writer.overruns(),
                    [
                        HandlerOverrun(partition: key, offset: 7, attempts: 2),
                        HandlerOverrun(partition: key, offset: 9, attempts: 1),
                        HandlerOverrun(partition: other, offset: 7, attempts: 1),
                    ], "overruns")
                try store.writer.forgetOverruns(of: key, before: 9)
                try store.writer.forgetOverruns(of: other, before: 7)
                try expect(store.writer.overruns().map(\.offset), [9, 7], "what lies behind")
                try store.writer.forgetOverruns(of: key, before: 10)
                try store.writer.forgetOverruns(of: other, before: 8)
                try expect(store.writer.overruns(), [], "all forgotten")
                // A timer's place lies below all offsets: no record moves past it.
                try log.note(key, offset: -7, at: 5)
                try log.note(key, offset: -9, at: 6)
                try store.writer.forgetOverruns(of: key, before: 100)
                try expect(store.writer.overruns().map(\.offset), [-9, -7], "those of timers")
                try store.writer.forgetOverruns(of: key, at: -9)
                try expect(store.writer.overruns().map(\.offset), [-7], "one of two forgotten")
                try store.writer.forgetOverruns(of: key, at: -7)
                try expect(store.writer.overruns(), [], "those of timers forgotten")
            },
            promise("counters are found by how their names begin") { store in
                try store.transaction { writer in
                    try writer.count(["type:a": 1, "type:b_c": 1, "type%": 1, "typ": 1, "other": 1])
                }
                try expect(store.writer.counterNames(prefix: "type:", limit: 10), ["type:a", "type:b_c"], "names")
                try expect(store.writer.counterNames(prefix: "type:", limit: 1), ["type:a"], "the first")
            },
            promise("a command waits for the owner of its partition, and its replies for the caller") { store in
                guard let table = try store.provider.openCommandTable(store.manifest) else { return }
                defer { table.close() }
                let mine = StoreFixture.state(epoch: 3)
                let other = PartitionState(
                    key: PartitionKey(topic: mine.key.topic, partition: mine.key.partition + 1), nextOffset: 0,
                    epoch: 1,
                    activationOffset: 0, clusterID: "cluster", partitionCount: 12, last: nil)
                let number = try table.put("do it", for: mine.key)
                try expect(store.writer.takeCommand(for: [other]), nil, "another's command")
                try expect(
                    store.writer.takeCommand(for: [other, mine]), StoredCommand(number: number, request: "do it"),
                    "mine")
                try expect(store.writer.takeCommand(for: [mine]), nil, "a command that is taken")
                try expect(table.withdraw(number), false, "withdrawing what is taken")
                try expect(store.writer.isWanted(number), true, "whether the caller is there")
                try store.writer.answer(number, "half")
                try store.writer.answer(number, "done")
                let replies = try table.replies(to: number, after: 0)
                try expect(replies.map(\.text), ["half", "done"], "replies")
                try expect(table.replies(to: number, after: replies[0].number).map(\.text), ["done"], "later replies")
                // Its taker has lost the partition.
                let next = StoreFixture.state(epoch: 4)
                try expect(store.writer.takeCommand(for: [next])?.number, number, "the next owner's")
                try table.remove(number)
                try expect(store.writer.isWanted(number), false, "whether the caller is still there")
                try store.writer.answer(number, "nobody listens")
                let second = try table.put("again", for: mine.key)
                try expect(table.withdraw(second), true, "withdrawing")
                try expect(store.writer.takeCommand(for: [next]), nil, "what was withdrawn")
            },
            promise("what workers say is kept by worker and lane, taken away when they leave, and goes when it is old")
            {
                store in
                guard let board = try store.provider.openReportBoard() else {
                    return try expect(store.reader().workerReports(), [], "a store of one process")
                }
                defer { board.close() }
                let first = WorkerName(id: "one", process: 7, since: 1)
                let second = WorkerName(id: "two", process: 7, since: 1)
                try board.clear(for: first, in: store.manifest)
                try board.put(["a", "b"], of: first, for: store.manifest)
                try board.put(["c"], of: second, for: store.manifest)
                try board.put(["d", "e"], of: first, for: store.manifest)
                let reader = try store.reader()
                let reports = try reader.workerReports()
                try expect(reports.map(\.worker), [first, first, second], "workers")
                try expect(reports.map(\.lane), [1, 2, 1], "lanes")
                try expect(reports.map(\.text), ["d", "e", "c"], "what they said last")
                try expect(reports.allSatisfy { (0..<StoredReport.staleAge).contains($0.age) }, "ages \(reports)")
                try board.clear(for: second, in: store.manifest)
                try expect(reader.workerReports().count, 3, "after clearing what is old")
                try board.remove(first, from: store.manifest)
                try expect(reader.workerReports().map(\.worker), [second], "after the first has left")
                let other = Manifest(
                    name: "absent", version: 1, summary: store.manifest.summary, events: [], tables: [], data: [])
                try expect(.absent, "a plugin without a store") { try board.put(["x"], of: first, for: other) }
                try board.put(["f"], of: second, for: store.manifest)
            },
        ]
    }
}
