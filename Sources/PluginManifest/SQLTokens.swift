/// A piece of a query's text.
struct SQLToken: Equatable {
    enum Kind: Equatable {
        /// A bare name or keyword.
        case word
        /// A name in double quotes, without them.
        case quotedName
        case text
        case number
        /// `:name`, without the colon.
        case parameter
        case symbol
        /// A quote that never ends.
        case fault
    }

    let kind: Kind
    let text: String
    /// Lines of the query before it.
    let line: Int

    /// Whether it is this keyword, in any case.
    func `is`(_ keyword: String) -> Bool { kind == .word && text.uppercased() == keyword }

    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }

    var isName: Bool { kind == .word || kind == .quotedName }
}

/// Cuts a query into tokens. It need not know SQL's grammar, only where names, texts and parameters are.
struct SQLTokens {
    private let characters: [Character]
    private var at = 0
    private var line = 0

    static func of(_ text: String) -> [SQLToken] {
        var scanner = SQLTokens(characters: Array(text))
        var tokens: [SQLToken] = []
        while let token = scanner.next() { tokens.append(token) }
        return tokens
    }

    private init(characters: [Character]) { self.characters = characters }

    private func peek(_ ahead: Int = 0) -> Character? {
        at + ahead < characters.count ? characters[at + ahead] : nil
    }

    private mutating func take(while condition: (Character) -> Bool) -> String {
        var text = ""
        while let character = peek(), condition(character) {
            text.append(character)
            _ = advance()
        }
        return text
    }

    private mutating func next() -> SQLToken? {
        skipSpaceAndComments()
        guard let character = peek() else { return nil }
        let start = line
        func token(_ kind: SQLToken.Kind, _ text: String) -> SQLToken { SQLToken(kind: kind, text: text, line: start) }
        if character.isLetter || character == "_" {
            return token(.word, take { Self.isWord($0) })
        }
        if character.isNumber { return token(.number, take { Self.isWord($0) || $0 == "." }) }
        if character == "'" || character == "\"" { return quoted(character, start) }
        at += 1
        if character == ":", let following = peek(), following == ":" {
            at += 1
            return token(.symbol, "::")
        }
        if character == ":", let following = peek(), Self.isWord(following) {
            return token(.parameter, take { Self.isWord($0) })
        }
        return token(.symbol, String(character))
    }

    private mutating func skipSpaceAndComments() {
        while true {
            let before = at
            _ = take { $0.isWhitespace }
            if peek() == "-", peek(1) == "-" { _ = take { !$0.isNewline } }
            if peek() == "/", peek(1) == "*" {
                at += 2
                while peek() != nil, !(peek() == "*" && peek(1) == "/") { _ = advance() }
                at = min(at + 2, characters.count)
            }
            if at == before { return }
        }
    }

    private mutating func advance() -> Character? {
        guard let character = peek() else { return nil }
        if character.isNewline { line += 1 }
        at += 1
        return character
    }

    /// A text or a quoted name; the quote doubled stands for itself.
    private mutating func quoted(_ quote: Character, _ start: Int) -> SQLToken {
        at += 1
        var text = ""
        while true {
            text += take { $0 != quote }
            guard peek() != nil else { return SQLToken(kind: .fault, text: "quote", line: start) }
            at += 1
            guard peek() == quote else { break }
            text.append(quote)
            at += 1
        }
        return SQLToken(kind: quote == "'" ? .text : .quotedName, text: text, line: start)
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
