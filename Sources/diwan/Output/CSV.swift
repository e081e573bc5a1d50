/// Rows as RFC 4180 says: CR LF at the ends of lines, quotes where needed, UTF-8.
struct CSV {
    private(set) var text = ""

    /// A text cell that a spreadsheet would take for a formula gets an apostrophe in front; a number never does.
    enum Field {
        case text(String)
        case number(String)
        case empty
    }

    mutating func add(_ fields: [Field]) {
        text += fields.map(CSV.cell).joined(separator: ",") + "\r\n"
    }

    private static func cell(_ field: Field) -> String {
        switch field {
        case .empty: ""
        case .number(let number): number
        case .text(let text): quoted(neutral(text))
        }
    }

    private static func neutral(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return text }
        let isFormula: Bool =
            switch first {
            case "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": true
            default: false
            }
        return isFormula ? "'" + text : text
    }

    private static func quoted(_ text: String) -> String {
        let needs = text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        guard needs else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
