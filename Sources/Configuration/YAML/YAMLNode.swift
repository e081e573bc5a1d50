/// A piece of a YAML document, with its place.
///
/// Aliases are already followed. Text is as written: what is a number or a boolean is decided by the field that wants
/// one, so that a State `NO` never becomes false.
public struct YAMLNode: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        /// In the document's order; keys differ from each other.
        case mapping([YAMLEntry])
    }

    public let content: Content
    public let place: SourcePlace

    public init(_ content: Content, at place: SourcePlace) {
        self.content = content
        self.place = place
    }

    /// The text of a scalar, quoted or not; nil for anything else.
    public var text: String? {
        if case .scalar(let scalar) = content { scalar.text } else { nil }
    }

    /// True for nothing at all, `~` and `null` when they are not quoted.
    public var isNull: Bool {
        if case .scalar(let scalar) = content { scalar.isNull } else { false }
    }

    /// The elements of a sequence; nil for anything else.
    public var elements: [YAMLNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The entries of a mapping, in the document's order; nil for anything else.
    public var entries: [YAMLEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The value of a mapping's key; nil where there is none, or where this is no mapping.
    public subscript(_ key: String) -> YAMLNode? { entries?.first { $0.key == key }?.value }

    /// What this is, in the words that errors use.
    var kindName: String {
        switch content {
        case .scalar(let scalar): scalar.isNull ? "nothing" : "\"\(Excerpt.of(scalar.text))\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// A scalar's text, and whether it stood there without quotes.
public struct YAMLScalar: Hashable, Sendable {
    public let text: String
    /// False for quoted text and for block text (`|`, `>`).
    public let isPlain: Bool

    public init(_ text: String, isPlain: Bool = true) {
        self.text = text
        self.isPlain = isPlain
    }

    var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(text) }
}

/// A key of a mapping, with its value and the key's own place.
public struct YAMLEntry: Hashable, Sendable {
    public let key: String
    public let keyPlace: SourcePlace
    public let value: YAMLNode

    public init(key: String, keyPlace: SourcePlace, value: YAMLNode) {
        self.key = key
        self.keyPlace = keyPlace
        self.value = value
    }
}

/// Text from a file as an error may show it: short, on one line, without control or direction characters.
enum Excerpt {
    static func of(_ text: String, limit: Int = 60) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > limit ? shown + "…" : shown
    }
}
