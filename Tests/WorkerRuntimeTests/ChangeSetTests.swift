import PluginKit
import ProjectionStore
import Testing

@testable import WorkerRuntime

/// The change set against a dictionary that does the same without cleverness, over random changes.
@Suite struct ChangeSetTests {
    private static let tables = [
        TableDefinition(
            name: "state", kind: .rows, owner: "owner",
            columns: [
                .init(name: "owner", type: .text), .init(name: "number", type: .integer),
                .init(name: "value", type: .text),
            ], keyCount: 2, isReference: false, identity: []),
        TableDefinition(
            name: "total", kind: .tally, owner: "owner",
            columns: [
                .init(name: "owner", type: .text), .init(name: "count", type: .integer, merge: .sum),
                .init(name: "last", type: .text, merge: .max), .init(name: "least", type: .integer, merge: .min),
            ], keyCount: 1, isReference: false, identity: []),
    ]

    /// A change as the model keeps it.
    private struct Expected: Equatable {
        var kind: Effects.Change.Kind
        var values: [Cell]
    }

    private func change(
        _ table: Int, _ kind: Effects.Change.Kind, _ key: [Cell], _ values: [Cell], _ buffer: ByteBuffer
    ) throws -> Effects.Change {
        let start = buffer.count
        for cell in key { try RowCodec.appendKey(cell, to: buffer) }
        let middle = buffer.count
        for cell in values { try RowCodec.appendValue(cell, to: buffer) }
        return Effects.Change(table: table, kind: kind, key: start..<middle, values: middle..<buffer.count)
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `random changes leave what a dictionary leaves, each key once and sorted`(seed: UInt64) throws {
        var random = Generator(state: seed)
        let buffer = ByteBuffer(capacity: 64)
        let changes = ChangeSet(tables: Self.tables, buffer: buffer)
        var model: [Int: [[String]: Expected]] = [0: [:], 1: [:]]
        for _ in 0..<4000 {
            let owner = "mechanism-\(Int.random(in: 0..<60, using: &random))"
            if Bool.random(using: &random) {
                let number = Int64.random(in: -4...4, using: &random)
                let deletes = Int.random(in: 0..<5, using: &random) == 0
                let values: [Cell] = deletes ? [] : [.string("v\(Int.random(in: 0..<1000, using: &random))")]
                let kind: Effects.Change.Kind = deletes ? .delete : .put
                changes.add(try change(0, kind, [.string(owner), .integer(number)], values, buffer))
                model[0]?[[owner, String(number)]] = Expected(kind: kind, values: values)
            } else {
                let values: [Cell] = [
                    Bool.random(using: &random) ? .integer(1) : .null,
                    Bool.random(using: &random) ? .string("d\(Int.random(in: 0..<90, using: &random))") : .null,
                    Bool.random(using: &random) ? .integer(Int64.random(in: 0..<90, using: &random)) : .null,
                ]
                changes.add(try change(1, .merge, [.string(owner)], values, buffer))
                let before = model[1]?[[owner]]?.values ?? [.null, .null, .null]
                model[1]?[[owner]] = Expected(kind: .merge, values: Self.merged(before, values))
            }
        }

        var seen: [Int: [[String]: Expected]] = [0: [:], 1: [:]]
        try changes.drain { table, changes in
            let definition = Self.tables[table]
            var last: [UInt8]?
            for change in changes {
                let bytes = Array(buffer.bytes(change.key))
                if let last { #expect(last.lexicographicallyPrecedes(bytes)) }
                last = bytes
                let key = RowCodec.decodeKey(
                    buffer.bytes(change.key), types: definition.columns.prefix(definition.keyCount).map(\.type))
                let count = change.kind == .delete ? 0 : definition.columns.count - definition.keyCount
                seen[table]?[key.map(\.plain)] = Expected(
                    kind: change.kind, values: RowCodec.decodeValues(buffer.bytes(change.values), count: count))
            }
        }
        #expect(seen == model)
        #expect(changes.rowCount == 0)
    }

    @Test func `a read of an owner with changes waiting has to write first, another need not`() throws {
        let buffer = ByteBuffer()
        let changes = ChangeSet(tables: Self.tables, buffer: buffer)
        #expect(!changes.mayTouch(table: 0, owner: try key("a", buffer)))
        changes.add(try change(0, .put, [.string("a"), .integer(1)], [.string("x")], buffer))
        #expect(changes.mayTouch(table: 0, owner: try key("a", buffer)))
        #expect(!changes.mayTouch(table: 0, owner: try key("b", buffer)))
        #expect(!changes.mayTouch(table: 1, owner: try key("a", buffer)))
        changes.removeAll()
        #expect(!changes.mayTouch(table: 0, owner: try key("a", buffer)))
    }

    @Test func `the first read writes whatever waits, because owners were not noted before`() throws {
        let buffer = ByteBuffer()
        let changes = ChangeSet(tables: Self.tables, buffer: buffer)
        changes.add(try change(0, .put, [.string("a"), .integer(1)], [.string("x")], buffer))
        #expect(changes.mayTouch(table: 0, owner: try key("b", buffer)))
    }

    @Test func `a sum that overflows stays at the greatest number`() throws {
        let buffer = ByteBuffer()
        let changes = ChangeSet(tables: Self.tables, buffer: buffer)
        for count in [Int64.max, 5] {
            changes.add(try change(1, .merge, [.string("a")], [.integer(count), .null, .null], buffer))
        }
        try changes.drain { _, changes in
            let values = changes.map { RowCodec.decodeValues(buffer.bytes($0.values), count: 3) }
            #expect(values == [[.integer(.max), .null, .null]])
        }
    }

    private func key(_ owner: String, _ buffer: ByteBuffer) throws -> UnsafeBufferPointer<UInt8> {
        // Room first, so that the bytes stay where they are while the test looks at them.
        buffer.reserve(256)
        let start = buffer.count
        try RowCodec.appendKey(.string(owner), to: buffer)
        return buffer.bytes(start..<buffer.count)
    }

    private static func merged(_ before: [Cell], _ after: [Cell]) -> [Cell] {
        func pick(_ left: Cell, _ right: Cell, _ choose: (Cell, Cell) -> Cell) -> Cell {
            left.isNull ? right : right.isNull ? left : choose(left, right)
        }
        return [
            pick(before[0], after[0]) { .integer(($0.integer ?? 0) + ($1.integer ?? 0)) },
            pick(before[1], after[1]) { ($0.string ?? "") < ($1.string ?? "") ? $1 : $0 },
            pick(before[2], after[2]) { ($0.integer ?? 0) > ($1.integer ?? 0) ? $1 : $0 },
        ]
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }
}
