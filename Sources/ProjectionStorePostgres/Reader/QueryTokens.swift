import ProjectionStore

/// A piece of a query's text. Together the pieces are the text, but for comments, which become a space: stores end
/// them differently.
struct QueryToken: Equatable {
    enum Kind {
        case word, number, text, quotedName, parameter, symbol, gap
    }

    let kind: Kind
    var text: String

    /// The word in lower case, or what stands between a name's quotes as it is; empty for everything else.
    var name: String {
        switch kind {
        case .word: text.lowercased()
        case .quotedName: String(text.dropFirst().dropLast())
        default: ""
        }
    }

    func isWord(_ word: String) -> Bool { kind == .word && text.lowercased() == word }
    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}

/// Takes a query's text apart.
///
/// What only one store would read as we do (escapes in strings, dollar quotes, other parameters) is refused, so that
/// the pieces are what the server sees too.
struct QueryTokenizer {
    private let bytes: [UInt8]
    private var at = 0
    private(set) var tokens: [QueryToken] = []

    /// - Throws: `.query`.
    static func tokens(of sql: String) throws(StoreError) -> [QueryToken] {
        var tokenizer = QueryTokenizer(bytes: Array(sql.utf8))
        while tokenizer.at < tokenizer.bytes.count { try tokenizer.next() }
        return tokenizer.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func byte(_ ahead: Int = 0) -> UInt8 { at + ahead < bytes.count ? bytes[at + ahead] : 0 }
    private func character(_ ahead: Int = 0) -> Character { Character(UnicodeScalar(byte(ahead))) }

    private mutating func take(_ kind: QueryToken.Kind, from start: Int) {
        tokens.append(QueryToken(kind: kind, text: String(decoding: bytes[start..<at], as: UTF8.self)))
    }

    private mutating func next() throws(StoreError) {
        let start = at
        switch character() {
        case " ", "\t", "\n", "\r", "\u{0C}":
            at += 1
            addGap()
        case "-" where character(1) == "-":
            while at < bytes.count, byte() != UInt8(ascii: "\n"), byte() != UInt8(ascii: "\r") { at += 1 }
            addGap()
        case "/" where character(1) == "*":
            at += 2
            while at < bytes.count, !(character() == "*" && character(1) == "/") { at += 1 }
            at = min(at + 2, bytes.count)
            addGap()
        case "'":
            if let last = tokens.last, last.kind == .word || last.isSymbol("&") { throw refused("a prefixed string") }
            try quoted("'")
            take(.text, from: start)
        case "\"":
            if let last = tokens.last, last.isSymbol("&") { throw refused("a prefixed name") }
            try quoted("\"")
            take(.quotedName, from: start)
        case ":" where Self.beginsName(byte(1)):
            at += 1
            word()
            take(.parameter, from: start)
        case "0"..."9":
            while Self.isPart(byte()) || character() == "." { at += 1 }
            take(.number, from: start)
        case "?", "$", "@", "#", "\\", "`", "[", "]", "{", "}", ":", ";", "\0":
            throw refused("'\(character())'")
        default:
            if Self.beginsName(byte()) {
                word()
                take(.word, from: start)
            } else {
                at += 1
                take(.symbol, from: start)
            }
        }
    }

    private mutating func addGap() {
        if tokens.last?.kind != .gap { tokens.append(QueryToken(kind: .gap, text: " ")) }
    }

    private mutating func word() { while Self.isPart(byte()) { at += 1 } }

    /// Up to the quote that ends it; two of them are one within.
    private mutating func quoted(_ quote: Character) throws(StoreError) {
        at += 1
        while at < bytes.count {
            guard character() == quote else {
                at += 1
                continue
            }
            at += 1
            guard character() == quote else { return }
            at += 1
        }
        throw refused("a quote that is never closed")
    }

    private func refused(_ what: String) -> StoreError {
        StoreError(
            .query,
            "\(what) is outside the SQL that every store runs; it has to be one SELECT, without a semicolon, whose "
                + "parameters stand by name, as in :mechanism")
    }

    private static func beginsName(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80
            || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        beginsName(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
