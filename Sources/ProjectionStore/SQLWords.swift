/// Gives the words of a statement (names, keywords, numbers) and skips strings and comments. A quoted name counts as a
/// word.
final class SQLWords {
    private let text: String
    private var at: String.Index

    init(_ text: String) {
        self.text = text
        at = text.startIndex
    }

    /// The next word and where it ends.
    func next() -> (text: Substring, end: String.Index)? {
        while at < text.endIndex {
            let character = text[at]
            if character == "'" {
                skip(past: "'")
            } else if text[at...].hasPrefix("--") {
                at = text[at...].firstIndex(where: \.isNewline) ?? text.endIndex
            } else if text[at...].hasPrefix("/*") {
                skipBlockComment()
            } else if Self.isPart(character) {
                let start = at
                at = text[at...].firstIndex { !Self.isPart($0) } ?? text.endIndex
                return (text[start..<at], at)
            } else {
                at = text.index(after: at)
            }
        }
        return nil
    }

    private func skip(past quote: Character) {
        at = text.index(after: at)
        at = text[at...].firstIndex(of: quote).map { text.index(after: $0) } ?? text.endIndex
    }

    private func skipBlockComment() {
        at = text.index(at, offsetBy: 2)
        while at < text.endIndex, !text[at...].hasPrefix("*/") { at = text.index(after: at) }
        at = text.index(at, offsetBy: 2, limitedBy: text.endIndex) ?? text.endIndex
    }

    private static func isPart(_ character: Character) -> Bool {
        character == "_" || character.isLetter || character.isNumber
    }
}
