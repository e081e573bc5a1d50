import PluginKit
import ProjectionStore

/// What holds for single rows and events holds for thousands in a transaction, which a store may write another way.
extension StoreConformance {
    static var manyCases: [Case] {
        [
            promise("thousands of changes leave what they would leave one by one, also after opening again") { store in
                var wanted = ManyRows()
                for round in 0..<4 {
                    // A worker that was started again does not know what the table holds.
                    if round == 2 { try store.reopen() }
                    let edits = ManyRows.edits(round)
                    wanted.take(edits)
                    try store.transaction { writer in
                        for table in edits.indices { try StoreFixture.apply(table, edits[table], to: writer) }
                    }
                    try wanted.check(store, "round \(round)")
                }
            },
            promise("thousands of rows are read and changed again in their own transaction") { store in
                try store.transaction { writer in
                    for title in ["first", "second"] {
                        let edits = (0..<2_000).map {
                            StoreFixture.thing(["a", .integer($0), "en"], title: .string(title))
                        }
                        try StoreFixture.apply(1, edits, to: writer)
                        try expect(StoreFixture.rows(1, ["a"], writer).count, 2_000, "rows")
                        try expect(
                            StoreFixture.rows(1, ["a", 1_999, "en"], writer).map { $0[3] }, [.string(title)], "title")
                    }
                    try StoreFixture.apply(1, [StoreFixture.Edit(kind: .delete, key: ["a", 0, "en"])], to: writer)
                }
                try expect(store.rows(1).count, 1_999, "rows after the commit")
            },
            promise("changes of the same rows that follow each other in a transaction are done in that order") {
                store in
                for count in [8, 4_000] as [Int64] {
                    func key(_ number: Int64) -> [Cell] { [.string("n\(count)"), .integer(number), "en"] }
                    func put(_ range: Range<Int64>, _ title: Cell) -> [StoreFixture.Edit] {
                        range.map { StoreFixture.thing(key($0), title: title) }
                    }
                    try store.transaction { writer in
                        try StoreFixture.apply(1, put(0..<count, "first"), to: writer)
                        let gone = (0..<count / 2).map { StoreFixture.Edit(kind: .delete, key: key($0)) }
                        try StoreFixture.apply(1, gone, to: writer)
                        try StoreFixture.apply(1, put(0..<count / 4, "third"), to: writer)
                        try StoreFixture.apply(1, put(0..<1, "fourth"), to: writer)
                        try StoreFixture.apply(1, put(count..<count + 2, "fourth"), to: writer)
                    }
                    let titles = try store.rows(1, .string("n\(count)")).map { $0[3] }
                    let wanted =
                        ["fourth"] + Array(repeating: "third", count: Int(count / 4) - 1)
                        + Array(repeating: "first", count: Int(count / 2)) + ["fourth", "fourth"] as [Cell]
                    try expect(titles == wanted, "of \(count): \(titles.prefix(9)) ...")
                }
            },
            promise("thousands of rows that are rolled back leave nothing, and can be written then") { store in
                let edits = (0..<2_000).map { StoreFixture.thing(["a", .integer($0), "en"], title: "t") }
                for _ in 0..<2 {
                    try store.writer.begin()
                    try StoreFixture.apply(1, edits, to: store.writer)
                    try StoreFixture.apply(1, [StoreFixture.thing(["b", 1, "en"], title: "t")], to: store.writer)
                    store.writer.rollback()
                    try expect(store.rows(1), [], "rows after the rollback")
                }
                try store.write(1, edits)
                try expect(store.rows(1).count, 2_000, "rows")
            },
            promise("one row among thousands that breaks a constraint is named by its column, and none is kept") {
                store in
                for (column, bad) in [
                    ("extra", StoreFixture.thing(["a", 1_500, "en"], title: "t", extra: "{not json")),
                    ("title", StoreFixture.thing(["a", 1_500, "en"], title: nil)),
                    ("open", StoreFixture.thing(["a", 1_500, "en"], title: "t", open: 2)),
                ] {
                    var edits = (0..<2_000).map { StoreFixture.thing(["a", .integer($0), "en"], title: "t") }
                    edits[1_500] = bad
                    let error = try expect(.constraint, "column \(column)") { try store.write(1, edits) }
                    try expect(error.message.contains(column), "'\(error.message)' does not name \(column)")
                    try expect(store.rows(1), [], "rows")
                }
            },
            promise("rows that another owner has left are found by whoever claims the partition from it") { store in
                guard store.provider.sharing == .shared else { return }
                try store.transaction { try expect($0.claim(StoreFixture.state(), replacing: nil), "claim") }
                func edits(_ range: Range<Int64>, _ title: Cell) -> [StoreFixture.Edit] {
                    range.map { StoreFixture.thing(["a", .integer($0), "en"], title: title) }
                }
                try store.write(1, edits(0..<1_000, "first"))
                try store.withSecondWriter { second in
                    try second.begin()
                    try expect(second.claim(StoreFixture.state(epoch: 2), replacing: 1), "the second's claim")
                    try StoreFixture.apply(1, edits(1_000..<2_000, "second"), to: second)
                    try second.commit()
                }
                try store.transaction { try expect($0.claim(StoreFixture.state(epoch: 3), replacing: 2), "the third") }
                try store.write(1, edits(0..<3_000, "third"))
                try expect(store.rows(1).map { $0[3] }, Array(repeating: "third", count: 3_000), "titles")
            },
        ]
    }

