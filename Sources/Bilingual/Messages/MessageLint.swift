/// Holds a plugin's messages in both languages against each other (rule 33). Run by the build, which fails on any
/// problem, and when a catalogue is loaded.
public enum MessageLint {
    /// What the check gives: the files as far as they could be read, and everything that is wrong.
    public struct Result: Sendable {
        public let problems: [MessageProblem]
        /// The messages that both languages have, by key, sorted; only those without problems can be relied on.
        public let messages: [CheckedMessage]
    }

    /// A message in both languages.
    public struct CheckedMessage: Sendable, Hashable {
        public let key: String
        public let arabic: MessagePattern
        public let english: MessagePattern
        /// The placeholders of either language, in the order of the English pattern.
        public let placeholders: [MessagePlaceholder]
    }

    /// Checks the files of a `messages` folder.
    ///
    /// - Parameters:
    ///   - files: texts by file name: `ar.messages` and `en.messages`. No files at all are right: not every plugin says
    ///     something.
    ///   - folder: put before the file names in problems, such as `Plugins/Notifications/messages`.
    public static func check(files: [String: String], folder: String = "") -> Result {
        if files.isEmpty { return Result(problems: [], messages: []) }
        var check = LintRun(prefix: folder.isEmpty ? "" : folder + "/")
        check.run(files)
        return Result(problems: check.problems, messages: check.messages)
    }

    /// The name of a language's file.
    public static func fileName(_ language: Language) -> String { "\(language.code).messages" }
}

/// One run of the check.
struct LintRun {
    let prefix: String
    private(set) var problems: [MessageProblem] = []
    private(set) var messages: [MessageLint.CheckedMessage] = []

    init(prefix: String) {
        self.prefix = prefix
    }

    /// A message of one language that could be parsed.
    struct Side {
        let file: MessageFile
        let entry: MessageFile.Entry
        let pattern: MessagePattern
        var place: String { "\(MessageLint.fileName(file.language)):\(entry.line)" }
    }

    mutating func run(_ texts: [String: String]) {
        var files: [Language: MessageFile] = [:]
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            guard let language = Language.allCases.first(where: { MessageLint.fileName($0) == name }) else {
                report(
                    .fileUnknown, name, 1, nil,
                    "no language of ours: the folder has ar.messages and en.messages; remove or rename this file")
                continue
            }
            files[language] = MessageFile(name: prefix + name, language: language, text: text, problems: &problems)
        }
        for language in Language.allCases where files[language] == nil {
            report(
                .languageMissing, MessageLint.fileName(language), 1, nil,
                "the file is missing: every message stands in Arabic and in English, so write \(prefix)"
                    + MessageLint.fileName(language))
        }
        guard let arabic = files[.arabic], let english = files[.english] else { return }
        compare(arabic, english)
        problems.sort { ($0.file, $0.line) < ($1.file, $1.line) }
    }

    private mutating func compare(_ arabic: MessageFile, _ english: MessageFile) {
        for (file, other) in [(arabic, english), (english, arabic)] {
            for entry in other.entries where file.entry(entry.key) == nil {
                let language = file.language == .arabic ? "Arabic" : "English"
                report(
                    .keyMissing, MessageLint.fileName(file.language), file.lineCount, entry.key,
                    "\(entry.key) is missing: \(MessageLint.fileName(other.language)):\(entry.line) has it; write it in "
                        + "\(language) too")
            }
        }
        for entry in english.entries {
            let englishSide = parse(entry, of: english)
            guard let partner = arabic.entry(entry.key) else { continue }
            guard let arabicSide = parse(partner, of: arabic), let englishSide else { continue }
            checkPlaceholders(of: arabicSide, against: englishSide)
            checkPlaceholders(of: englishSide, against: arabicSide)
            checkTypes(arabicSide, englishSide)
            let extra = arabicSide.pattern.placeholders.filter { placeholder in
                !englishSide.pattern.placeholders.contains { $0.name == placeholder.name }
            }
            messages.append(
                .init(
                    key: entry.key, arabic: arabicSide.pattern, english: englishSide.pattern,
                    placeholders: englishSide.pattern.placeholders + extra))
        }
        for entry in arabic.entries where english.entry(entry.key) == nil { _ = parse(entry, of: arabic) }
        messages.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        checkNames(english)
    }

    private mutating func parse(_ entry: MessageFile.Entry, of file: MessageFile) -> Side? {
        // An empty pattern is reported where the file is read.
        if entry.pattern.isEmpty { return nil }
        let name = MessageLint.fileName(file.language)
        do throws(PatternFault) {
            let pattern = try MessagePattern(parsing: entry.pattern)
            try pattern.checkFormats(file.language)
            for finding in PatternChecks.findings(pattern, file.language) {
                report(finding.code, name, entry.line(at: finding.offset), entry.key, "\(entry.key): \(finding.text)")
            }
            return Side(file: file, entry: entry, pattern: pattern)
        } catch {
            report(.patternInvalid, name, entry.line(at: error.offset), entry.key, "\(entry.key): \(error.text)")
            return nil
        }
    }

    private mutating func checkPlaceholders(of side: Side, against other: Side) {
        for placeholder in other.pattern.placeholders
        where !side.pattern.placeholders.contains(where: { $0.name == placeholder.name }) {
            report(
                .placeholderMissing, MessageLint.fileName(side.file.language), side.entry.line, side.entry.key,
                "\(side.entry.key) has no {\(placeholder.name)}, which \(other.place) has: add it here, or remove it there"
            )
        }
    }

    private mutating func checkTypes(_ arabic: Side, _ english: Side) {
        let name = MessageLint.fileName(.arabic)
        for placeholder in arabic.pattern.placeholders {
            guard let twin = english.pattern.placeholders.first(where: { $0.name == placeholder.name }) else {
                continue
            }
            if twin.type != placeholder.type {
                report(
                    .placeholderType, name, arabic.entry.line, arabic.entry.key,
                    "\(arabic.entry.key): {\(placeholder.name)} is \(placeholder.type.rawValue) here and "
                        + "\(twin.type.rawValue) in \(english.place): use the same type in both"
                        + (Set([twin.type, placeholder.type]) == [.text, .integer]
                            ? ", such as {\(placeholder.name), number, integer} for a bare number" : ""))
                continue
            }
            guard placeholder.type == .choice else { continue }
            let (here, there) = (arabic.pattern.choices(placeholder.name), english.pattern.choices(placeholder.name))
            if here != there {
                report(
                    .selectMismatch, name, arabic.entry.line, arabic.entry.key,
                    "\(arabic.entry.key): {\(placeholder.name), select} chooses among \(here.sorted().joined(separator: ", ")) "
                        + "here and among \(there.sorted().joined(separator: ", ")) in \(english.place): write the same "
                        + "keywords in both")
            }
        }
    }

    /// Two keys must not become one function of Swift.
    private mutating func checkNames(_ file: MessageFile) {
        var names: [String: MessageFile.Entry] = [:]
        for entry in file.entries {
            let name = MessageAccessors.swiftName(entry.key)
            if let earlier = names[name] {
                report(
                    .keyAmbiguous, MessageLint.fileName(file.language), entry.line, entry.key,
                    "\(entry.key) and \(earlier.key) are both \(name) in Swift: rename one of them in both languages")
            }
            names[name] = entry
        }
    }

    private mutating func report(
        _ code: MessageProblem.Code, _ name: String, _ line: Int, _ key: String?, _ message: String
    ) {
        problems.append(MessageProblem(code, file: prefix + name, line: line, key: key, message: message))
    }
}
