/// A text to insert: the same in both languages, or one for each.
public enum MessageText: Sendable, Hashable, ExpressibleByStringLiteral {
    /// Shown as it is in both languages: identifiers, acronyms, what exists in one language only.
    case same(String)
    /// A name or title that exists in both.
    case each(ar: String, en: String)

    public init(stringLiteral text: String) { self = .same(text) }

    /// The text for readers of `language`.
    public func text(_ language: Language) -> String {
        switch self {
        case .same(let text): text
        case .each(let arabic, let english): language == .arabic ? arabic : english
        }
    }
}
