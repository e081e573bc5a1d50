import PluginKit
import ProjectionStore

/// Generations beside the live one, and the journal (rules 9, 20 and 32).
extension StoreConformance {
    static let generationCases: [Case] = [
        promise("a store that was never rebuilt is generation 1, and live") { store in
            try expect(
                try store.provider.generations(of: store.manifest), StoreGenerations(live: 1, existing: [1]),
                "generations")
            try expect(store.writer.generation, 1, "the writer's")
            try expect(try store.reader().generation, 1, "the reader's")
            try expect(
                try store.provider.generations(of: store.manifest).next(pluginVersion: 1), 2, "the next one's number")
        },
        promise("a generation is filled beside the live one, which does not change") { store in
            try store.put("a", title: "live")
            let beside = try Beside(store, 2)
            defer { beside.close() }
            try beside.put("a", title: "new")
            try beside.put("b", title: "new")
            try expect(try store.titles(), ["a live"], "rows of the live one")
            try expect(try beside.titles(), ["a new", "b new"], "rows of the new one")
            try expect(beside.writer.identity != store.writer.identity, "each has an id of its own")
            try expect(
                try store.provider.generations(of: store.manifest), StoreGenerations(live: 1, existing: [1, 2]),
                "generations")
        },
        promise("a generation has a lock of its own") { store in
            let beside = try Beside(store, 2)
            defer { beside.close() }
            try expect(.held, "a second command") {
                _ = try store.provider.beside(store.manifest, generation: 2).takeOwnership(waiting: nil)
            }
            let third = try store.provider.beside(store.manifest, generation: 3).takeOwnership(waiting: nil)
            third.release()
        },
        promise("another generation becomes live in one step, and the one before stays, to come back") { store in
            try store.put("a", title: "old")
            let old = store.writer.identity
            let beside = try Beside(store, 2)
            try beside.put("a", title: "new")
            beside.close()
            let frozen = try store.provider.freeze(store.manifest)
            try frozen.makeLive(2)
            try expect(
                try store.provider.generations(of: store.manifest), StoreGenerations(live: 2, existing: [1, 2]),
                "generations")
            try store.reopen()
            try expect(store.writer.generation, 2, "what is opened")
            try expect(try store.titles(), ["a new"], "its rows")
            let before = try store.provider.beside(store.manifest, generation: 1).openReader(store.manifest)
            try expect(before.identity, old, "the one before")
            before.close()
            try store.provider.freeze(store.manifest).makeLive(1)
            try store.reopen()
            try expect(try store.titles(), ["a old"], "rows after the way back")
            try expect(store.writer.identity, old, "its id")
        },
        promise("a freeze that is released has changed nothing") { store in
            let beside = try Beside(store, 2)
            beside.close()
            try store.provider.freeze(store.manifest).release()
            try store.put("a", title: "goes on")
            try expect(try store.provider.generations(of: store.manifest).live, 1, "the live one")
            try expect(.absent, "making live what is not there") {
                try store.provider.freeze(store.manifest).makeLive(7)
            }
            try store.put("a", title: "goes on")
        },
        promise("a generation that is not live can be removed, the live one cannot") { store in
            let beside = try Beside(store, 2)
            beside.close()
            try expect(.schema, "removing the live one") { try store.provider.drop(1, of: store.manifest) }
            try store.provider.drop(2, of: store.manifest)
            try expect(
                try store.provider.generations(of: store.manifest), StoreGenerations(live: 1, existing: [1]),
                "what is left")
        },
    ]

