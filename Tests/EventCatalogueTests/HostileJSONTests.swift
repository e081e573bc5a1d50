// Fault row 32: JSON depth, 1e9999, duplicate keys, bad UTF-8, lone surrogates, NUL. A producer (or an attacker) writes
// such values; each is refused with its reason, and the decoder goes on with the next record.
import EventCatalogue
import PluginKit
import Testing

@Suite struct HostileJSONTests {
    let catalogue: EventCatalogue

    init() throws { catalogue = try #require(Sources.catalogue) }

    struct Case: Sendable, CustomStringConvertible {
        let name: String
        let bytes: [UInt8]
        let reason: ReasonCode
        var description: String { name }

        init(_ name: String, _ text: String, _ reason: ReasonCode) {
            self.init(name, Array(text.utf8), reason)
        }

        init(_ name: String, _ bytes: [UInt8], _ reason: ReasonCode) {
            self.name = name
            self.bytes = bytes
            self.reason = reason
        }

        /// The JSON in place of a valid event's `lines`.
        static func inside(_ name: String, _ json: String, _ reason: ReasonCode) -> Case {
            let record = Record.event(["data": "{\"meeting_id\":\"m-1\",\"lines\":\(json)}"])
            return Case(name, record.value ?? [], reason)
        }

        static func insideBytes(_ name: String, _ bytes: [UInt8], _ reason: ReasonCode) -> Case {
            let record = Record.event(["data": "{\"meeting_id\":\"m-1\",\"lines\":\"@\"}"])
            let parts = (record.value ?? []).split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
            return Case(name, Array(parts.joined(separator: bytes)), reason)
        }
    }

    static let cases: [Case] = [
        Case("no value bytes", "", .emptyValue),
        Case("white space only", " \n", .notJSON),
        Case("no JSON", "hello", .notJSON),
        Case("cut off", "{\"id\":\"1\"", .notJSON),
        Case("open string", "{\"id\":\"1", .notJSON),
        Case("something follows", "{} {}", .notJSON),
        Case("two closing braces", "{}}", .notJSON),
        Case("byte order mark", [0xEF, 0xBB, 0xBF] + Array("{}".utf8), .notJSON),
        Case("an array", "[]", .notAnObject),
        Case("a number", "1", .notAnObject),
        .inside("trailing comma", "[1,]", .notJSON),
        .inside("leading comma", "[,1]", .notJSON),
        .inside("single quotes", "'x'", .notJSON),
        .inside("a comment", "1 /* x */", .notJSON),
        .inside("NaN", "NaN", .notJSON),
        .inside("leading zero", "01", .notJSON),
        .inside("plus sign", "+1", .notJSON),
        .inside("no fraction", "1.", .notJSON),
        .inside("no exponent", "1e", .notJSON),
        .inside("bare minus", "-", .notJSON),
        .inside("number and letters", "12ab", .notJSON),
        .inside("truer than true", "truee", .notJSON),
        .inside("unknown escape", "\"\\q\"", .notJSON),
        .inside("short escape", "\"\\u12\"", .notJSON),
        .inside("bad hexadecimal", "\"\\u12G4\"", .notJSON),
        .inside("unquoted name", "{a:1}", .notJSON),
        .inside("missing colon", "{\"a\" 1}", .notJSON),
        .inside("brackets crossed", "[{]}", .notJSON),
        .inside("raw newline in a string", "\"a\nb\"", .notJSON),
        .inside("raw NUL in a string", "\"a\u{0}b\"", .nulCharacter),
        .inside("escaped NUL", "\"a\\u0000b\"", .nulCharacter),
        .inside("NUL in a name", "{\"\\u0000\":1}", .nulCharacter),
        .inside("lone high surrogate", "\"\\uD800\"", .loneSurrogate),
        .inside("lone low surrogate", "\"\\uDC00\"", .loneSurrogate),
        .inside("high surrogate before a letter", "\"\\uD83Dx\"", .loneSurrogate),
        .inside("two high surrogates", "\"\\uD83D\\uD83D\"", .loneSurrogate),
        .inside("surrogates in the wrong order", "\"\\uDE00\\uD83D\"", .loneSurrogate),
        .inside("lone surrogate in a name", "{\"\\uD800\":1}", .loneSurrogate),
        .inside("1e9999", "1e9999", .numberOutOfRange),
        .inside("-1e9999", "-1e9999", .numberOutOfRange),
        .inside("exponent that overflows", "1e99999999999999999999", .numberOutOfRange),
        .inside("integer that doubles round", "9007199254740993", .numberOutOfRange),
        .inside("the same with an exponent", "9007199254740993e0", .numberOutOfRange),
        .inside("the same with a point", "-9007199254740993.00", .numberOutOfRange),
        .inside("fraction that doubles lose", "0.99999999999999999999", .numberOutOfRange),
        .inside("number that doubles lose", "1e-9999", .numberOutOfRange),
        .inside("integer of 40 digits", "1234567890123456789012345678901234567890", .numberOutOfRange),
        .inside("duplicate name", "{\"a\":1,\"b\":2,\"a\":3}", .duplicateKey),
        .inside("duplicate by escape", "{\"a\":1,\"\\u0061\":3}", .duplicateKey),
        .inside("duplicate deep down", "[[{\"x\":[{\"a\":1,\"a\":1}]}]]", .duplicateKey),
        .inside("duplicate of the empty name", "{\"\":1,\"\":1}", .duplicateKey),
        .insideBytes("bad UTF-8", [0xFF], .notUTF8),
        .insideBytes("cut UTF-8", [0xD8], .notUTF8),
        .insideBytes("overlong UTF-8", [0xC0, 0xAF], .notUTF8),
        .insideBytes("surrogate in UTF-8", [0xED, 0xA0, 0x80], .notUTF8),
        .insideBytes("beyond Unicode", [0xF4, 0x90, 0x80, 0x80], .notUTF8),
        .inside("65 levels", nested(63), .tooDeep),
        .inside("10,000 levels", nested(10_000), .tooDeep),
        Case("10,000 open brackets", String(repeating: "[", count: 10_000), .tooDeep),
        Case("10,000 open objects", String(repeating: "{\"a\":", count: 10_000), .tooDeep),
    ]

    static func nested(_ levels: Int) -> String {
        String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }

    @Test(arguments: cases) func isRefusedWithItsReason(_ bad: Case) throws {
        var decoder = EventDecoder(catalogue: catalogue)
        let arena = EventDecoder.makeArena()
        #expect(Record(bytes: bad.bytes).decode(with: &decoder, into: arena).reason == bad.reason)
        #expect(arena.byteCount == 0 && arena.nodeCount == 0, "a refused record leaves nothing behind")
        #expect(Record.event().decode(with: &decoder, into: arena).event?.id == "e-1", "the next record is read")
    }

    @Test func duplicatesBesideManyMembersAreFound() {
        let many = (0..<3_000).map { "\"k\($0)\":\($0)" }
        let record = { (members: [String]) in
            Record.event(["data": "{\"meeting_id\":\"m\",\(members.joined(separator: ","))}"])
        }
        #expect(record(many).decode(catalogue).event != nil)
        #expect(record(many + ["\"k1234\":0"]).decode(catalogue).refusal?.detail.hasPrefix("/data/k1234") == true)
    }

    @Test func whatLooksHostileButIsJSONIsTaken() throws {
        let data = """
            {"meeting_id":"m-1","lines":"\\u0001\\uD83D\\uDE00 \\"\\\\\\/","a":0.0e-9999,"b":-0.0,"c":9007199254740992,
            "d":\(Self.nested(62)),"e":12345678901234567e3,"h":1.5e-3,"f":18446744073709551616,"g":1.0}
            """
        let event = try #require(Record.event(["data": data]).decode(catalogue).event)
        #expect(event.data?["lines"]?.string == "\u{1}😀 \"\\/")
        #expect(event.data?["a"]?.integer == 0)
        #expect(event.data?["b"]?.integer == 0)
        #expect(event.data?["c"]?.integer == 9_007_199_254_740_992)
        #expect(event.data?["f"]?.number == 18_446_744_073_709_551_616)
        #expect(event.data?["g"]?.integer == 1)
    }

    @Test func aRefusalNamesThePlaceAndNoValue() throws {
        let deep = Record.event(["data": "{\"meeting_id\":\"m\",\"a/b\":[0,{\"x~y\":\"secret\\uD800\"}]}"])
        let refusal = try #require(deep.decode(catalogue).refusal)
        #expect(refusal.detail.hasPrefix("/data/a~1b/1/x~0y: "))
        #expect(!refusal.detail.contains("secret"))
    }

    @Test func trustedModeSkipsDuplicatesAndSchemaOnly() {
        let duplicate = Record.event(["data": "{\"meeting_id\":1,\"a\":1,\"a\":2}"])
        #expect(duplicate.with { $0.validation = .trusted }.decode(catalogue).event != nil)
        let broken = Record.event(["data": "{\"meeting_id\":01}"]).with { $0.validation = .trusted }
        #expect(broken.decode(catalogue).reason == .notJSON)
    }

    /// Ten thousand seeded mutations of valid records, in both validations: whatever comes, the answer is an outcome; and
    /// what is taken survives its own canonical form.
    @Test func mutatedBytesNeverCrash() throws {
        var random = SeededGenerator(seed: 32)
        let seeds = [
            Record.event().value ?? [],
            Record.event(["data": "{\"meeting_id\":\"\\u0627\\uD83D\\uDE00\",\"n\":[1.5e3,-2,null,true,{\"k\":[]}]}"])
                .value ?? [],
        ]
        var decoder = EventDecoder(catalogue: catalogue)
        var arena = EventDecoder.makeArena()
        var parser = JSONParser()
        var taken = 0
        for round in 0..<10_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                case 2: bytes.insert(Array("{}[]\",:\\0eu-".utf8).randomElement(using: &random) ?? 0, at: at)
                default: bytes.removeLast(min(bytes.count - 1, Int.random(in: 0..<8, using: &random)))
                }
            }
            var record = Record(bytes: bytes)
            record.settings.validation = round % 3 == 0 ? .trusted : .full
            if round % 100 == 0 { EventArena.recycle(&arena) }
            if let event = record.decode(with: &decoder, into: arena).event, let data = event.data {
                taken += 1
                let canonical = data.canonicalJSON()
                #expect(try parser.parse(canonical).canonicalJSON() == canonical)
            }
        }
        #expect(taken > 100 && taken < 9_000, "the mutations hit both sides")
    }
}
