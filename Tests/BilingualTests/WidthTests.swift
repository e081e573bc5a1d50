import Bilingual
private import Glibc
import Testing

@Suite struct WidthTests {
    /// The C library's own table is the oracle: of the same version of Unicode as Debian 12's ICU, and what many
    /// programs of a terminal use.
    @Test func widthsAreThoseOfTheCLibrary() throws {
        let locale = try #require(newlocale(LC_CTYPE_MASK, "C.UTF-8", nil))
        let previous = uselocale(locale)
        defer {
            uselocale(previous)
            freelocale(locale)
        }
        // Glibc's module hides it behind a feature macro.
        typealias WidthOf = @convention(c) (wchar_t) -> Int32
        let symbol = try #require(dlsym(nil, "wcwidth"))
        let wcwidth = unsafeBitCast(symbol, to: WidthOf.self)
        var differences: [String] = []
        for value in UInt32(0x20)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let theirs = wcwidth(wchar_t(value))
            // -1: not printable there, so that table has no opinion.
            if theirs < 0 || Self.differs(value) { continue }
            let ours = TerminalText.width(String(scalar))
            if ours != Int(theirs) { differences.append("U+\(String(value, radix: 16)) \(ours) \(theirs)") }
        }
        #expect(differences.isEmpty)
    }

    /// Circled numbers on black squares and the hexagrams: glibc makes them wide by a rule of its own, while Unicode
    /// calls them ambiguous and neutral.
    private static func differs(_ value: UInt32) -> Bool {
        (0x3248...0x324F).contains(value) || (0x4DC0...0x4DFF).contains(value)
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("مُحَمَّد", 4), ("日本", 4), ("e\u{301}", 1), ("\u{2068}x\u{2069}", 1), ("한국", 4),
        ("نمی\u{200C}خواهم", 8),
    ])
    func textsTakeTheRoomThatTerminalsGiveThem(text: String, width: Int) {
        #expect(TerminalText.width(text) == width)
    }

    @Test(arguments: [
        ("a\nb", "a\\nb"), ("a\r\nb", "a\\r\\nb"), ("\t", "\\t"), ("\u{1B}[31mred", "\\u{1B}[31mred"),
        ("\u{9B}2J", "\\u{9B}2J"), ("\u{202E}exe", "\\u{202E}exe"), ("\u{2069}", "\\u{2069}"), ("\u{0}", "\\u{0}"),
        ("\u{7F}", "\\u{7F}"), ("\u{2028}", "\\u{2028}"), ("\u{E0041}", "\\u{E0041}"), ("\u{200B}", "\\u{200B}"),
        ("العربية", "العربية"), ("نمی\u{200C}", "نمی\u{200C}"), ("C:\\new", "C:\\new"),
    ])
    func whatSteersATerminalIsShownInstead(text: String, expected: String) {
        #expect(Array(TerminalText.escaped(text).unicodeScalars) == Array(expected.unicodeScalars))
    }
}
