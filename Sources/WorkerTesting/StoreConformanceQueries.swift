import PluginKit
import ProjectionStore

extension StoreConformance {
    static var queryCases: [Case] {
        [
            promise("a query gives what counts on the date that is asked, and undated facts apart") { store in
                try store.write(
                    0,
                    [
                        StoreFixture.visit("a", "1", place: "old", effective: "1999-01-01"),
                        StoreFixture.visit("a", "2", place: "new", effective: "2020-06-01"),
                        StoreFixture.visit("a", "3", place: "undated"),
                    ])
                let reader = try store.reader()
                func places(_ table: String, asOf: String?) throws -> [String] {
                    let query = StoreFixture.query("SELECT place FROM \(table) ORDER BY place", columns: ["place"])
                    return try reader.query(query, asOf: asOf, parameters: [:]).rows.map { $0[0].plain }
                }
                try expect(places("visit", asOf: nil), ["new", "old", "undated"], "no date")
                try expect(places("visit", asOf: "2004-12-31"), ["old"], "as of 2004")
                try expect(places("visit", asOf: "2020-06-01"), ["new", "old"], "as of the day itself")
                try expect(places("visit_undated", asOf: "2004-12-31"), ["undated"], "undated as of 2004")
                try expect(places("visit_undated", asOf: nil), [], "undated when no date is asked")
                try expect(places("visit_all", asOf: "2004-12-31"), ["new", "old", "undated"], "all as of 2004")
            },
            promise("the latest fact goes by effective date, then time, source and id, never by arrival") { store in
                try store.write(
                    0,
                    [
                        StoreFixture.visit("a", "9", place: "p", seats: 1),
                        StoreFixture.visit("a", "1", place: "p", effective: "2020-01-01", time: "2024", seats: 2),
                        StoreFixture.visit("a", "3", place: "p", effective: "2010-01-01", time: "2025", seats: 3),
                        StoreFixture.visit("a", "2", place: "p", effective: "2020-01-01", time: "2023", seats: 4),
                        StoreFixture.visit("a", "5", place: "q", seats: 5),
                        StoreFixture.visit("b", "1", place: "p", seats: 6),
                        StoreFixture.visit("b", "2", place: "p", seats: 7),
                    ])
                let query = StoreFixture.query(
                    "SELECT mechanism, place, seats FROM visit_latest ORDER BY mechanism, place")
                let reader = try store.reader()
                try expect(
                    reader.query(query, asOf: nil, parameters: [:]).rows,
                    [["a", "p", 2], ["a", "q", 5], ["b", "p", 7]], "latest")
                try expect(
                    reader.query(query, asOf: "2015-01-01", parameters: [:]).rows, [["a", "p", 3]], "latest as of 2015")
            },
            promise("a query takes parameters by name, as text, and compares them with numbers by value") { store in
                try store.write(
                    0,
                    [
                        StoreFixture.visit("a", "1", place: "x' OR 1=1 --", seats: 10),
                        StoreFixture.visit("a", "2", place: "y", seats: 9),
                    ])
                let reader = try store.reader()
                let byPlace = StoreFixture.query(
                    "SELECT seats FROM visit WHERE place = :place", parameters: ["place", "unused"])
                let hostile = ["place": "x' OR 1=1 --", "unused": ""]
                try expect(reader.query(byPlace, asOf: nil, parameters: hostile).rows, [[10]], "by place")
                for table in [
                    "visit", "visit_all", "visit_latest", "(SELECT DISTINCT place, seats FROM visit_latest) AS d",
                ] {
                    let bySeats = StoreFixture.query(
                        "SELECT place FROM \(table) WHERE seats = :seats", parameters: ["seats"])
                    try expect(reader.query(bySeats, asOf: nil, parameters: ["seats": "9"]).rows, [["y"]], table)
                }
                let byCount = StoreFixture.query(
                    "SELECT mechanism FROM visit GROUP BY mechanism HAVING count(*) = CAST(:n AS INTEGER)",
                    parameters: ["n"])
                try expect(reader.query(byCount, asOf: nil, parameters: ["n": "2"]).rows, [["a"]], "by count")
                try expect(.query, "a parameter without a value") {
                    _ = try reader.query(byPlace, asOf: nil, parameters: [:])
                }
                let undeclared = StoreFixture.query("SELECT seats FROM visit WHERE place = :other")
                try expect(.query, "a parameter that is not declared") {
                    _ = try reader.query(undeclared, asOf: nil, parameters: ["other": "y"])
                }
            },
            promise("cells come as the type of their column, and text sorts by bytes") { store in
                let names = ["b", "B", "a", "ب", "é"]
                try store.write(
                    1,
                    names.map {
                        StoreFixture.thing(
                            [.string($0), 1, "en"], title: .string($0), amount: 1, share: .real(2), open: 1)
                    })
                let reader = try store.reader()
                let sorted = StoreFixture.query("SELECT title FROM thing ORDER BY title")
                try expect(
                    reader.query(sorted, asOf: nil, parameters: [:]).rows.map { $0[0].plain },
                    ["B", "a", "b", "é", "ب"],
                    "sorted")
                let typed = StoreFixture.query("SELECT amount, share, title, extra FROM thing WHERE mechanism = 'a'")
                try expect(
                    reader.query(typed, asOf: nil, parameters: [:]).rows, [[1, .real(2), "a", nil]], "cells")
            },
            promise("an author's own WITH stands behind the facts, and comments do not confuse") { store in
                try store.write(0, [StoreFixture.visit("a", "1", place: "p", seats: 3)])
                let query = StoreFixture.query(
                    """
                    -- the author's comment
                    WITH big AS (SELECT place FROM visit WHERE seats > 2) /* don't */ SELECT place FROM big
                    """)
                try expect(store.reader().query(query, asOf: nil, parameters: [:]).rows, [["p"]], "rows")
            },
            promise("data files are tables of text, and follow the file") { store in
                let query = StoreFixture.query("SELECT slug, label_ar FROM label ORDER BY slug")
                let rows = try store.reader().query(query, asOf: nil, parameters: [:]).rows
                try expect(rows, [["other", ""], ["return", "العودة، و\"الإدماج\""]], "labels")
                try store.reopen(data: ["labels.csv": "slug,label_ar\nnew,جديد\n"])
                let later = try store.reader().query(query, asOf: nil, parameters: [:]).rows
                try expect(later, [["new", "جديد"]], "labels of the new file")
            },
            promise("a query that is not one SELECT over the plugin's tables is refused") { store in
                let reader = try store.reader()
                let refused = [
                    "DELETE FROM thing", "SELECT 1; DELETE FROM thing", "INSERT INTO thing VALUES (1)", "nonsense",
                    "SELECT * FROM nowhere", "", "-- nothing", "DROP TABLE thing", "SELECT payload FROM _outbox",
                    "SELECT value FROM _dead_letter", "SELECT random()", "BEGIN",
                    "SELECT title FROM thing WHERE amount = ?",
                ]
                for text in refused {
                    try expect(.query, "'\(text)'") {
                        _ = try reader.query(StoreFixture.query(text), asOf: nil, parameters: [:])
                    }
                }
                let columns = StoreFixture.query("SELECT title FROM thing", columns: ["title", "amount"])
                try expect(.query, "columns that differ from those declared") {
                    _ = try reader.query(columns, asOf: nil, parameters: [:])
                }
            },
        ]
    }

