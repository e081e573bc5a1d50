import Bilingual
import Testing

@Suite struct MessageFileTests {
    private func read(_ text: String) -> (entries: [MessageFile.Entry], problems: [MessageProblem]) {
        var problems: [MessageProblem] = []
        let file = MessageFile(name: "en.messages", language: .english, text: text, problems: &problems)
        return (file.entries, problems)
    }

    private func pattern(_ text: String) -> String? { read(text).entries.first?.pattern }

    @Test func aMessageIsAKeyAndWhatFollowsTheFirstEqualsSign() {
        let (entries, problems) = read("# a comment\n\na.b-2 = x = y\nlast=z\n")
        #expect(entries.map(\.key) == ["a.b-2", "last"])
        #expect(entries.map(\.pattern) == ["x = y", "z"])
        #expect(entries.map(\.line) == [3, 4])
        #expect(problems.isEmpty)
    }

    @Test func indentedLinesGoOnEachOnItsOwnLine() {
        #expect(pattern("a = one\n    two\n\tthree\nb = x") == "one\ntwo\nthree")
        #expect(pattern("a =\n    one\n    two") == "one\ntwo")
    }

    @Test func emptyLinesCountOnlyBetweenTheLinesOfAMessage() {
        #expect(pattern("a = one\n\n    two\n\n\nb = x") == "one\n\ntwo")
        #expect(pattern("a =\n\n    one\n   \n    two\n\n") == "one\n\ntwo")
    }

    @Test func aBackslashJoinsTheNextLine() {
        #expect(pattern("a = one \\\n    two\n    three") == "one two\nthree")
    }

    @Test func aNumberSignCommentsInTheFirstColumnOnly() {
        #expect(pattern("a =\n    # seats\n# comment\n    more") == "# seats\nmore")
    }

    @Test func lineEndsAndByteOrderMarksOfOtherSystemsAreRead() {
        let (entries, problems) = read("\u{FEFF}a = one\r\n    two\r\nb = x\r\n")
        #expect(entries.map(\.pattern) == ["one\ntwo", "x"])
        #expect(problems.isEmpty)
    }

    @Test(arguments: [
        ("no sign", MessageProblem.Code.lineInvalid, 1), ("\n  indented", .lineInvalid, 2),
        ("Key = x", .keyInvalid, 1), ("a..b = x", .keyInvalid, 1), (" = x", .lineInvalid, 1), ("= x", .keyInvalid, 1),
        ("مفتاح = x", .keyInvalid, 1), ("a_b = x\n   more", .keyInvalid, 1), ("a = x\nb = y\na = z", .keyDuplicate, 3),
        ("a =\n\nb = x", .patternEmpty, 1),
    ])
    func whatCannotBeReadIsReportedWithItsLine(text: String, code: MessageProblem.Code, line: Int) {
        let problems = read(text).problems
        #expect(problems.map(\.code) == [code])
        #expect(problems.map(\.line) == [line])
        #expect(problems.first?.description.hasPrefix("en.messages:\(line): error: ") == true)
    }
}
