import Bilingual
private import Foundation
import Testing

private let hasFribidi = FileManager.default.isExecutableFile(atPath: "/usr/bin/fribidi")

/// Debian's `fribidi` (libfribidi-bin), a bidirectional algorithm that is not ICU's, shows a table as a terminal would.
@Suite(.enabled(if: hasFribidi))
struct TableDisplayTests {
    private static let columns: [TerminalTable.Column] = [.init("name"), .init("n", .end), .init("note")]
    private static let rows = [
        ["Colombo Process", "12", ""], ["C++ (x)", "-1", "22-23"], ["Smith\u{2069}\u{202E}t", "100", "a - b"],
        ["", "7", "(end)"],
    ]

    /// The lines from left to right as they appear, made by hand: every cell padded, the first column at the right.
    private static let expected: [String] = {
        let table = [columns.map(\.heading)] + rows.map { $0.map(TerminalText.escaped) }
        let widths = columns.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        var lines = table.map { row in
            row.indices.reversed().map { index in
                let padding = String(repeating: " ", count: widths[index] - row[index].count)
                return columns[index].alignment == .start ? padding + row[index] : row[index] + padding
            }.joined(separator: "  ")
        }
        lines.insert(widths.reversed().map { String(repeating: "-", count: $0) }.joined(separator: "  "), at: 1)
        return lines
    }()

    /// Terminals choose a paragraph's direction in different ways; the table may depend on none of them.
    @Test(arguments: ["--ltr", "--rtl"])
    func anArabicTableHasItsFirstColumnAtTheRightWhateverTheParagraph(direction: String) throws {
        var table = TerminalTable(columns: Self.columns, direction: .rightToLeft)
        for row in Self.rows { table.addRow(row) }
        #expect(try display(table.render(), direction) == Self.expected)
    }

    @Test(arguments: ["--ltr", "--rtl"])
    func arabicCellsKeepToTheirColumns(direction: String) throws {
        var table = TerminalTable(columns: [.init("اسم"), .init("عدد", .end)], direction: .rightToLeft)
        table.addRow(["جدة 22", "5"])
        table.addRow(["ABC", "17"])
        let lines = try display(table.render(), direction)
        #expect(lines[2].hasPrefix("5    22 "))
        #expect(lines[3] == "17      ABC")
        #expect(Set(lines.map(\.unicodeScalars.count)) == [11])
    }

    private func display(_ text: String, _ direction: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/fribidi")
        process.arguments = ["--charset", "UTF-8", "--nopad", "--nobreak", "--clean", direction]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let shown = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: shown, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
