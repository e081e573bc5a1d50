/// Writes the Swift functions through which a plugin names its messages, so that a key or placeholder that is not there
/// does not compile.
public enum MessageAccessors {
    /// The source of `public enum Messages`, with one member for each message, in the order of the keys.
    ///
    /// A message without placeholders is a constant; one with placeholders is a function of them.
    public static func source(_ messages: [MessageLint.CheckedMessage]) -> String {
        var lines = ["public enum Messages {"]
        for message in messages {
            let name = identifier(swiftName(message.key))
            lines.append("    /// `\(message.key)`")
            if message.placeholders.isEmpty {
                lines.append("    public static let \(name) = MessageReference(key: \"\(message.key)\")")
                continue
            }
            let parameters = message.placeholders.map { "\(identifier($0.name)): \(swiftType($0.type))" }
            let arguments = message.placeholders.map { "\"\($0.name)\": \(value($0))" }
            lines.append("    public static func \(name)(\(parameters.joined(separator: ", "))) -> MessageReference {")
            lines.append("        MessageReference(")
            lines.append("            key: \"\(message.key)\",")
            lines.append("            arguments: [\(arguments.joined(separator: ", "))])")
            lines.append("    }")
        }
        lines.append("}")
        return lines.joined(separator: "\n") + "\n"
    }

    /// `meeting.scheduled.body` is `meetingScheduledBody` in Swift.
    public static func swiftName(_ key: String) -> String {
        let words = key.split { $0 == "." || $0 == "-" }
        return words.enumerated().map { index, word in
            index == 0 ? String(word) : word.prefix(1).uppercased() + word.dropFirst()
        }.joined()
    }

    private static func swiftType(_ type: PlaceholderType) -> String {
        switch type {
        case .text: "MessageText"
        case .choice: "String"
        case .integer: "Int"
        case .number: "Double"
        case .date: "PartialDateString"
        case .list: "[MessageText]"
        }
    }

    private static func value(_ placeholder: MessagePlaceholder) -> String {
        let name = identifier(placeholder.name)
        return switch placeholder.type {
        case .integer: ".integer(Int64(\(name)))"
        default: ".\(placeholder.type.rawValue)(\(name))"
        }
    }

    private static func identifier(_ name: String) -> String { keywords.contains(name) ? "`\(name)`" : name }

    private static let keywords: Set<String> = [
        "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
        "else",
        "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in",
        "init",
        "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public",
        "repeat",
        "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true",
        "try",
        "typealias", "var", "where", "while",
    ]
}
