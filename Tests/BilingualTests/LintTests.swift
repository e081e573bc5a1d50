import Bilingual
import Testing

@Suite struct LintTests {
    private static let arabicPlural = "zero {-} one {-} two {-} few {-} many {-} other {-}"

    private func problems(en: String?, ar: String?) -> [MessageProblem] {
        var files: [String: String] = [:]
        files["en.messages"] = en
        files["ar.messages"] = ar
        return MessageLint.check(files: files, folder: "messages").problems
    }

    @Test func messagesThatAgreeHaveNoProblems() {
        let found = problems(
            en: "a = {name}: {n, plural, =0 {none} one {one} other {#}}, {d, date}, {x, select, y {Y} other {Z}}",
            ar: "a = {d, date} {x, select, other {ب} y {أ}} {name} {n, plural, \(Self.arabicPlural)}")
        #expect(found.isEmpty)
    }

    @Test func aPluginThatSaysNothingHasNoProblems() {
        #expect(MessageLint.check(files: [:]).problems.isEmpty)
    }

    @Test func aMissingLanguageIsReported() {
        #expect(
            problems(en: "a = A", ar: nil).map(\.description) == [
                "messages/ar.messages:1: error: the file is missing: every message stands in Arabic and in English, so "
                    + "write messages/ar.messages"
            ])
        #expect(problems(en: nil, ar: "a = أ").map(\.code) == [.languageMissing])
    }

    @Test func aFileOfAnotherLanguageIsReported() {
        let result = MessageLint.check(files: ["fr.messages": "a = A", "en.messages": "a = A", "ar.messages": "a = أ"])
        #expect(result.problems.map(\.code) == [.fileUnknown])
        #expect(result.problems.map(\.file) == ["fr.messages"])
    }

    @Test func aMissingKeyIsReportedInTheFileThatLacksIt() {
        #expect(
            problems(en: "a = A\nb.c = B", ar: "a = أ\n").map(\.description) == [
                "messages/ar.messages:1: error: b.c is missing: en.messages:2 has it; write it in Arabic too"
            ])
        #expect(
            problems(en: "a = A", ar: "a = أ\n\nb = ب").map(\.description) == [
                "messages/en.messages:1: error: b is missing: ar.messages:3 has it; write it in English too"
            ])
    }

    @Test func aMissingPlaceholderIsReportedInTheFileThatLacksIt() {
        #expect(
            problems(en: "# x\na = {name} {date, date}", ar: "a = {name}").map(\.description) == [
                "messages/ar.messages:1: error: a has no {date}, which en.messages:2 has: add it here, or remove it there"
            ])
        #expect(
            problems(en: "a = A", ar: "a = {name}").map(\.description) == [
                "messages/en.messages:1: error: a has no {name}, which ar.messages:1 has: add it here, or remove it there"
            ])
    }

    /// A translator who changes a placeholder's name gets both halves of the matter.
    @Test func aRenamedPlaceholderIsReportedOnBothSides() {
        let found = problems(en: "a = {name}", ar: "a = {mame}")
        #expect(found.map(\.code) == [.placeholderMissing, .placeholderMissing])
        #expect(Set(found.map(\.file)) == ["messages/ar.messages", "messages/en.messages"])
    }

    @Test func aPlaceholderInsideAPluralFormCountsToo() {
        let found = problems(
            en: "a = {n, plural, one {{who} came} other {# came}}", ar: "a = {n, plural, \(Self.arabicPlural)}")
        #expect(found.map(\.code) == [.placeholderMissing])
        #expect(found.first?.message.contains("{who}") == true)
    }

    @Test func placeholdersOfDifferentTypesAreReported() {
        #expect(
            problems(en: "a = {n}", ar: "a = {n, plural, \(Self.arabicPlural)}").map(\.description) == [
                "messages/ar.messages:1: error: a: {n} is integer here and text in en.messages:1: use the same type in both, "
                    + "such as {n, number, integer} for a bare number"
            ])
        #expect(problems(en: "a = {d, date}", ar: "a = {d}").map(\.code) == [.placeholderType])
    }

    @Test(arguments: ["zero", "one", "two", "few", "many"])
    func everyArabicPluralFormIsNeeded(form: String) {
        let forms = Self.arabicPlural.replacing("\(form) {-} ", with: "")
        let found = problems(en: "a = {n, plural, one {1} other {#}}", ar: "a =\n\n  {n, plural, \(forms)}")
        #expect(
            found.map(\.description) == [
                "messages/ar.messages:3: error: a: {n, plural} lacks \(form): Arabic needs zero, one, two, few, many, other, "
                    + "each as \(form) {…}"
            ])
    }

    @Test func englishNeedsOneAndOtherAndKnowsNoMore() {
        let arabic = "a = {n, plural, \(Self.arabicPlural)}"
        #expect(problems(en: "a = {n, plural, other {#}}", ar: arabic).map(\.code) == [.pluralFormMissing])
        let found = problems(en: "a = {n, plural, one {1} few {2} other {#}}", ar: arabic)
        #expect(found.map(\.code) == [.pluralFormUnknown])
        #expect(found.first?.message.contains("few") == true)
    }

    @Test func positionsHaveFormsOfTheirOwn() {
        let english = "a = {n, selectordinal, one {#st} two {#nd} few {#rd} other {#th}}"
        #expect(problems(en: english, ar: "a = {n, selectordinal, other {#}}").isEmpty)
        #expect(
            problems(en: "a = {n, selectordinal, other {#}}", ar: "a = {n, number, integer}").map(\.code) == [
                .pluralFormMissing
            ])
    }

    @Test func aSelectChoosesAmongTheSameKeywordsInBoth() {
        let found = problems(en: "a = {x, select, open {A} other {B}}", ar: "a = {x, select, opened {أ} other {ب}}")
        #expect(found.map(\.code) == [.selectMismatch])
        #expect(
            found.first?.message.contains("among opened, other here and among open, other in en.messages:1") == true)
    }

    @Test(arguments: [
        ("{name", "partner"), ("{n, plural, one {1}}", "other {…}"), ("{0} came", "numbered"),
        ("{n, choice, 0#none|1#one}", "plural or select"), ("{t, time}", "the types are"),
        ("{n, spellout}", "the types are"),
        ("{d, date, long}", "no style"), ("{n, number, #0.0}", "the styles are"),
        ("{n, number, ::nonsense}", "ICU refuses"),
        ("{Name}", "small letter"), ("{start_date}", "small letter"), ("{a b}", "pattern"),
        ("{n} {n, select, other {x}}", "stands as text and as choice"), ("{d} {d, date}", "stands as text and as date"),
    ])
    func aPatternThatCannotBeUsedIsReportedWithWhatToDo(pattern: String, hint: String) {
        let found = problems(en: "a = {x}\nb =\n  {y}\n  \(pattern)", ar: "a = {x}\nb = حسن")
        #expect(found.map(\.code) == [.patternInvalid])
        #expect(found.first?.file == "messages/en.messages")
        #expect(found.first?.key == "b")
        // ICU does not say where a form is missing; the message's first line stands for it.
        #expect(found.first?.line == (hint == "other {…}" ? 3 : 4))
        #expect(found.first?.message.contains(hint) == true, "\(found)")
    }

    @Test func directionControlsInAPatternAreReported() {
        #expect(problems(en: "a = x\u{202E}y", ar: "a = أ").map(\.code) == [.directionControl])
        #expect(problems(en: "a = x\u{2067}y\u{2069}", ar: "a = أ").first?.message.contains("U+2067") == true)
        #expect(problems(en: "a = x\u{200E}y", ar: "a = أ\u{200F}").isEmpty)
    }

    @Test func textLeftInEnglishIsReportedButAcronymsAreNot() {
        #expect(problems(en: "a = Meeting of {x}", ar: "a = Meeting of {x}").map(\.code) == [.untranslated])
        #expect(problems(en: "a = IOM: {x}", ar: "a = IOM: {x}").isEmpty)
        #expect(problems(en: "a = {longName}", ar: "a = {longName}").isEmpty)
    }

    @Test func keysThatBecomeOneNameInSwiftAreReported() {
        let found = problems(en: "a.b = A\na-b = B", ar: "a.b = أ\na-b = ب")
        #expect(found.map(\.code) == [.keyAmbiguous])
        #expect(found.first?.message.contains("aB") == true)
    }

    @Test func everythingIsReportedAtOnceInTheOrderOfTheFiles() {
        let found = problems(en: "a = {\nb = {x}\nBad = 1", ar: "c = ج\nb = ب")
        #expect(
            found.map { "\($0.file):\($0.line) \($0.code.rawValue)" } == [
                "messages/ar.messages:2 key-missing", "messages/ar.messages:2 placeholder-missing",
                "messages/en.messages:1 pattern-invalid", "messages/en.messages:3 key-invalid",
                "messages/en.messages:3 key-missing",
            ])
    }

    @Test func accessorsCarryThePlaceholdersOfAMessage() {
        let result = MessageLint.check(files: [
            "en.messages":
                "z = Z\nmeeting.body = {in} {n, number, integer} {d, date} {all, list} {share, number} {x, select, other {}}",
            "ar.messages":
                "z = ي\nmeeting.body = {in} {n, number, integer} {d, date} {all, list} {share, number} {x, select, other {}}",
        ])
        #expect(
            MessageAccessors.source(result.messages) == """
                public enum Messages {
                    /// `meeting.body`
                    public static func meetingBody(`in`: MessageText, n: Int, d: PartialDateString, all: [MessageText], share: Double, x: String) -> MessageReference {
                        MessageReference(
                            key: "meeting.body",
                            arguments: ["in": .text(`in`), "n": .integer(Int64(n)), "d": .date(d), "all": .list(all), "share": .number(share), "x": .choice(x)])
                    }
                    /// `z`
                    public static let z = MessageReference(key: "z")
                }

                """)
    }
}
