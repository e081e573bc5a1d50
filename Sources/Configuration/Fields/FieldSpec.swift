/// One field of a configuration, a manifest or a command line: what it is called, what it may hold, what it means.
///
/// The same value serves reading, checking, `--help`, the reference and the template, so that none of them can say
/// something else than the others.
public struct FieldSpec: Sendable {
    /// What holds when the field is not there.
    public enum Presence: Hashable, Sendable {
        case required
        case optional
        /// The default, written as YAML; it is read by the same rules as a value in the file.
        case defaultValue(String)
    }

    /// How the template to start from shows a field.
    public enum TemplateUse: Hashable, Sendable {
        /// Written where it is required, else as a comment.
        case byPresence
        /// Written although it is optional: the one of several that most begin with.
        case written
        /// Left to the reference: it contradicts what is written.
        case leftOut
    }

    /// The key, in lower case with hyphens.
    public let name: String
    public let kind: FieldKind
    public let presence: Presence
    /// What it means, for the reader of the reference: one sentence, no full stop needed.
    public let summary: String
    /// A value as one would write it, in YAML.
    public let example: String?
    /// How the template shows it.
    public let template: TemplateUse
    /// The environment variable that overrides it, where it is not the prefix and the path in capitals.
    public let environment: String?

    public init(
        _ name: String, _ kind: FieldKind, _ presence: Presence = .optional, summary: String, example: String? = nil,
        environment: String? = nil, template: TemplateUse = .byPresence
    ) {
        self.name = name
        self.kind = kind
        self.presence = presence
        self.summary = summary
        self.example = example
        self.environment = environment
        self.template = template
    }

    /// The default as written, if there is one.
    public var defaultText: String? {
        if case .defaultValue(let text) = presence { text } else { nil }
    }
}

/// What a field may hold.
public indirect enum FieldKind: Sendable {
    case text(TextRule)
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case boolean
    /// `7d`, `1h 30m`, `250ms`.
    case duration(ClosedRange<Duration>)
    /// `256KiB`, `1MB`.
    case bytes(ClosedRange<Int>)
    /// One of a few words.
    case choice([Choice])
    /// A file or folder; a relative one starts from the folder of the configuration file.
    case path
    /// `{file: PATH}` or `{environment: NAME}`, never the secret itself.
    case secret
    case list(FieldKind, ClosedRange<Int>)
    /// Keys that the writer chooses.
    case map(FieldKind, key: TextRule)
    case object([FieldSpec])

    /// Any text that is not empty.
    public static var text: FieldKind { .text(.any) }

    public static func list(of kind: FieldKind) -> FieldKind { .list(kind, 0...Int.max) }

    /// The words of an enumeration.
    public static func choice<Words: ChoiceWords>(of type: Words.Type) -> FieldKind {
        .choice(type.allCases.map { Choice($0.rawValue, $0.meaning) })
    }
}

/// A word that a field may hold, with its meaning.
public struct Choice: Hashable, Sendable {
    public let word: String
    public let meaning: String

    public init(_ word: String, _ meaning: String) {
        self.word = word
        self.meaning = meaning
    }
}

/// An enumeration whose cases are a field's words, so that the words and their meanings stand once.
public protocol ChoiceWords: RawRepresentable<String>, CaseIterable, Sendable, SettingDecodable {
    var meaning: String { get }
}
