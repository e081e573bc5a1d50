import Bilingual

/// Collects the lines of a text in one language.
struct Page {
    private let messages: MessageCatalogue
    private let locale: ReaderLocale
    private(set) var lines: [String] = []

    init(_ messages: MessageCatalogue, _ locale: ReaderLocale) {
        self.messages = messages
        self.locale = locale
    }

    /// A heading, with an empty line before it.
    mutating func heading(_ message: MessageReference) throws {
        if !lines.isEmpty { lines.append("") }
        try line(message)
    }

    /// - Parameter depth: how far the line is set in: under a heading by one.
    mutating func line(_ message: MessageReference, depth: Int = 0) throws {
        lines.append(String(repeating: "  ", count: depth) + (try messages.render(message, locale)))
    }

    var text: String { lines.joined(separator: "\n") + "\n" }
}
