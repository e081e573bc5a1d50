/// A plugin's messages, ready to be written in either language.
///
/// May be used by many threads at once; two that write the same message in the same locale wait for each other.
public final class MessageCatalogue: Sendable {
    private let messages: [String: [Language: CompiledMessage]]
    /// Every key, sorted.
    public let keys: [String]

    /// Loads the files of a `messages` folder.
    ///
    /// - Parameter files: texts by file name, as they are embedded in a plugin.
    /// - Throws: `messagesInvalid`, listing everything that `MessageLint` finds.
    public init(files: [String: String]) throws(BilingualError) {
        let result = MessageLint.check(files: files)
        guard result.problems.isEmpty else {
            throw BilingualError(.messagesInvalid, result.problems.map(\.description).joined(separator: "\n"))
        }
        var messages: [String: [Language: CompiledMessage]] = [:]
        for message in result.messages {
            messages[message.key] = [
                .arabic: CompiledMessage(key: message.key, pattern: message.arabic),
                .english: CompiledMessage(key: message.key, pattern: message.english),
            ]
        }
        self.messages = messages
        self.keys = result.messages.map(\.key)
    }

    /// The placeholders of a message in the order of the English pattern; nil where there is no such message.
    public func placeholders(of key: String) -> [MessagePlaceholder]? { messages[key]?[.english]?.pattern.placeholders }

    /// Writes a message.
    ///
    /// - Parameters:
    ///   - allowsUnused: whether values may be given that the message has no placeholder for: a subject and a body
    ///     written from the same values.
    /// - Throws: `messageUnknown`, `argumentMissing`, `argumentUnknown` or `argumentType`.
    public func render(
        _ message: MessageReference, _ locale: ReaderLocale, isolation: ValueIsolation = .plainText,
        allowsUnused: Bool = false
    ) throws(BilingualError) -> String {
        guard let compiled = messages[message.key]?[locale.language] else {
            throw BilingualError(
                .messageUnknown,
                "no message \(TerminalText.quoted(message.key)): the plugin's messages folder has none of that key")
        }
        return try compiled.render(message.arguments, locale, isolation, allowsUnused: allowsUnused)
    }
}
