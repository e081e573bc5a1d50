import Bilingual
import Testing

@Suite struct TableTests {
    private static let cells = [
        ["مُحَمَّد", "3", "x"], ["日本", "12,345", ""], ["Smith\u{2069}\u{202E}txt", "-1", "a\nb"],
        ["\u{1B}[31mred", "", "e\u{301}\u{200D}"], ["عملية (ABC)", "7", "نمی\u{200C}خواهم"],
    ]

    private func table(_ direction: TextDirection) -> TerminalTable {
        var table = TerminalTable(
            columns: [.init("الاسم Name"), .init("#", .end), .init("ملاحظة")], direction: direction)
        for row in Self.cells { table.addRow(row) }
        return table
    }

    @Test(arguments: [TextDirection.leftToRight, .rightToLeft])
    func everyLineHasTheSameWidthWhateverTheCellsHold(direction: TextDirection) {
        let lines = table(direction).lines()
        #expect(lines.count == 2 + Self.cells.count)
        #expect(Set(lines.map(TerminalText.width)).count == 1)
    }

    @Test(arguments: [TextDirection.leftToRight, .rightToLeft])
    func noCellSteersTheTerminalOrLeavesItsPlace(direction: TextDirection) {
        for line in table(direction).lines() {
            var depth = 0
            for scalar in line.unicodeScalars {
                #expect(scalar.value >= 0x20 && scalar.value != 0x7F)
                #expect(!(0x202A...0x202E).contains(scalar.value))
                if (0x2066...0x2068).contains(scalar.value) { depth += 1 }
                if scalar.value == 0x2069 { depth -= 1 }
                #expect(depth >= 0)
            }
            #expect(depth == 0)
        }
    }

    @Test func columnsLineUpToTheLeftAndNumbersToTheRightInEnglish() {
        var table = TerminalTable(columns: [.init("Type"), .init("Number", .end)], direction: .leftToRight)
        table.addRow(["rcp", "15"])
        table.addRow(["global", "1"])
        let plain = table.lines().map(BidiText.stripControls)
        #expect(plain == ["Type    Number", "------  ------", "rcp         15", "global       1"])
    }

    @Test func anArabicLineIsOneIsolateThatReadsFromTheRight() {
        var table = TerminalTable(columns: [.init("النوع"), .init("العدد", .end)], direction: .rightToLeft)
        table.addRow(["عالمية", "1"])
        #expect(
            table.lines() == [
                "\u{2067}\u{2067}النوع\u{2069}   \u{2067}العدد\u{2069}\u{200F}\u{2069}",
                "\u{2067}\u{2066}------\u{2069}  \u{2066}-----\u{2069}\u{200F}\u{2069}",
                "\u{2067}\u{2067}عالمية\u{2069}      \u{2066}1\u{2069}\u{200F}\u{2069}",
            ])
    }

    @Test func rowsOfAnotherLengthAreFilledOrCut() {
        var table = TerminalTable(columns: [.init("a"), .init("b")], direction: .leftToRight)
        table.addRow(["1"])
        table.addRow(["1", "2", "3"])
        table.addRow([])
        #expect(table.lines().map(BidiText.stripControls) == ["a  b", "-  -", "1   ", "1  2", "    "])
        #expect(table.render().hasSuffix("    \n"))
    }

    @Test func aTableWithoutColumnsHasNoLines() {
        var table = TerminalTable(columns: [], direction: .leftToRight)
        table.addRow(["x"])
        #expect(table.lines().isEmpty)
    }
}
