import Configuration
import PluginKit

/// The fields of one mapping of a manifest. Each reader answers nil and reports when a field is absent or wrong.
struct Fields {
    /// What the mapping describes, as problems name it: `table "mechanism"`.
    let subject: String
    let place: SourcePlace
    let problems: ProblemList
    private let entries: [YAMLEntry]

    /// Nil, with a problem, when `node` is no mapping. Unknown keys are problems.
    init?(_ node: YAMLNode, _ subject: String, known: [String], _ problems: ProblemList) {
        guard let entries = node.entries else {
            problems.add(.type, node.place, "\(subject) must be a mapping with \(known.joined(separator: ", "))")
            return nil
        }
        for entry in entries where !known.contains(entry.key) {
            let hint = Wording.hint(entry.key, among: known, plural: "known keys")
            problems.add(
                .unknownKey, entry.keyPlace, "unknown key \(Wording.quoted(entry.key)) in \(subject); \(hint)")
        }
        self.subject = subject
        self.place = node.place
        self.problems = problems
        self.entries = entries
    }

    /// The same fields under a subject that is known only after the first of them was read.
    init(_ other: Fields, subject: String) {
        self.subject = subject
        place = other.place
        problems = other.problems
        entries = other.entries
    }

    func place(of key: String) -> SourcePlace { entries.first { $0.key == key }?.keyPlace ?? place }

    /// The value of a field; nil where it is absent or empty.
    func node(_ key: String) -> YAMLNode? {
        guard let value = entries.first(where: { $0.key == key })?.value, !value.isNull else { return nil }
        return value
    }

    func required(_ key: String, example: String) -> YAMLNode? {
        if let node = node(key) { return node }
        problems.add(.missing, place(of: key), "\(subject) lacks \(key); write \(key): \(example)")
        return nil
    }

    // MARK: Single values

    func name(_ key: String, _ rule: NameRule, example: String) -> String? {
        required(key, example: example).flatMap { name($0, rule, as: "\(key) of \(subject)") }
    }

    func optionalName(_ key: String, _ rule: NameRule) -> String? {
        node(key).flatMap { name($0, rule, as: "\(key) of \(subject)") }
    }

    func name(_ node: YAMLNode, _ rule: NameRule, as what: String) -> String? {
        guard let text = text(node, as: what) else { return nil }
        guard rule.isRight(text) else {
            problems.add(.value, node.place, "\(what) is \(Wording.quoted(text)); \(rule.explanation)")
            return nil
        }
        return text
    }

    func text(_ node: YAMLNode, as what: String) -> String? {
        guard let text = node.text, !node.isNull, text.contains(where: { !$0.isWhitespace }) else {
            problems.add(.type, node.place, "\(what) must be text that is not empty")
            return nil
        }
        return text
    }

    func integer(_ key: String, _ range: ClosedRange<Int>, example: String) -> Int? {
        guard let node = required(key, example: example) else { return nil }
        guard let text = node.text, let number = Int(text), range.contains(number) else {
            problems.add(
                .type, node.place, "\(key) of \(subject) must be a whole number from \(range.lowerBound), such as 1")
            return nil
        }
        return number
    }

    func flag(_ key: String, default standard: Bool) -> Bool {
        guard let node = node(key) else { return standard }
        switch node.text {
        case "true": return true
        case "false": return false
        default:
            problems.add(.type, node.place, "\(key) of \(subject) must be true or false")
            return standard
        }
    }

    func choice<Words: RawRepresentable<String> & CaseIterable>(_ node: YAMLNode, _ what: String) -> Words? {
        let words = Words.allCases.map(\.rawValue)
        if let text = node.text, let word = Words(rawValue: text) { return word }
        let hint = NearestName.find(node.text ?? "", among: words).map { "; did you mean \"\($0)\"?" } ?? ""
        problems.add(.value, node.place, "\(what) must be one of \(words.joined(separator: ", "))\(hint)")
        return nil
    }

    func choice<Words: RawRepresentable<String> & CaseIterable>(_ key: String, example: String) -> Words? {
        required(key, example: example).flatMap { choice($0, "\(key) of \(subject)") }
    }

    // MARK: Both languages

    /// A text in both languages under `key`.
    func localized(_ key: String) -> LocalizedText? {
        guard let node = required(key, example: "{en: ..., ar: ...}") else { return nil }
        let subject = "\(key) of \(subject)"
        return Fields(node, subject, known: ["en", "ar"], problems)?.bothLanguages()
    }

    /// The fields `ar` and `en` of this mapping itself.
    func bothLanguages() -> LocalizedText? {
        let ar = required("ar", example: "... (both languages or nothing)").flatMap { text($0, as: "ar of \(subject)") }
        let en = required("en", example: "... (both languages or nothing)").flatMap { text($0, as: "en of \(subject)") }
        guard let ar, let en else { return nil }
        if Self.hasArabic(en), !Self.hasArabic(ar) {
            problems.add(.value, place(of: "en"), "\(subject) has its languages swapped: en is Arabic and ar is not")
        }
        return LocalizedText(ar: ar, en: en)
    }

    private static func hasArabic(_ text: String) -> Bool {
        text.unicodeScalars.contains { (0x0620...0x064A).contains($0.value) }
    }

    // MARK: Lists

    /// The elements of a list; none where the field is absent.
    func elements(_ key: String) -> [YAMLNode] {
        guard let node = node(key) else { return [] }
        guard let elements = node.elements else {
            problems.add(
                .type, node.place, "\(key) of \(subject) must be a list; write [a, b] or lines that begin with -")
            return []
        }
        return elements
    }

    /// A list of names, each once.
    func names(_ key: String, _ rule: NameRule) -> [(name: String, place: SourcePlace)] {
        var found: [(name: String, place: SourcePlace)] = []
        for node in elements(key) {
            guard let name = name(node, rule, as: "an entry of \(key) of \(subject)") else { continue }
            if found.contains(where: { $0.name == name }) {
                problems.add(.value, node.place, "\(key) of \(subject) names \"\(name)\" twice")
            } else {
                found.append((name, node.place))
            }
        }
        return found
    }
}

/// Names that must not be given twice within one manifest.
struct UniqueNames {
    let kind: String
    private var places: [String: SourcePlace] = [:]

    init(_ kind: String) { self.kind = kind }

    mutating func add(_ name: String, at place: SourcePlace, _ problems: ProblemList) {
        if let earlier = places[name] {
            let line = earlier.line.map { " at line \($0)" } ?? ""
            problems.add(.value, place, "there is already a \(kind) named \"\(name)\"\(line); choose another name")
        } else {
            places[name] = place
        }
    }
}
