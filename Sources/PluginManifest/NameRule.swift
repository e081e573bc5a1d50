/// How names in a manifest are written.
struct NameRule: Sendable {
    let isRight: @Sendable (String) -> Bool
    let explanation: String

    /// Plugins, queries, documents, notices: they stand in commands, consumer groups and notice ids.
    static let kebab = NameRule(
        explanation: "use lower-case letters, digits and single hyphens, a letter first, at most 40"
    ) {
        matches($0, separator: UInt8(ascii: "-")) && !$0.hasSuffix("-")
    }

    /// Tables and columns: they stand in SQL, to whose names the stores append. Two underscores are kept for that.
    static let column = NameRule(
        explanation: "use lower-case letters, digits and single underscores, a letter first, at most 40"
    ) {
        matches($0, separator: UInt8(ascii: "_")) && !$0.hasPrefix("sqlite_")
    }

    /// A message of the plugin, as its message files write keys.
    static let messageKey = NameRule(
        explanation: "use lower-case letters and digits in words joined by single hyphens or dots, a letter first"
    ) { text in
        let words = text.utf8.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        guard let first = text.utf8.first, isLower(first) else { return false }
        return words.allSatisfy { !$0.isEmpty && $0.allSatisfy { isLower($0) || isDigit($0) } }
    }

    /// An event type with its version.
    static let eventType = NameRule(
        explanation: "write the full type with its newest version, such as org.iscm.meeting.held.v1"
    ) { text in
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, parts.allSatisfy({ !$0.isEmpty }), let last = parts.last, last.first == "v" else {
            return false
        }
        let digits = last.dropFirst()
        let isVersion = !digits.isEmpty && digits.utf8.allSatisfy(isDigit) && digits.first != "0"
        return isVersion && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// A CSV file of the plugin's folder `data`.
    static let csvFile = NameRule(
        explanation: "name a file of the plugin's folder data, such as themes.csv, without a path"
    ) { text in
        let isClean = text.utf8.allSatisfy {
            isLetter($0) || isDigit($0) || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains($0)
        }
        return isClean && text.hasSuffix(".csv") && !text.hasPrefix(".")
    }

    init(explanation: String, _ isRight: @escaping @Sendable (String) -> Bool) {
        self.isRight = isRight
        self.explanation = explanation
    }

    private static func matches(_ text: String, separator: UInt8) -> Bool {
        guard let first = text.utf8.first, isLower(first), text.utf8.count <= 40 else { return false }
        let isDoubled = zip(text.utf8, text.utf8.dropFirst()).contains { $0 == separator && $1 == separator }
        return !isDoubled && text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == separator }
    }

    private static func isLower(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { isLower(byte | 0x20) }
}
