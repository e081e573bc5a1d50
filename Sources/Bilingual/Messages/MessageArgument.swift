/// A value for a placeholder of a message.
public enum MessageArgument: Sendable, Hashable {
    /// Text from outside. It is isolated in plain text, so that it cannot turn around what stands beside it.
    case text(String)
    /// The same for a text that exists in both languages: the reader's is shown.
    case localized(ar: String, en: String)
    /// A count or a position; for plurals, `{n, number, integer}` and `{n, ordinal}`.
    case integer(Int64)
    /// A quantity; for `{n, number}`.
    case number(Double)
    /// A date; for `{d, date}`.
    case date(PartialDateString)
    /// Several texts, joined as the language does; for `{names, list}`.
    case list([MessageText])
    /// The keyword of a `{x, select, …}`; never shown. A `text` serves as well, for values that know no choice.
    case choice(String)

    public static func text(_ text: MessageText) -> MessageArgument {
        switch text {
        case .same(let text): .text(text)
        case .each(let arabic, let english): .localized(ar: arabic, en: english)
        }
    }

    /// The type of placeholder that it fills.
    public var type: PlaceholderType {
        switch self {
        case .text, .localized: .text
        case .integer: .integer
        case .number: .number
        case .date: .date
        case .list: .list
        case .choice: .choice
        }
    }
}

/// What a placeholder takes, told from how the pattern uses it.
public enum PlaceholderType: String, Sendable, Hashable, CaseIterable {
    case text, integer, number, date, list, choice
}

/// A placeholder of a message.
public struct MessagePlaceholder: Sendable, Hashable {
    public let name: String
    public let type: PlaceholderType

    public init(name: String, type: PlaceholderType) {
        self.name = name
        self.type = type
    }
}

/// A message with its values, in no language yet: what code that wants something said hands over.
public struct MessageReference: Sendable, Hashable {
    public let key: String
    public let arguments: [String: MessageArgument]

    public init(key: String, arguments: [String: MessageArgument] = [:]) {
        self.key = key
        self.arguments = arguments
    }
}

/// How inserted values are kept apart from the text around them.
public enum ValueIsolation: Sendable, Hashable {
    /// U+2068 and U+2069 around every inserted text, list and date: mail, terminals, plain files.
    case plainText
    /// Nothing: values for JSON and CSV, where whoever shows them isolates them.
    case none
}
