/// One language's messages as their translator writes them.
///
/// ```
/// # A comment begins in the first column.
/// meeting.scheduled.subject = {mechanism}: meeting on {date, date}
/// meeting.scheduled.body =
///     {count, plural,
///         one {One State takes part.}
///         other {# States take part.}}
///
///     This paragraph belongs to the same message, because it is indented. \
///     This line goes on in the one above, because that ends with a backslash.
/// ```
///
/// A message begins with `key = pattern` in the first column. Indented lines continue it, each on a line of its own,
/// without their indent; empty lines between them are kept, empty lines after them are not. A backslash at a line's end
/// joins the next line to it. Keys are small letters, digits, dots and hyphens.
public struct MessageFile: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public let key: String
        public let pattern: String
        /// The line of the key, from 1.
        public let line: Int
        /// Where each line of the file begins in the pattern, in UTF-16 units.
        let lineStarts: [LineStart]

        struct LineStart: Sendable, Hashable {
            let offset: Int
            let line: Int
        }

        /// The line of the file on which this place of the pattern stands.
        func line(at offset: Int) -> Int { lineStarts.last { $0.offset <= offset }?.line ?? line }
    }

    /// The name under which problems are reported.
    public let name: String
    public let language: Language
    public let entries: [Entry]
    public let lineCount: Int

    /// Reads a file. What is wrong is added to `problems`; the other messages are still read, so that one build shows
    /// everything there is to mend.
    public init(name: String, language: Language, text: String, problems: inout [MessageProblem]) {
        var reader = MessageFileReader(name: name)
        reader.read(text)
        problems += reader.problems
        self.name = name
        self.language = language
        self.entries = reader.entries
        self.lineCount = reader.lineCount
    }

    public func entry(_ key: String) -> Entry? { entries.first { $0.key == key } }
}