    static var readerCases: [Case] {
        [
            promise("a snapshot sees one state, whatever the writer commits meanwhile") { store in
                let reader = try store.reader()
                let query = StoreFixture.query("SELECT count(*) AS n FROM thing")
                func count() throws -> [[Cell]] { try reader.query(query, asOf: nil, parameters: [:]).rows }
                let seen = try reader.snapshot {
                    let first = try count()
                    try store.write(1, [StoreFixture.thing(["a", 1, "en"], title: "t")])
                    return try reader.snapshot { [first, try count()] }
                }
                try expect(seen, [[[0]], [[0]]], "within the snapshot")
                try expect(count(), [[1]], "after it")
            },
            promise("a snapshot ends when what runs in it throws") { store in
                let reader = try store.reader()
                try expect(.absent, "the error") {
                    try reader.snapshot { throw StoreError(.absent, "thrown within") }
                }
                try store.transaction { try $0.count(["a": 1]) }
                try expect(reader.counters(), ["a": 1], "counters after it")
            },
            Case(name: "a plugin that has no store yet is absent") { provider in
                try expect(.absent, "reading") { _ = try provider.openReader(StoreFixture.manifest()) }
                try provider.check([StoreFixture.manifest()])
                try expect(.absent, "reading after a check") { _ = try provider.openReader(StoreFixture.manifest()) }
            },
            promise("a store is read when no writer runs") { store in
                try store.write(1, [StoreFixture.thing(["a", 1, "en"], title: "t")])
                store.writer.close()
                let query = StoreFixture.query("SELECT title FROM thing")
                try expect(store.reader().query(query, asOf: nil, parameters: [:]).rows, [["t"]], "rows")
                try expect(store.reader().parkedCount(owner: nil), 0, "parked")
                try expect(store.reader().parkedCount(owner: "a"), 0, "parked of one owner")
            },
        ]
    }
}
