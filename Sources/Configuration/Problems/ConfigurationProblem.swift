/// One thing that is wrong with a configuration, a manifest or a command line.
///
/// The description is one line: the place, what is wrong there, what to write instead.
public struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    /// What kind of thing is wrong; a closed list that tests and scripts can rely on.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// Not YAML, by the YAML library's own words.
        case syntax
        /// YAML that we do not take: tags, merge keys, keys that are not text, a second document.
        case unsupported
        /// Too large, too deep, or too many nodes once aliases are followed.
        case limit
        /// An alias without its anchor.
        case alias
        case duplicateKey = "duplicate-key"
        case unknownKey = "unknown-key"
        /// A required field is absent.
        case missing
        /// A value of another kind than the field's.
        case type
        /// A value of the right kind that is not allowed.
        case value
        /// Two fields that contradict each other.
        case conflict
        /// A secret written in the file, or one that cannot be read.
        case secret
        /// The file cannot be read.
        case unreadable
        /// The specification itself is wrong: a defect in Diwan.
        case specification
    }

    public let code: Code
    public let place: SourcePlace
    /// What is wrong and what to do about it; never a secret's value.
    public let message: String

    public init(_ code: Code, at place: SourcePlace, _ message: String) {
        self.code = code
        self.place = place
        self.message = message
    }

    public var description: String { "\(place): \(message)" }
}

/// Everything found wrong in one reading, in the order of the file.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Never empty.
    public let problems: [ConfigurationProblem]

    public init(_ problem: ConfigurationProblem) { problems = [problem] }

    /// Nil when nothing is wrong, so that `if let` reads as "if anything is wrong".
    public init?(problems: [ConfigurationProblem]) {
        guard !problems.isEmpty else { return nil }
        self.problems = problems.enumerated()
            .sorted { left, right in
                let (leftLine, leftColumn) = left.element.place.order
                let (rightLine, rightColumn) = right.element.place.order
                return (leftLine, leftColumn, left.offset) < (rightLine, rightColumn, right.offset)
            }
            .map(\.element)
    }

    init(_ code: ConfigurationProblem.Code, at place: SourcePlace, _ message: String) {
        self.init(ConfigurationProblem(code, at: place, message))
    }

    /// One line a problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }

    /// The exit code that a command ends with: 66 for a file that cannot be read, 70 for a defect of ours, else 78.
    public var exitCode: ExitCode {
        if problems.contains(where: { $0.code == .specification }) { return .software }
        if problems.contains(where: { $0.code == .unreadable }) { return .noInput }
        return .config
    }
}