    static var lookupCases: [Case] {
        [
            promise("a look-up beside the writer finds what was committed, asked one by one or together") { store in
                guard let lookup = try store.writer.appliedLookup() else { return }
                defer { lookup.close() }
                try store.transaction { try expect($0.claim(StoreFixture.state(), replacing: nil), "claim") }
                let first = events(0..<3_000)
                try expect(lookup.applied(first[0].fingerprint), nil, "before anything was applied")
                for event in first { lookup.note(event.fingerprint) }
                try store.transaction { try $0.recordApplied(first) }
                try lookup.advance(first.count)
                let unknown = events(9_000..<9_100)
                try lookup.prepare((first + unknown).map(\.fingerprint))
                for event in [first[0], first[2_999]] {
                    try expect(lookup.applied(event.fingerprint), event.content, "a committed event")
                }
                try expect(lookup.applied(unknown[0].fingerprint), nil, "an unknown event")

                try store.writer.begin()
                for event in unknown { lookup.note(event.fingerprint) }
                try store.writer.recordApplied(unknown)
                try expect(lookup.applied(unknown[0].fingerprint), nil, "an event before the commit")
                try store.writer.commit()
                lookup.forget()
                try expect(lookup.applied(unknown[0].fingerprint), unknown[0].content, "an event after the commit")
            },
            promise("a look-up of a store that is opened again finds what was there, however far it has read") {
                store in
                let stored = events(0..<9_000)
                try store.transaction { try $0.recordApplied(stored) }
                try store.reopen()
                guard let lookup = try store.writer.appliedLookup() else { return }
                defer { lookup.close() }
                for step in 0..<4 {
                    try lookup.prepare(stored.map(\.fingerprint))
                    let missed = try stored.count { try lookup.applied($0.fingerprint) != $0.content }
                    try expect(missed, 0, "missed after \(step) steps, asked together")
                    lookup.forget()
                    for event in [stored[0], stored[4_500], stored[8_999]] {
                        try expect(lookup.applied(event.fingerprint), event.content, "asked alone after \(step) steps")
                    }
                    try expect(lookup.applied(Fingerprint(high: 5, low: 5)), nil, "an unknown event")
                    try lookup.advance(1)
                }
            },
            promise("a look-up finds what another owner has applied, once the partition is claimed from it") { store in
                guard store.provider.sharing == .shared, let lookup = try store.writer.appliedLookup() else { return }
                defer { lookup.close() }
                try store.transaction { try expect($0.claim(StoreFixture.state(), replacing: nil), "claim") }
                let others = events(0..<2_000)
                try lookup.prepare(others.map(\.fingerprint))
                try expect(lookup.applied(others[0].fingerprint), nil, "before")
                try lookup.advance(1)
                try store.withSecondWriter { second in
                    try second.begin()
                    try expect(second.claim(StoreFixture.state(epoch: 2), replacing: 1), "the second's claim")
                    try second.recordApplied(others)
                    try second.commit()
                }
                try store.transaction { try expect($0.claim(StoreFixture.state(epoch: 3), replacing: 2), "the third") }
                try lookup.prepare(others.map(\.fingerprint))
                let missed = try others.count { try lookup.applied($0.fingerprint) != $0.content }
                try expect(missed, 0, "missed")
            },
            promise("of thousands of applied events under one fingerprint the last counts") { store in
                var many = events(0..<2_000)
                many.append(
                    AppliedEvent(
                        fingerprint: many[7].fingerprint, content: Fingerprint(high: 7, low: 7), recordTime: 7))
                try store.transaction { try $0.recordApplied(many) }
                try expect(store.writer.applied(many[7].fingerprint), Fingerprint(high: 7, low: 7), "content")
                try expect(store.writer.applied(many[8].fingerprint), many[8].content, "another's content")
            },
        ]
    }

