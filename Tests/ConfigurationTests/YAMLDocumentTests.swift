import Testing

@testable import Configuration

@Suite struct YAMLDocumentTests {
    func parse(_ text: String, limits: YAMLLimits = YAMLLimits()) throws(ConfigurationError) -> YAMLNode {
        try YAMLDocument.parse(text, file: "f.yaml", limits: limits)
    }

    func failure(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) -> String {
        do throws(ConfigurationError) {
            _ = try YAMLDocument.parse(bytes: bytes, file: "f.yaml", limits: limits)
            return "none"
        } catch {
            return error.description
        }
    }

    @Test func `a tree keeps order, text as written and the place of each piece`() throws {
        let root = try parse("b: 1\na:\n  - NO\n  - 'x'\n")
        #expect(root.entries?.map(\.key) == ["b", "a"])
        #expect(root["b"]?.content == .scalar(YAMLScalar("1")))
        #expect(root["b"]?.place == .file("f.yaml", line: 1, column: 4))
        #expect(root["a"]?.elements?.map(\.text) == ["NO", "x"])
        #expect(root["a"]?.elements?.last?.content == .scalar(YAMLScalar("x", isPlain: false)))
        #expect(root["a"]?.elements?.last?.place.description == "f.yaml:4:5")
        #expect(root["c"] == nil)
    }

    @Test func `columns count characters, not bytes`() throws {
        let root = try parse("ديوان: [مرحبا, x]")
        #expect(root["ديوان"]?.elements?.last?.place == .file("f.yaml", line: 1, column: 16))
    }

    @Test(arguments: ["", "# only this\n", "---\n", "~", "null"])
    func `nothing is null`(_ text: String) throws {
        #expect(try parse(text).isNull)
    }

    @Test func `quoted null is text`() throws {
        #expect(try !parse("'null'").isNull)
    }

    @Test func `an alias stands for its anchor, with the anchor's places`() throws {
        let root = try parse("a: &x {k: v}\nb: *x\n")
        #expect(root["b"] == root["a"])
        #expect(root["b"]?["k"]?.place.line == 1)
    }

    @Test func `an anchor set again counts from there on`() throws {
        let root = try parse("[&x 1, *x, &x 2, *x]")
        #expect(root.elements?.map(\.text) == ["1", "1", "2", "2"])
    }

    @Test func `aliases that would grow into billions of values are refused`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            text += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }
        #expect(
            failure(Array(text.utf8))
                == "f.yaml:5:45: more than 100000 values, each alias counted as all that it stands for")
    }

    @Test func `nesting through aliases counts as nesting`() {
        var text = "a0: &a0 [x]\n"
        for level in 1...70 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(failure(Array(text.utf8)) == "f.yaml:63:12: nested deeper than 64 levels")
    }

    @Test(arguments: ["[", "{a: ", "- "])
    func `a document nested without end is refused`(_ opening: String) {
        let text = String(repeating: opening, count: 10_000)
        #expect(failure(Array(text.utf8)).hasSuffix("nested deeper than 64 levels"))
    }

    @Test func `a long document is refused before it is read`() {
        #expect(
            failure([UInt8](repeating: 0x20, count: 101), limits: YAMLLimits(bytes: 100))
                == "f.yaml: 101 bytes; at most 100 bytes are read")
    }

    @Test(
        arguments: [
            ([0x61, 0x3A, 0x20, 0xFF], "f.yaml:1:4: invalid leading UTF-8 octet"),
            ([0x61, 0x0A, 0xD8, 0xA7, 0xC3, 0x28], "f.yaml:2:3: invalid trailing UTF-8 octet"),
            ([0x61, 0xED, 0xA0, 0x80], "f.yaml:1:2: invalid Unicode character"),
            ([0x61, 0xC0, 0x80], "f.yaml:1:2: invalid length of a UTF-8 sequence"),
            ([0x61, 0x00], "f.yaml:1:2: control characters are not allowed"),
            ([0x61, 0x1B], "f.yaml:1:2: control characters are not allowed"),
        ] as [([UInt8], String)])
    func `bytes that are no text are refused with their place`(_ bytes: [UInt8], _ expected: String) {
        #expect(failure(bytes) == expected)
    }

    @Test func `a byte order mark is no content`() throws {
        #expect(try YAMLDocument.parse(bytes: [0xEF, 0xBB, 0xBF] + Array("a: b".utf8), file: "f")["a"]?.text == "b")
    }

    @Test func `lines of Windows read the same`() throws {
        #expect(try parse("a: b\r\nc: d\r\n")["c"]?.text == "d")
    }

    @Test func `a file that is not there says so, and ends with 66`() {
        do throws(ConfigurationError) {
            _ = try YAMLDocument.read(file: "no/such/file.yaml")
            Issue.record("read")
        } catch {
            #expect(error.problems.map(\.code) == [.unreadable])
            #expect(
                error.description
                    == "no/such/file.yaml: cannot be read: no such file or directory; check the path and its rights")
            #expect(error.exitCode == .noInput)
        }
    }

    @Test func `a folder and an endless device are refused`() {
        #expect(throws: ConfigurationError.self) { try YAMLDocument.read(file: "/") }
        #expect(throws: ConfigurationError.self) { try YAMLDocument.read(file: "/dev/zero") }
    }

    @Test func `no cut of a document crashes the reader`() {
        let bytes = Array("a: &x [1, 'two', \"thr\\u0065e\"]\nb: {c: *x, ? d : |\n  text\n}\ne: >-\n  ديوان\n".utf8)
        for end in bytes.indices {
            _ = failure(Array(bytes[..<end]))
            for byte: UInt8 in [0x00, 0x09, 0x22, 0x26, 0x2A, 0x3A, 0x5B, 0x7B, 0xFF] {
                var changed = bytes
                changed[end] = byte
                _ = failure(changed)
            }
        }
        #expect(failure(Array("a: b".utf8)) == "none")
    }
}
