/// A table that lines up in a terminal in either language.
///
/// Every line has the same display width. Cells are plain values: messages written for them take `isolation: .none`, or
/// the isolates show as escapes. They are escaped (`TerminalText.escaped`) and put into isolates, which take
/// no room, so that neither a name in the other script nor a hostile one reaches beyond its cell; the padding stands
/// outside of them.
///
/// In Arabic a line is one right-to-left isolate (U+2067 … U+2069): a terminal that does bidirectional text then puts
/// the first column at the right, whatever direction it has chosen for the paragraph, and one that does not puts the
/// columns from left to right, still lined up. The cells keep their logical order in both, which is also what a screen
/// reader and a copy need. Before the closing character stands U+200F: white space at a line's end takes the direction
/// of the paragraph, and would jump to the other side.
public struct TerminalTable: Sendable {
    /// The side at which a column's cells stand.
    public enum Alignment: Sendable, Hashable {
        /// Left in English, right in Arabic.
        case start
        /// Right in English, left in Arabic: for numbers.
        case end
    }

    public struct Column: Sendable, Hashable {
        public let heading: String
        public let alignment: Alignment

        public init(_ heading: String, _ alignment: Alignment = .start) {
            self.heading = heading
            self.alignment = alignment
        }
    }

    public let columns: [Column]
    public let direction: TextDirection
    private var rows: [[String]] = []

    public init(columns: [Column], direction: TextDirection) {
        self.columns = columns
        self.direction = direction
    }

    /// Adds a row. Cells that are missing are empty; cells beyond the last column are left out.
    public mutating func addRow(_ cells: [String]) {
        var row = Array(cells.prefix(columns.count))
        row += Array(repeating: "", count: columns.count - row.count)
        rows.append(row)
    }

    /// The lines: headings, a rule, then the rows. No line break at their ends. None for a table of no columns.
    public func lines() -> [String] {
        guard !columns.isEmpty else { return [] }
        let body = rows.map { $0.map(TerminalText.escaped) }
        let headings = columns.map { TerminalText.escaped($0.heading) }
        let widths = columns.indices.map { column in
            ([headings] + body).map { TerminalText.width($0[column]) }.max() ?? 0
        }
        let rule = widths.map { String(repeating: "-", count: $0) }
        var lines = [line(headings, widths), line(rule, widths)]
        for row in body { lines.append(line(row, widths)) }
        return lines
    }

    /// All lines, each ended by a line break.
    public func render() -> String { lines().map { $0 + "\n" }.joined() }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { index in
            let cell = cells[index]
            let padding = String(repeating: " ", count: widths[index] - TerminalText.width(cell))
            let isolated = cell.isEmpty ? "" : Self.isolate(cell)
            return columns[index].alignment == .start ? isolated + padding : padding + isolated
        }
        let line = padded.joined(separator: "  ")
        return switch direction {
        case .leftToRight: line
        case .rightToLeft: "\u{2067}\(line)\u{200F}\u{2069}"
        }
    }

    /// U+2067 or U+2066 by the first strong character. Not U+2068: where there is none, as in "-1", readers of that
    /// character disagree, and some show "1-" on a line from right to left.
    private static func isolate(_ cell: String) -> String {
        let opening = BidiText.baseDirection(cell) == .rightToLeft ? "\u{2067}" : "\u{2066}"
        return "\(opening)\(cell)\u{2069}"
    }
}
