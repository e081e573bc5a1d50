/// A parsed pattern: ICU's MessageFormat with named placeholders, and types of ours for what ICU writes otherwise than
/// the source documents do.
///
/// - `{name}`: text (or the number, where the same name also stands in a plural)
/// - `{n, number}`, `{n, number, integer}`, `{n, number, percent}`, `{n, number, ::skeleton}`
/// - `{n, plural, one {…} other {…}}`, `{n, selectordinal, …}`, `{x, select, a {…} other {…}}`
/// - `{d, date}`: 19 December 2018 and the like, in the dual style of the United Nations in Arabic
/// - `{names, list}`: "a, b and c"
/// - `{n, ordinal}`, `{n, ordinal, feminine}`: First, Second, in words
///
/// Immutable; shared freely between threads.
public struct MessagePattern: Sendable, Hashable {
    /// The pattern as it was given.
    public let source: String
    /// Its placeholders, each once, in the order in which they first stand.
    public let placeholders: [MessagePlaceholder]

    let uses: [PlaceholderUse]
    /// What ICU is given: `{d, date}` and the like stand as plain placeholders.
    let compiled: String
    /// The text outside placeholders, for checks of the language it is written in.
    let literals: String

    /// - Throws: a `MessagePatternError` that says what is wrong, and where.
    public init(_ source: String) throws(MessagePatternError) {
        do throws(PatternFault) {
            try self.init(parsing: source)
        } catch {
            throw MessagePatternError(message: error.text, offset: error.offset)
        }
    }

    init(parsing source: String) throws(PatternFault) {
        var reader = PatternReader(source: source)
        try reader.read(PatternFault.split(source))
        self.source = source
        self.uses = reader.uses
        self.compiled = reader.compiled
        self.literals = reader.literals

        var order: [String] = []
        for use in reader.uses where !order.contains(use.name) { order.append(use.name) }
        var placeholders: [MessagePlaceholder] = []
        for name in order {
            let uses = reader.uses.filter { $0.name == name }
            guard let type = PlaceholderUse.commonType(uses) else {
                let types = uses.map(\.type.rawValue).uniqued.joined(separator: " and as ")
                throw PatternFault(
                    "{\(name)} stands as \(types): use it one way, or give the other use a name of its own",
                    offset: uses.last?.offset ?? 0)
            }
            placeholders.append(MessagePlaceholder(name: name, type: type))
        }
        self.placeholders = placeholders
    }

    public static func == (left: MessagePattern, right: MessagePattern) -> Bool { left.source == right.source }
    public func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

/// Why a pattern cannot be read.
public struct MessagePatternError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what to do.
    public let message: String
    /// Where in the pattern, in UTF-16 units.
    public let offset: Int

    public var description: String { "\(message) (at \(offset))" }
}

extension Array where Element: Hashable {
    /// Each element once, in the order in which it first stands.
    var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
