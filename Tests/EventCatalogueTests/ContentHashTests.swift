// Rule 6: SHA-256 over the RFC 8785 form of type, subject and data.
import EventCatalogue
import Hashing
import PluginKit
import Testing

@Suite struct ContentHashTests {
    let catalogue: EventCatalogue

    init() throws { catalogue = try #require(Sources.catalogue) }

    /// RFC 8785, appendix B: IEEE bits and what ECMAScript prints.
    static let numbers: [(UInt64, String)] = [
        (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ]

    @Test(arguments: numbers) func numbersPrintAsECMAScriptDoes(_ bits: UInt64, _ text: String) throws {
        let number = Double(bitPattern: bits)
        var parser = JSONParser()
        #expect(try parser.parse("\(number)").canonicalJSON() == text)
        #expect(try parser.parse(text).canonicalJSON() == text)
    }

    /// RFC 8785, 3.2.2 and 3.2.3.
    @Test func membersAndEscapesAreThoseOfTheRFC() throws {
        var parser = JSONParser()
        let sample = """
            {"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
            "string":"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}
            """
        #expect(
            try parser.parse(sample).canonicalJSON()
                == #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#
                + #""string":"€$\u000f\nA'B\"\\\\\"/"}"#)
        let order = """
            {"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
            "\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}
            """
        #expect(
            try parser.parse(order).members.map { String($0.0) }.count == 7)
        let sorted = try parser.parse(parser.parse(order).canonicalJSON()).members.compactMap(\.1.string)
        #expect(
            sorted == [
                "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
                "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
            ])
    }

    @Test func longNamesAreOrderedByUTF16Too() throws {
        var parser = JSONParser()
        let names = (0..<60).map { "\"common-prefix-\($0 % 2 == 0 ? "😀" : "\u{FB33}")-\(100 - $0)\":\($0)" }
        let value = try parser.parse("{\(names.joined(separator: ","))}")
        let keys = try parser.parse(value.canonicalJSON()).members.map { Array(String($0.0).utf16) }
        #expect(keys == keys.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test func theHashIsOverTypeSubjectAndDataOnly() throws {
        let event = try #require(Record.event().decode(catalogue).event)
        let form =
            #"{"data":{"meeting_id":"m-1","starts":"2024-05"},"subject":"m-1","type":"org.iscm.meeting.held.v1"}"#
        #expect(event.contentHash.hex == SHA256.hash(form).hex)
        let bare = try #require(Record.event(["subject": nil]).decode(catalogue).event)
        let bareForm = #"{"data":{"meeting_id":"m-1","starts":"2024-05"},"type":"org.iscm.meeting.held.v1"}"#
        #expect(bare.contentHash.hex == SHA256.hash(bareForm).hex)
        for same in [
            ["id": "\"e-2\""], ["time": nil], ["source": "\"/other\""],
            ["data": "{\"starts\":\"2024\\u002d05\", \"meeting_id\":\"m-1\"}"],
        ] {
            #expect(Record.event(same).decode(catalogue).event?.contentHash == event.contentHash)
        }
        let other = Record.event(["data": "{\"meeting_id\":\"m-1\",\"starts\":\"2024-06\"}"])
        #expect(other.decode(catalogue).event?.contentHash != event.contentHash)
    }

    @Test func theEventHashIsOverEverything() throws {
        let event = try #require(Record.event().decode(catalogue).event)
        let form = """
            {"data":{"meeting_id":"m-1","starts":"2024-05"},"datacontenttype":"application/json","id":"e-1",\
            "partitionkey":"arcp","source":"/tests/synthetic","specversion":"1.0","subject":"m-1",\
            "time":"2024-05-01T09:30:00Z","type":"org.iscm.meeting.held.v1"}
            """
        #expect(event.eventHash?.hex == SHA256.hash(form).hex)
        #expect(Record.event(["id": "\"e-2\""]).decode(catalogue).event?.eventHash != event.eventHash)
    }

    @Test func aTopicMayDoWithoutTheHash() {
        #expect(Record.event().with { $0.contentHash = false }.decode(catalogue).event?.contentHash == ContentHash.none)
    }

    /// FIPS 180-4 samples.
    @Test func sha256() {
        #expect(SHA256.hash("abc").hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(SHA256.hash("").hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        var parts = SHA256()
        parts.update("a")
        parts.update("bc")
        #expect(parts.finish() == SHA256.hash("abc"))
        parts.update("abc")
        #expect(parts.finish() == SHA256.hash("abc"), "one value hashes message after message")
        #expect(ContentHash(bytes: SHA256.hash("abc").bytes)?.hex == SHA256.hash("abc").hex)
    }
}
