import Bilingual
import Testing

@Suite struct MessageTests {
    private let catalogue: MessageCatalogue

    init() throws {
        catalogue = try MessageCatalogue(files: [
            "en.messages": """
            meeting = The {number, ordinal} meeting of {mechanism} is on {date, date}.
            count = {n, number, integer} of {share, number, percent}
            states = {names, list}
            sitting = {kind, select, open {open} other {closed}}
            both = {n, plural, one {{n} seat} other {{n} seats}}, the {n, ordinal}
            quoted = it''s '{'literal'}' {x}
            plain = Nothing to report
            """,
            "ar.messages": """
            meeting = الاجتماع {number, ordinal} في {mechanism} يوم {date, date}.
            count = {n, number, integer} من {share, number, percent}
            states = الدول: {names, list}
            sitting = {kind, select, open {مفتوحة} other {مغلقة}}
            both = {n, plural, zero {-} one {مقعد} two {مقعدان} few {{n} مقاعد} many {# مقعداً} other {# مقعد}}، {n, ordinal, feminine}
            quoted = '{'حرفي'}' {x}
            plain = لا شيء
            """,
        ])
    }

    private func both(_ key: String, _ arguments: [String: MessageArgument]) throws -> [String] {
        let message = MessageReference(key: key, arguments: arguments)
        return try [ReaderLocale.arabic, .english].map { try catalogue.render(message, $0, isolation: .none) }
    }

    @Test func aMessageIsWrittenInBothLanguages() throws {
        let texts = try both(
            "meeting",
            ["number": .integer(7), "mechanism": .text("ARCP"), "date": .date(try PartialDateString("2018-12-19"))])
        #expect(texts[0] == "الاجتماع السابع في ARCP يوم 19 كانون الأول/ديسمبر 2018.")
        #expect(texts[1] == "The Seventh meeting of ARCP is on 19 December 2018.")
    }

    @Test func everyTypeIsWritten() throws {
        #expect(try both("count", ["n": .integer(1234), "share": .number(0.5)])[1] == "1,234 of 50%")
        #expect(try both("states", ["names": .list(["Jordan", "Egypt"])])[1] == "Jordan and Egypt")
        #expect(try both("states", ["names": .list(["الأردن", "مصر"])])[0] == "الدول: الأردن ومصر")
        #expect(try both("sitting", ["kind": .choice("open")]) == ["مفتوحة", "open"])
        #expect(try both("sitting", ["kind": .choice("anything")]) == ["مغلقة", "closed"])
        #expect(try both("sitting", ["kind": .text("open")]) == ["مفتوحة", "open"])
        #expect(try both("both", ["n": .integer(3)]) == ["3 مقاعد، الثالثة", "3 seats, the Third"])
        #expect(try both("quoted", ["x": .text("{x}")]) == ["{حرفي} {x}", "it's {literal} {x}"])
        #expect(try both("plain", [:]) == ["لا شيء", "Nothing to report"])
    }

