/// A message to one recipient. Its id comes from event, rule, recipient, channel and occurrence alone (rule 25).
public struct Notice: Sendable {
    /// A rule of the manifest.
    public let rule: String
    /// The recipient's id: name, address and language are looked up when it is sent (rule 14).
    public let recipient: String
    /// Tells several notices of one rule, event and recipient apart; empty where there is one.
    public let occurrence: String
    /// What the messages' placeholders stand for, by name.
    public let arguments: [String: NoticeArgument]

    public init(rule: String, recipient: String, occurrence: String = "", arguments: [String: NoticeArgument]) {
        self.rule = rule
        self.recipient = recipient
        self.occurrence = occurrence
        self.arguments = arguments
    }
}

/// A value for a placeholder, kept without language until the message is rendered.
public enum NoticeArgument: Sendable, Equatable {
    /// The same text in both languages.
    case text(String)
    /// A text that exists in both languages.
    case localized(ar: String, en: String)
    case integer(Int64)
    /// A date as stated: YYYY, YYYY-MM, YYYY-MM-DD, or an RFC 3339 time of which the date is shown.
    case date(String)
}

/// An event that the plugin publishes. Its id is derived from the event that caused it, so a repeat is recognised.
public struct EmittedEvent: Sendable {
    /// The full type with its version.
    public let type: String
    public let subject: String?
    /// The record's key and `partitionkey`.
    public let key: String
    /// The data as JSON.
    public let data: String
    /// Tells several emitted events of one event apart.
    public let occurrence: String

    public init(type: String, subject: String?, key: String, data: String, occurrence: String) {
        self.type = type
        self.subject = subject
        self.key = key
        self.data = data
        self.occurrence = occurrence
    }
}

/// A timer of the event's key: set under a name, replaced by setting it again, or cancelled (rule 31). A name stands for
/// one timer of the key, whichever event speaks of it.
public enum TimerChange: Sendable, Equatable {
    /// `due` in RFC 3339; `payload` is any text, which comes back when it fires.
    case set(name: String, due: String, payload: String)
    /// Nothing where there is no such timer, or it has fired.
    case cancel(name: String)
}

/// A document of the event's key that has to be published anew.
public struct DocumentPublication: Sendable, Equatable {
    public let document: String
    public let parameters: [String: String]

    public init(document: String, parameters: [String: String]) {
        self.document = document
        self.parameters = parameters
    }
}
