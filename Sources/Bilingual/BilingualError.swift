/// Why something could not be written for a reader.
public struct BilingualError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// A message file or pattern is not right; found when a plugin is built or loaded.
        case messagesInvalid = "messages-invalid"
        /// No message has this key.
        case messageUnknown = "message-unknown"
        /// A placeholder of the message was given no value.
        case argumentMissing = "argument-missing"
        /// A value was given that the message has no placeholder for.
        case argumentUnknown = "argument-unknown"
        /// A value does not fit the type of its placeholder.
        case argumentType = "argument-type"
        /// A date is not YYYY, YYYY-MM or YYYY-MM-DD, or names a day that does not exist.
        case dateInvalid = "date-invalid"
        /// ICU failed for a reason of its own, such as missing memory or data.
        case internationalisation = "internationalisation"
    }

    public let code: Code
    /// What is wrong and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