    private static func events(_ numbers: Range<UInt64>) -> [AppliedEvent] {
        numbers.map { number in
            AppliedEvent(
                fingerprint: Fingerprint(
                    high: (number &+ 1) &* 0x9E37_79B9_7F4A_7C15, low: number &* 0xBF58_476D_1CE4_E5B9),
                content: Fingerprint(high: .max, low: number), recordTime: Int64(number))
        }
    }
}

/// Rows of all tables in memory, changed as a store has to change them.
private struct ManyRows {
    private var facts: [Int64: Cell] = [:]
    private var things: [Int64: [Cell]] = [:]
    private var totals: [Int64: [Cell]] = [:]

    /// Of each table: some keys of the rounds before, some new ones; puts, deletes, merges, facts that are there.
    static func edits(_ round: Int) -> [[StoreFixture.Edit]] {
        let start = Int64(round) * 1_500
        let range = max(0, start - 700)..<start + 1_500
        let facts = range.map { number in
            StoreFixture.visit(owner(number), id(number), place: "place \(round)", seats: .integer(number))
        }
        let things = range.map { number -> StoreFixture.Edit in
            let key: [Cell] = [.string(owner(number)), .integer(number - 2_000), "ع"]
            if number % 5 == 3 { return StoreFixture.Edit(kind: .delete, key: key) }
            return StoreFixture.thing(
                key, title: .string("عنوان \(round)"), amount: number % 3 == 0 ? nil : .integer(-number),
                share: number % 4 == 0 ? .real(Double(number) / 8) : nil, open: .integer(number % 2),
                extra: number % 7 == 0 ? .string("{\"n\": [\(number)]}") : nil)
        }
        let totals = range.map { number in
            StoreFixture.Edit(
                kind: .merge, key: [.string("t\(number)")],
                values: [1, number % 2 == 0 ? nil : .real(0.5), .integer(Int64(round)), .integer(-Int64(round)), "x"])
        }
        return [facts, things, totals]
    }

    private static func owner(_ number: Int64) -> String { "m\(number % 10)" }
    private static func id(_ number: Int64) -> String { "e\(number)" }

    mutating func take(_ edits: [[StoreFixture.Edit]]) {
        for edit in edits[0] {
            guard case .integer(let number) = edit.values[5] else { continue }
            if facts[number] == nil { facts[number] = edit.values[4] }
        }
        for edit in edits[1] {
            guard case .integer(let number) = edit.key[1] else { continue }
            things[number] = edit.kind == .delete ? nil : edit.key + edit.values
        }
        for edit in edits[2] {
            guard case .string(let name) = edit.key[0], let number = Int64(name.dropFirst()) else { continue }
            let old = totals[number]
            let times: Cell = if case .integer(let count)? = old?[1] { .integer(count + 1) } else { 1 }
            var weight = edit.values[1]
            if case .real(let before)? = old?[2], case .real(let more) = weight { weight = .real(before + more) }
            totals[number] = [edit.key[0], times, weight, edit.values[2], edit.values[3], "x"]
        }
    }

    func check(_ store: StoreFixture, _ when: String) throws {
        var found: [Int64: Cell] = [:]
        for row in try store.rows(0) { if case .integer(let number) = row[9] { found[number] = row[8] } }
        try StoreConformance.expect(found == facts, "\(when): \(found.count) facts differ from \(facts.count)")
        let wanted = things.values.sorted { Self.precedes($0, $1) }
        try StoreConformance.expect(try store.rows(1) == wanted, "\(when): things differ")
        let sums = totals.values.sorted { Self.precedes($0, $1) }
        try StoreConformance.expect(try store.rows(2) == sums, "\(when): totals differ")
    }

    private static func precedes(_ one: [Cell], _ other: [Cell]) -> Bool {
        for (first, second) in zip(one, other) where first != second {
            switch (first, second) {
            case (.string(let a), .string(let b)): return a.utf8.lexicographicallyPrecedes(b.utf8)
            case (.integer(let a), .integer(let b)): return a < b
            default: return false
            }
        }
        return false
    }
}
