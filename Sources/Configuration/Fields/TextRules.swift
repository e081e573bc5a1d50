/// What text a field takes.
public struct TextRule: Sendable {
    /// As the reference says it, such as `text` or `HOST:PORT`.
    public let name: String
    /// Nil when the text is right, else what is wrong with it, ending the sentence `"…" …`.
    let complaint: @Sendable (String) -> String?

    /// `complaint` returns nil when the text is right, else what is wrong, to stand after the quoted text.
    public init(_ name: String, complaint: @escaping @Sendable (String) -> String?) {
        self.name = name
        self.complaint = complaint
    }
}

extension TextRule {
    /// Anything that is not empty.
    public static let any = TextRule("text") { $0.isEmpty ? "is empty" : nil }

    /// Anything, also nothing.
    public static let anyOrEmpty = TextRule("text") { _ in nil }

    /// A name in lower case with hyphens, such as a plugin's or a deployment's: no dot, so that names joined by dots
    /// come apart again.
    public static let slug = TextRule("name") { text in
        if text.isEmpty { return "is empty" }
        if text.utf8.count > 40 { return "is longer than 40 characters" }
        let isRight = text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
        if !isRight || text.hasPrefix("-") || text.hasSuffix("-") {
            return "is no name; use lower-case letters, digits and hyphens between them"
        }
        return nil
    }

    /// A Kafka topic's name, by Kafka's own rule.
    public static let topic = TextRule("topic") { text in
        if text.isEmpty { return "is empty" }
        if text.utf8.count > 249 { return "is longer than Kafka's 249 characters" }
        if text == "." || text == ".." { return "is no topic name" }
        let isRight = text.utf8.allSatisfy {
            isLower($0) || isUpper($0) || isDigit($0)
                || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains($0)
        }
        return isRight ? nil : "is no topic name; Kafka takes letters, digits, '.', '_' and '-'"
    }

    /// `HOST:PORT`, with an IPv6 address in brackets.
    public static let hostAndPort = TextRule("HOST:PORT") { text in
        guard let colon = text.lastIndex(of: ":"), text[..<colon].isEmpty == false else {
            return "has no port; write HOST:PORT, such as 127.0.0.1:9092"
        }
        let host = text[..<colon]
        if host.contains(where: \.isWhitespace) || host.contains("/") || host.contains(",") {
            return "is no HOST:PORT; no scheme, space or comma belongs into it"
        }
        if host.contains(":"), !(host.hasPrefix("[") && host.hasSuffix("]")) {
            return "is no HOST:PORT; an IPv6 address stands in brackets, such as [::1]:9092"
        }
        let port = text[text.index(after: colon)...]
        guard port.utf8.allSatisfy(isDigit), let number = Int(port), (1...65535).contains(number) else {
            return "has no port from 1 to 65535"
        }
        return nil
    }

    /// The name of an option of librdkafka, such as `security.protocol`.
    public static let optionName = TextRule("option") { text in
        let isRight =
            !text.isEmpty
            && text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
        return isRight ? nil : "is no option's name; they are lower case, such as security.protocol"
    }

    /// The name of an environment variable.
    static let environmentName = TextRule("variable") { text in
        let isRight = text.utf8.allSatisfy { isLower($0) || isUpper($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
        return isRight && !text.isEmpty ? nil : "is no name of an environment variable"
    }

    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isUpper(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