    @Test func insertedTextsListsAndDatesAreIsolatedInPlainTextAndNumbersAreNot() throws {
        let meeting = MessageReference(
            key: "meeting",
            arguments: [
                "number": .integer(2), "mechanism": .text("C++"), "date": .date(try PartialDateString("2018-07")),
            ])
        #expect(
            try catalogue.render(meeting, .arabic)
                == "الاجتماع الثاني في \u{2068}C++\u{2069} يوم \u{2068}تموز/يوليه 2018\u{2069}.")
        let states = MessageReference(key: "states", arguments: ["names": .list(["مصر", "IOM\u{2069}"])])
        #expect(try catalogue.render(states, .english) == "\u{2068}مصر\u{2069} and \u{2068}IOM\u{2069}")
        let count = MessageReference(key: "count", arguments: ["n": .integer(5), "share": .integer(1)])
        #expect(try catalogue.render(count, .english) == "5 of 100%")
    }

    @Test func aTextThatExistsInBothLanguagesIsShownInTheReaders() throws {
        #expect(
            try both("quoted", ["x": .localized(ar: "مصر", en: "Egypt")]) == ["{حرفي} مصر", "it's {literal} Egypt"])
        let names: [MessageText] = [.each(ar: "مصر", en: "Egypt"), "IOM"]
        #expect(try both("states", ["names": .list(names)]) == ["الدول: مصر وIOM", "Egypt and IOM"])
        #expect(MessageArgument.text(names[0]) == .localized(ar: "مصر", en: "Egypt"))
        #expect(MessageArgument.text(names[1]) == .text("IOM"))
    }

    @Test func aReadersDigitsAreUsedThroughout() throws {
        let count = MessageReference(key: "count", arguments: ["n": .integer(1234), "share": .number(0.5)])
        #expect(try catalogue.render(count, .arabic).hasPrefix("1,234 من 50"))
        #expect(try catalogue.render(count, ReaderLocale(.arabic, digits: .arabicIndic)).hasPrefix("١٬٢٣٤ من ٥٠"))
    }

    @Test func whatIsMissingUnknownOrOfAnotherTypeIsAnErrorThatNamesIt() throws {
        func failure(_ key: String, _ arguments: [String: MessageArgument]) -> BilingualError? {
            #expect(throws: BilingualError.self) { try both(key, arguments) }
        }
        #expect(failure("nothing", [:])?.code == .messageUnknown)
        let missing = failure("quoted", [:])
        #expect(missing?.code == .argumentMissing)
        #expect(missing?.message.contains("{x}") == true)
        let extra = failure("quoted", ["x": .text(""), "y\u{1B}": .text("")])
        #expect(extra?.code == .argumentUnknown)
        #expect(extra?.message.contains("y\\u{1B}") == true)
        let wrong = failure("quoted", ["x": .integer(1)])
        #expect(wrong?.code == .argumentType)
        #expect(wrong?.message == "quoted: {x} takes text and was given integer")
        #expect(failure("count", ["n": .number(1.5), "share": .number(1)])?.code == .argumentType)
        #expect(failure("states", ["names": .text("a")])?.code == .argumentType)
    }

    @Test func aSubjectMayBeWrittenFromTheValuesOfItsBody() throws {
        let message = MessageReference(key: "quoted", arguments: ["x": .text("a"), "other": .integer(1)])
        #expect(try catalogue.render(message, .english, isolation: .none, allowsUnused: true) == "it's {literal} a")
    }

    @Test func aValueIsTakenWholeWhateverItHolds() throws {
        #expect(try both("quoted", ["x": .text("a\u{0}b{count}'")])[1] == "it's {literal} a\u{0}b{count}'")
    }

    @Test func oneMessageServesManyThreads() async throws {
        let catalogue = catalogue
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let message = MessageReference(key: "both", arguments: ["n": .integer(Int64(number % 5 + 3))])
                    return try catalogue.render(message, .arabic, isolation: .none)
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(
            texts == [
                "3 مقاعد، الثالثة", "4 مقاعد، الرابعة", "5 مقاعد، الخامسة", "6 مقاعد، السادسة", "7 مقاعد، السابعة",
            ])
    }

    @Test func theCatalogueKnowsItsKeysAndPlaceholders() {
        #expect(catalogue.keys == ["both", "count", "meeting", "plain", "quoted", "sitting", "states"])
        #expect(
            catalogue.placeholders(of: "meeting") == [
                MessagePlaceholder(name: "number", type: .integer), MessagePlaceholder(name: "mechanism", type: .text),
                MessagePlaceholder(name: "date", type: .date),
            ])
        #expect(catalogue.placeholders(of: "nothing") == nil)
    }

    @Test func aCatalogueWithProblemsIsNotLoaded() {
        let error = #expect(throws: BilingualError.self) { try MessageCatalogue(files: ["en.messages": "a = A"]) }
        #expect(error?.code == .messagesInvalid)
        #expect(error?.message.contains("ar.messages:1: error:") == true)
    }
}
