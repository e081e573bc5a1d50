/// Something wrong with a plugin's messages, as a build shows it.
public struct MessageProblem: Sendable, Hashable, CustomStringConvertible {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// One of `ar.messages` and `en.messages` is not there.
        case languageMissing = "language-missing"
        /// A file of the folder is no message file of a language that we write.
        case fileUnknown = "file-unknown"
        /// A line is neither `key = pattern`, nor a continuation, nor a comment.
        case lineInvalid = "line-invalid"
        /// The file is not UTF-8.
        case notUTF8 = "not-utf8"
        case keyInvalid = "key-invalid"
        case keyDuplicate = "key-duplicate"
        /// Two keys have the same name in Swift.
        case keyAmbiguous = "key-ambiguous"
        /// The other language has the key.
        case keyMissing = "key-missing"
        case patternEmpty = "pattern-empty"
        case patternInvalid = "pattern-invalid"
        /// The other language's pattern has the placeholder.
        case placeholderMissing = "placeholder-missing"
        /// Both have it, with different types.
        case placeholderType = "placeholder-type"
        /// A plural lacks a form that the language needs.
        case pluralFormMissing = "plural-form-missing"
        /// A plural has a form that the language does not know.
        case pluralFormUnknown = "plural-form-unknown"
        /// The keywords of a select differ between the languages.
        case selectMismatch = "select-mismatch"
        /// The pattern carries a character that steers direction across what is inserted.
        case directionControl = "direction-control"
        /// The Arabic pattern has words, and none of them in Arabic.
        case untranslated = "untranslated"
    }

    public let code: Code
    /// The file to edit, as it was named to the reader of the files.
    public let file: String
    /// From 1.
    public let line: Int
    public let key: String?
    /// What is wrong and what to do.
    public let message: String

    public init(_ code: Code, file: String, line: Int, key: String? = nil, message: String) {
        self.code = code
        self.file = file
        self.line = line
        self.key = key
        self.message = message
    }

    /// `file:line: error: message`, the form that builds and editors understand.
    public var description: String { "\(file):\(line): error: \(message)" }
}
