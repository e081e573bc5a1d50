import Bilingual
import Testing

/// The integer samples of CLDR's plurals.xml (Debian's unicode-cldr-core 41) for `ar`; ranges as CLDR writes them.
private let arabicSamples: [(keyword: String, numbers: [ClosedRange<Int64>])] = [
    ("zero", [0...0]), ("one", [1...1]), ("two", [2...2]), ("few", [3...10, 103...110, 1003...1003]),
    ("many", [11...26, 111...111, 1011...1011]),
    (
        "other",
        [
            100...102, 200...202, 300...302, 400...402, 500...502, 600...600, 1000...1000, 10000...10000,
            100000...100000, 1_000_000...1_000_000,
        ]
    ),
]

@Suite struct PluralTests {
    @Test func arabicPluralFormsAreThoseOfCLDRsSamples() throws {
        for (keyword, ranges) in arabicSamples {
            for number in ranges.joined() {
                #expect(try NumberText.pluralKeyword(number, .arabic) == keyword, "\(number)")
            }
        }
    }

    @Test func arabicPluralFormsFollowCLDRsRulesFrom0To200() throws {
        for number in Int64(0)...200 {
            let expected =
                switch (number, number % 100) {
                case (0, _): "zero"
                case (1, _): "one"
                case (2, _): "two"
                case (_, 3...10): "few"
                case (_, 11...99): "many"
                default: "other"
                }
            #expect(try NumberText.pluralKeyword(number, .arabic) == expected, "\(number)")
        }
    }

    @Test func englishHasTwoForms() throws {
        for number in Int64(0)...200 {
            #expect(try NumberText.pluralKeyword(number, .english) == (number == 1 ? "one" : "other"))
        }
    }

    /// The counted nouns of the source documents: 9 آليات, 15 بلداً, 156 دولة.
    @Test(arguments: [
        (0, "لا بلدان"), (1, "بلد واحد"), (2, "بلدان"), (7, "7 بلدان"), (15, "15 بلداً"), (49, "49 بلداً"),
        (100, "100 بلد"), (166, "166 بلداً"), (1003, "1,003 بلدان"),
    ])
    func aMessageCountsAsTheDocumentsDo(count: Int64, expected: String) throws {
        let catalogue = try MessageCatalogue(files: [
            "en.messages": "countries = {count, plural, one {one country} other {# countries}}",
            "ar.messages": """
            countries = {count, plural,
                zero {لا بلدان} one {بلد واحد} two {بلدان} few {# بلدان} many {# بلداً} other {# بلد}}
            """,
        ])
        let message = MessageReference(key: "countries", arguments: ["count": .integer(count)])
        #expect(try catalogue.render(message, .arabic) == expected)
    }
}
