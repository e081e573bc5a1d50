import PluginKit
import ProjectionStore

extension StoreConformance {
    static var schemaCases: [Case] {
        [
            promise("new tables and new columns that may be null come without a rebuild") { store in
                try store.write(1, [StoreFixture.thing(["a", 1, "en"], title: "old")])
                let wider = changed(StoreFixture.things) { columns in
                    columns.insert(ColumnDefinition(name: "note", type: .json), at: 4)
                }
                let further = TableDefinition(
                    name: "further", kind: .rows, owner: "mechanism", columns: [StoreFixture.things.columns[0]],
                    keyCount: 1, isReference: false, identity: [])
                try store.reopen(
                    StoreFixture.manifest(tables: [StoreFixture.visits, wider, StoreFixture.totals, further]))
                try expect(store.rows(1, "a"), [["a", 1, "en", "old", nil, nil, nil, nil, nil]], "the old row")
                let edit = StoreFixture.Edit(
                    kind: .put, key: ["b", 1, "en"], values: ["new", "[1]", 2, nil, nil, nil])
                try store.write(1, [edit])
                try expect(store.rows(1, "b"), [edit.key + edit.values], "a new row")
                try store.write(3, [StoreFixture.Edit(kind: .put, key: ["x"])])
                try expect(store.rows(3), [["x"]], "a row of the new table")
            },
            promise("any other change of tables is refused and says what to do") { store in
                let title = 3
                let changes: [(String, TableDefinition)] = [
                    (
                        "a new required column",
                        changed(StoreFixture.things) {
                            $0.append(ColumnDefinition(name: "must", type: .text, isRequired: true))
                        }
                    ),
                    ("a column less", changed(StoreFixture.things) { $0.removeLast() }),
                    (
                        "another type",
                        changed(StoreFixture.things) {
                            $0[title] = ColumnDefinition(name: "title", type: .integer, isRequired: true)
                        }
                    ),
                    (
                        "no longer required",
                        changed(StoreFixture.things) {
                            $0[title] = ColumnDefinition(name: "title", type: .text)
                        }
                    ),
                    (
                        "another key",
                        TableDefinition(
                            name: "thing", kind: .rows, owner: "mechanism", columns: StoreFixture.things.columns,
                            keyCount: 2, isReference: true, identity: [])
                    ),
                ]
                for (what, table) in changes {
                    let tables = [StoreFixture.visits, table, StoreFixture.totals]
                    let error = try expect(.schema, what) { try store.reopen(StoreFixture.manifest(tables: tables)) }
                    try expect(error.message.contains("rebuild"), "'\(error.message)' does not say what to do")
                }
                try expect(.schema, "a table less") {
                    try store.reopen(StoreFixture.manifest(tables: [StoreFixture.visits, StoreFixture.things]))
                }
                try store.reopen()
            },
            promise("a plugin's newer version needs a rebuild, an older one an upgrade") { store in
                try expect(.schema, "version 2 on a store of version 1") {
                    try store.reopen(StoreFixture.manifest(version: 2))
                }
                try expect(.newer, "version 0 on a store of version 1") {
                    try store.reopen(StoreFixture.manifest(version: 0))
                }
            },
            Case(name: "names and tables that are not plain are refused before anything is made") { provider in
                let ownership = try provider.takeOwnership(waiting: nil)
                defer { ownership.release() }
                for manifest in hostileManifests {
                    try expect(.schema, "\(manifest.name) \(manifest.tables.map(\.name)) \(manifest.data)") {
                        _ = try provider.openWriter(manifest, data: StoreFixture.data)
                    }
                    try expect(.schema, "reading \(manifest.name)") { _ = try provider.openReader(manifest) }
                }
            },
            Case(name: "a data file that is no table is refused with its line") { provider in
                let ownership = try provider.takeOwnership(waiting: nil)
                defer { ownership.release() }
                let wrong: [(String, String)] = [
                    ("", "empty"), ("a,a\n", "line 1"), ("a;drop\n", "line 1"), ("a,b\n1,2\n3\n", "line 3"),
                    ("a\n\"open", "line 2"), ("a\n\"x\"y\n", "line 2"), ("a\nx\"y\n", "line 2"),
                ]
                for (text, place) in wrong {
                    let error = try expect(.schema, "'\(text)'") {
                        _ = try provider.openWriter(StoreFixture.manifest(), data: ["labels.csv": text])
                    }
                    try expect(error.message.contains(place), "'\(error.message)' does not say \(place)")
                }
                try expect(.schema, "no such file") { _ = try provider.openWriter(StoreFixture.manifest(), data: [:]) }
            },
        ]
    }

    private static func changed(_ table: TableDefinition, _ change: (inout [ColumnDefinition]) -> Void)
        -> TableDefinition
    {
        var columns = table.columns
        change(&columns)
        return TableDefinition(
            name: table.name, kind: table.kind, owner: table.owner, columns: columns, keyCount: table.keyCount,
            isReference: table.isReference, identity: table.identity)
    }

    private static var hostileManifests: [Manifest] {
        func named(_ name: String) -> Manifest {
            Manifest(name: name, version: 1, summary: LocalizedText(ar: "م", en: "m"), events: [], tables: [])
        }
        func table(_ name: String, _ columns: [String] = ["owner_id"]) -> Manifest {
            StoreFixture.manifest(tables: [
                TableDefinition(
                    name: name, kind: .rows, owner: "owner_id",
                    columns: columns.map { ColumnDefinition(name: $0, type: .text) }, keyCount: 1, isReference: false,
                    identity: [])
            ])
        }
        let long = String(repeating: "a", count: 41)
        return ["", "../escape", "Upper", "a/b", "a.b", "-a", "a--b", "a-", "a b", "a\u{0}b", long].map(named)
            + ["", "_outbox", "a\"b", "a;b", "a b", "Upper", "a__facts", "sqlite_master", "1a", "جدول", long].map {
                table($0)
            } + [
                table("t", ["owner_id", "x\" TEXT); DROP TABLE t; --"]), table("t", ["owner_id", "owner_id"]),
                table("t", ["other"]), table("label"),
                StoreFixture.manifest(tables: [StoreFixture.visits, table("visit_latest").tables[0]]),
                StoreFixture.manifest(tables: [], data: [DataFile(file: "labels.csv", table: "_setting")]),
            ]
    }
}
