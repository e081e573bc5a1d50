import PluginKit
import ProjectionStore

extension StoreConformance {
    static var rowCases: [Case] {
        [
            promise("every type of column comes back as it was written") { store in
                let texts: [Cell] = [
                    "", "plain", "العملية العربية", "a\u{301}é", "👩‍👩‍👧", "quote ' \" ; --", "\u{FFFF}\u{10FFFF}",
                    "line\nbreak",
                ]
                let integers: [Cell] = [0, -1, .integer(.min), .integer(.max)]
                let reals: [Cell] = [.real(0.1), .real(-1.5e300), .real(3), .real(.leastNonzeroMagnitude)]
                for (index, text) in texts.enumerated() {
                    let key: [Cell] = [text, .integer(Int64(index) - 3), text]
                    let edit = StoreFixture.thing(
                        key, title: text, amount: integers[index % 4], share: reals[index % 4],
                        open: .integer(Int64(index % 2)), extra: "{\"a\": [1, null, \"\\u0627\"]}")
                    try store.write(1, [edit])
                    try expect(store.rows(1, key[0], key[1], key[2]), [key + edit.values], "a row")
                }
                let bare = StoreFixture.thing(["nulls", 0, ""], title: "")
                try store.write(1, [bare])
                try expect(store.rows(1, "nulls"), [bare.key + bare.values], "a row of nulls")
            },
            promise("a text of megabytes comes back whole") { store in
                let text = Cell.string(String(repeating: "صفحة ", count: 800_000))
                try store.write(1, [StoreFixture.thing(["a", 1, "ar"], title: text)])
                try expect(store.rows(1, "a").first?[3] == text, "it differs")
            },
            promise("put replaces the whole row, delete removes it, and both take a row that is not there") { store in
                let key: [Cell] = ["a", 1, "en"]
                try store.write(1, [StoreFixture.thing(key, title: "first", amount: 1, open: 1)])
                try store.write(1, [StoreFixture.thing(key, title: "second")])
                try expect(store.rows(1, "a"), [key + ["second", nil, nil, nil, nil]], "after the second put")
                try store.write(1, [StoreFixture.Edit(kind: .delete, key: key)])
                try store.write(1, [StoreFixture.Edit(kind: .delete, key: key)])
                try expect(store.rows(1, "a"), [], "after the deletes")
            },
            promise("rows are read by key and by prefix, in the order of the key's bytes") { store in
                let keys: [[Cell]] = [
                    ["a", .integer(.min), "x"], ["a", -1, "x"], ["a", 0, ""], ["a", 0, "A"], ["a", 0, "a"],
                    ["a", 0, "ا"], ["a", 256, "x"], ["ab", 0, "x"], ["b", 0, "x"], ["ا", 0, "x"],
                ]
                try store.write(1, keys.reversed().map { StoreFixture.thing($0, title: "t") })
                func found(_ prefix: Cell...) throws -> [[Cell]] {
                    try StoreFixture.rows(1, prefix, store.writer).map { Array($0.prefix(3)) }
                }
                try expect(found(), keys, "all")
                try expect(found("a"), Array(keys[0..<7]), "under a")
                try expect(found("a", 0), Array(keys[2..<6]), "under a, 0")
                try expect(found("a", 0, ""), [keys[2]], "under a, 0 and an empty text")
                try expect(found("a", 7), [], "under a, 7")
                try expect(found("c"), [], "under c")
            },
            promise("a transaction reads what it has written") { store in
                try store.transaction { writer in
                    try StoreFixture.apply(1, [StoreFixture.thing(["a", 1, "en"], title: "t")], to: writer)
                    try expect(StoreFixture.rows(1, ["a"], writer).count, 1, "rows")
                }
            },
            promise("a value that its column does not take is a constraint failure that names the column") { store in
                let key: [Cell] = ["a", 1, "en"]
                let wrong: [(String, StoreFixture.Edit)] = [
                    ("title", StoreFixture.thing(key, title: nil)),
                    ("title", StoreFixture.thing(key, title: 5)),
                    ("amount", StoreFixture.thing(key, title: "t", amount: "five")),
                    ("amount", StoreFixture.thing(key, title: "t", amount: .real(1.5))),
                    ("share", StoreFixture.thing(key, title: "t", share: .real(.nan))),
                    ("share", StoreFixture.thing(key, title: "t", share: .real(.infinity))),
                    ("open", StoreFixture.thing(key, title: "t", open: 2)),
                    ("extra", StoreFixture.thing(key, title: "t", extra: "{not json")),
                ]
                for (column, edit) in wrong {
                    let error = try expect(.constraint, "column \(column)") { try store.write(1, [edit]) }
                    try expect(error.message.contains(column), "'\(error.message)' does not name \(column)")
                }
                let fact = StoreFixture.Edit(
                    kind: .insertOnce, key: ["a", "source", "id", 0], values: [nil, nil, nil, nil, nil, nil])
                try expect(.constraint, "a fact without its required column") { try store.write(0, [fact]) }
                try expect(store.rows(1), [], "rows")
                try expect(store.rows(0), [], "facts")
            },
        ]
    }

    static var tallyCases: [Case] {
        [
            promise("a tally adds, keeps the largest and the smallest, and null changes nothing") { store in
                func merge(_ values: Cell...) throws {
                    try store.write(2, [StoreFixture.Edit(kind: .merge, key: ["a"], values: values)])
                }
                try merge(nil, nil, nil, nil, nil)
                try expect(store.rows(2, "a"), [["a", nil, nil, nil, nil, nil]], "a row of nulls")
                try merge(2, .real(0.5), 7, 7, "2024-01-02")
                try merge(3, .real(0.25), -9, -9, "2023-12-31")
                try merge(nil, nil, nil, nil, nil)
                try expect(store.rows(2, "a"), [["a", 5, .real(0.75), 7, -9, "2024-01-02"]], "merged")
                try merge(nil, nil, 8, nil, "أ")
                try merge(nil, nil, nil, nil, "Z")
                try expect(store.rows(2, "a"), [["a", 5, .real(0.75), 8, -9, "أ"]], "text merges by its bytes")
            }
        ]
    }

    static var factCases: [Case] {
        [
            promise("a fact is written once and never overwritten") { store in
                try store.write(0, [StoreFixture.visit("a", "1", place: "first", seats: 3)])
                try store.write(0, [StoreFixture.visit("a", "1", place: "second")])
                try expect(store.rows(0, "a").map { $0[8] }, ["first"], "place")
            },
            promise("a retraction takes out facts that came before it and after it, for every reader") { store in
                func retract(_ id: String) throws {
                    try store.transaction {
                        try $0.retract(
                            Retraction(
                                owner: "a", source: "source", id: id, reason: "error", replacedBy: nil, time: nil))
                    }
                }
                try store.write(
                    0, [StoreFixture.visit("a", "1", place: "one"), StoreFixture.visit("a", "2", place: "two")])
                try retract("1")
                try retract("3")
                try store.write(
                    0, [StoreFixture.visit("a", "3", place: "three"), StoreFixture.visit("b", "1", place: "b")])
                try expect(store.rows(0, "a").map { $0[8] }, ["two"], "what a handler reads")
                try expect(store.rows(0, "b").count, 1, "the same id under another owner")
                let reader = try store.reader()
                for table in ["visit", "visit_all", "visit_latest"] {
                    let query = StoreFixture.query("SELECT place FROM \(table) ORDER BY place")
                    try expect(reader.query(query, asOf: nil, parameters: [:]).rows, [["b"], ["two"]], table)
                }
            },
        ]
    }
}