    static let carryingCases: [Case] = [
        promise("latched messages are kept by their id and never given to be sent") { store in
            try store.transaction { writer in
                try writer.enqueue([StoreFixture.message("1"), StoreFixture.message("2")])
                try writer.latchOutbox()
            }
            try expect(
                try store.writer.pendingOutbox(of: [StoreFixture.partition], after: 0, limit: 10).count, 0, "to be sent"
            )
            try expect(try store.states(), ["1 latched", "2 latched"], "states")
        },
        promise("messages take the state they have in another generation; what was really settled stays so") { store in
            try store.transaction { writer in
                try writer.enqueue(["1", "2", "3", "4"].map { StoreFixture.message($0) })
                try writer.settleOutbox([OutboxResult(number: 4, state: .sent, reason: "", at: 5)])
                try writer.latchOutbox()
            }
            try store.transaction { writer in
                try writer.carry([
                    CarriedMessage(id: "1", state: .pending, reason: "", settled: nil),
                    CarriedMessage(id: "2", state: .sent, reason: "", settled: 9),
                    CarriedMessage(id: "4", state: .pending, reason: "", settled: nil),
                    CarriedMessage(id: "unknown", state: .pending, reason: "", settled: nil),
                ])
                try writer.closeLatched(reason: CarriedReason.beforePromotion, at: 10)
                try writer.carryHeld([StoreFixture.message("5")], reason: CarriedReason.onlyBefore)
            }
            let states = ["1 pending", "2 sent", "3 closed", "4 sent", "5 held"]
            try expect(try store.states(), states, "states")
            try store.transaction { writer in
                try writer.removeHeld(reason: CarriedReason.onlyBefore)
                try writer.carry([CarriedMessage(id: "3", state: .sent, reason: "", settled: 11)])
            }
            try expect(try store.states(), ["1 pending", "2 sent", "3 sent", "4 sent"], "states")
        },
        promise("what may have been sent by a store that was lost is held") { store in
            try store.transaction { writer in
                try writer.enqueue(["1", "2"].map { StoreFixture.message($0) })
                try writer.holdOpenMessages(reason: CarriedReason.restored)
                try writer.enqueue(["3", "4"].map { StoreFixture.message($0) })
                try writer.holdMessages(["4", "unknown"], reason: CarriedReason.restored)
                try writer.setHeldBelow(9, of: StoreFixture.partition)
                try writer.setHeldBelow(7, of: StoreFixture.partition)
            }
            try expect(try store.states(), ["1 held", "2 held", "3 pending", "4 held"], "states")
            try expect(try store.writer.heldBelow(), [StoreFixture.partition: 9], "held below")
            try expect(try store.reader().heldBelow(), [StoreFixture.partition: 9], "held below, read")
            try store.transaction {
                try $0.settleOutbox([
                    OutboxResult(number: 1, state: .pending, reason: "", at: 1),
                    OutboxResult(number: 2, state: .closed, reason: "dropped", at: 1),
                ])
            }
            try expect(try store.states(), ["1 pending", "2 closed", "3 pending", "4 held"], "released and dropped")
        },
        promise("activation offsets, erased ids and the audit are taken over, each once") { store in
            try store.transaction { writer in
                _ = try writer.claim(StoreFixture.state(activation: 3), replacing: nil)
                try writer.setActivation(StoreFixture.partition, to: 17)
                try writer.noteErased([ErasedID(owner: "b", at: 2), ErasedID(owner: "a", at: 1)])
                let entry = AuditEntry(at: 4, actor: "operator", action: "test", reason: "r", detail: "why")
                try writer.carryAudit([entry])
                try writer.carryAudit([
                    entry, AuditEntry(at: 5, actor: "operator", action: "test", reason: "r", detail: "why"),
                ])
            }
            let reader = try store.reader()
            try expect(try reader.partitions().first?.activationOffset, 17, "activation")
            try expect(try reader.erased(above: "", limit: 1), [ErasedID(owner: "a", at: 1)], "erased, a page")
            try expect(try reader.erased(above: "a", limit: 9), [ErasedID(owner: "b", at: 2)], "erased, the rest")
            try expect(try reader.audits(of: nil, limit: 9, after: 0).map(\.at), [4, 5], "audit")
            try expect(try store.writer.isErased(owner: "a"), "an id that was taken over is erased")
        },
        promise("rows can be gone through in the order of their keys, with the columns asked for") { store in
            try store.write(
                1,
                [
                    StoreFixture.thing(["é", 2, "ar"], title: "z", amount: 1, share: .real(0.5), open: Cell(true)),
                    StoreFixture.thing(["Z", 2, "ar"], title: "ب"), StoreFixture.thing(["a", 10, "ar"], title: "x"),
                    StoreFixture.thing(["a", 9, "ar"], title: "y", extra: "{\"a\": 1}"),
                ])
            let reader = try store.reader()
            let table = try reader.storedTables().first { $0.name == "thing" }
            guard let table else { throw Failure(description: "the table thing is not listed") }
            var rows: [[Cell]] = []
            try reader.snapshot {
                try reader.scan(table, columns: ["title", "share", "open", "amount", "extra"]) { rows.append($0) }
            }
            let wanted: [[Cell]] = [
                ["ب", nil, nil, nil, nil], ["y", nil, nil, nil, "{\"a\": 1}"], ["x", nil, nil, nil, nil],
                ["z", .real(0.5), 1, 1, nil],
            ]
            try expect(rows, wanted, "rows")
            let names = try reader.storedTables().map { "\($0.name) \($0.storedName) \($0.keyCount)" }
            try expect(
                names, ["thing thing 3", "total total 1", "visit visit__facts 4", "_retraction _retraction 3"], "tables"
            )
        },
        promise("messages can be gone through in the order of their ids") { store in
            try store.transaction { try $0.enqueue(["b", "a", "c"].map { StoreFixture.message($0) }) }
            let reader = try store.reader()
            try expect(try reader.outbox(above: "", limit: 2).map(\.content.id), ["a", "b"], "the first page")
            try expect(try reader.outbox(above: "b", limit: 2).map(\.content.id), ["c"], "the second")
        },
    ]

