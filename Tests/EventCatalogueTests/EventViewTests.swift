// What handlers see: texts, values and dates as views of the batch.
import EventCatalogue
import PluginKit
import Testing

@Suite struct EventViewTests {
    func parse(_ json: String) throws -> Value {
        var parser = JSONParser()
        return try parser.parse(json)
    }

    @Test func theNodeHasTheLayoutOfTheDecoder() {
        #expect(MemoryLayout<ValueNode>.size == 24 && MemoryLayout<ValueNode>.stride == 24)
        #expect(MemoryLayout<ValueNode>.offset(of: \.keyOffset) == 4)
        #expect(MemoryLayout<ValueNode>.offset(of: \.skip) == 12)
        #expect(MemoryLayout<ValueNode>.offset(of: \.payload) == 16)
    }

    @Test func valuesAnswerForTheirKindOnly() throws {
        let value = try parse(#" {"a":[1,[2,3],{"b":"x"},2.5],"n":null,"t":true,"":"empty"} "#)
        #expect(value.kind == .object && value.count == 4)
        #expect(value["a"]?.count == 4)
        #expect(value["a"]?[0]?.integer == 1)
        #expect(value["a"]?[0]?.number == 1)
        #expect(value["a"]?[1]?[1]?.integer == 3)
        #expect(value["a"]?[2]?["b"]?.string == "x")
        #expect(value["a"]?[3]?.number == 2.5)
        #expect(value["a"]?[3]?.integer == nil)
        #expect(value["a"]?[4] == nil && value["a"]?[-1] == nil)
        #expect(value["n"] == nil && value["missing"] == nil)
        #expect(value["t"]?.bool == true)
        #expect(value["t"]?.text == nil)
        #expect(value[name: ""]?.string == "empty")
        #expect(value[0] == nil && value.elements.map(\.kind) == [])
        #expect(value["a"]?.elements.map(\.kind) == [.integer, .array, .object, .number])
        #expect(value.members.map { "\($0.0):\($0.1.kind)" } == ["a:array", "n:null", "t:true", ":string"])
    }

    @Test func textsCompareByBytes() {
        #expect(Text("ab") == Text("ab") && Text("ab") != Text("ac") && Text("a") < Text("ab"))
        #expect(Text("Z") < Text("a") && Text("z") < Text("ا"))
        #expect(Text("ab") == "ab")
        #expect(Text("é") != "e\u{301}", "no normalisation")
        #expect(Set([Text("x"), Text("x"), Text("y")]).count == 2)
        #expect(String(Text("نص")) == "نص" && Text("").isEmpty)
    }

    @Test(arguments: [
        ("2004", "2004-01-01"), ("2004-02", "2004-02-01"), ("2004-02-29", "2004-02-29"), ("0987", "0987-01-01"),
    ]) func datesKeepTheirPrecision(_ text: String, _ start: String) throws {
        let date = try #require(PartialDate(text))
        #expect(date.description == text && date.start == start)
        #expect(PartialDate.start(of: Text(text)) == start)
    }

    @Test(arguments: [
        "", "04", "2004-13", "2004-00", "2003-02-29", "2004-2", "2004-02-30", "2004/02", "abcd", "2004-02-1x",
    ])
    func whatIsNoDateIsNil(_ text: String) { #expect(PartialDate(text) == nil) }

    @Test func datesAreOrderedByTheirStart() throws {
        let dates = ["2005", "2004-01-02", "2004-01-01", "2004-01", "2004", "2003-12-31"].compactMap { PartialDate($0) }
        #expect(
            dates.sorted().map(\.description) == ["2003-12-31", "2004", "2004-01", "2004-01-01", "2004-01-02", "2005"])
        #expect(PartialDate(Text("2004-05-06T10:00:00+03:00"))?.description == "2004-05-06")
    }

    @Test func anArenaThatNobodyHoldsIsUsedAgain() throws {
        let catalogue = try #require(Sources.catalogue)
        var arena = EventDecoder.makeArena()
        var decoder = EventDecoder(catalogue: catalogue)
        var event = Record.event().decode(with: &decoder, into: arena).event
        let first = ObjectIdentifier(arena)
        EventArena.recycle(&arena)
        #expect(ObjectIdentifier(arena) != first, "an event still reads from the old one")
        #expect(event?.id == "e-1")
        event = nil
        let second = ObjectIdentifier(arena)
        _ = Record.event().decode(with: &decoder, into: arena)
        EventArena.recycle(&arena)
        #expect(ObjectIdentifier(arena) == second && arena.byteCount == 0)
    }
}