    static let journalCases: [Case] = [
        promise("a journal keeps records as they came, in the order of their offsets") { store in
            let records = [
                JournalRecord(
                    offset: 4, timestamp: 1, key: Array("a".utf8), headers: [RecordHeader(name: "h", value: nil)],
                    value: [0, 255]),
                JournalRecord(offset: 9, timestamp: -1, key: nil, headers: [], value: nil),
                JournalRecord(offset: 11, timestamp: 3, key: [], headers: [], value: []),
            ]
            try store.transaction { writer in
                try writer.appendJournal(Array(records.prefix(2)), of: StoreFixture.partition)
                try writer.setJournalSpan(JournalSpan(first: 0, next: 10), of: StoreFixture.partition)
            }
            try store.transaction { writer in
                // Taken in again after a crash: each stays once.
                try writer.appendJournal(Array(records.suffix(2)), of: StoreFixture.partition)
                try writer.setJournalSpan(JournalSpan(first: 0, next: 12), of: StoreFixture.partition)
            }
            let reader = try store.reader()
            try expect(try reader.journal(of: StoreFixture.partition, from: 0, limit: 9), records, "all")
            try expect(
                try reader.journal(of: StoreFixture.partition, from: 5, limit: 1), [records[1]], "from an offset on")
            try expect(
                try reader.journalSpans(), [StoreFixture.partition: JournalSpan(first: 0, next: 12)], "its span")
            try expect(
                try store.writer.journalSpans(), [StoreFixture.partition: JournalSpan(first: 0, next: 12)], "its span")
        },
        promise("erasing a person removes that person's records from the journal") { store in
            let records = ["p1", "p2", "p1"].enumerated().map { index, key in
                JournalRecord(
                    offset: Int64(index), timestamp: 1, key: Array(key.utf8), headers: [], value: Array("v".utf8))
            }
            try store.transaction { try $0.appendJournal(records, of: StoreFixture.partition) }
            try store.transaction { try $0.erase(owner: "p1", at: 5) }
            try expect(
                try store.reader().journal(of: StoreFixture.partition, from: 0, limit: 9), [records[1]], "what is left")
        },
    ]
}

/// A generation beside the live one, open for writing.
private final class Beside {
    let writer: any StoreWriter
    private let ownership: any StoreOwnership

    init(_ store: StoreFixture, _ generation: Int) throws {
        let provider = store.provider.beside(store.manifest, generation: generation)
        ownership = try provider.takeOwnership(waiting: nil)
        writer = try provider.openWriter(store.manifest, data: StoreFixture.data)
    }

    func put(_ key: Cell, title: Cell) throws {
        try writer.begin()
        defer { writer.rollback() }
        try StoreFixture.apply(1, [StoreFixture.thing([key, 1, "en"], title: title)], to: writer)
        try writer.commit()
    }

    func titles() throws -> [String] { try StoreFixture.titles(writer) }

    func close() {
        writer.close()
        ownership.release()
    }
}

extension StoreFixture {
    fileprivate func put(_ key: Cell, title: Cell) throws {
        try write(1, [Self.thing([key, 1, "en"], title: title)])
    }

    fileprivate func titles() throws -> [String] { try Self.titles(writer) }

    fileprivate static func titles(_ writer: any StoreWriter) throws -> [String] {
        try rows(1, [], writer).map { "\($0[0].string ?? "") \($0[3].string ?? "")" }
    }

    /// Ids and states, in the order of ids.
    fileprivate func states() throws -> [String] {
        try reader().outbox(above: "", limit: 100).map { "\($0.content.id) \($0.state.rawValue)" }
    }
}
