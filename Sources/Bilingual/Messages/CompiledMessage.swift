private import Synchronization

/// One message in one language with the parsers that ICU made for it.
final class CompiledMessage: Sendable {
    let key: String
    let pattern: MessagePattern
    /// ICU's formats may not be shared between threads, so whoever uses one holds the lock.
    private let formats = Mutex<[ReaderLocale: MessageFormatHandle]>([:])

    init(key: String, pattern: MessagePattern) {
        self.key = key
        self.pattern = pattern
    }

    func render(
        _ arguments: [String: MessageArgument], _ locale: ReaderLocale, _ isolation: ValueIsolation, allowsUnused: Bool
    ) throws(BilingualError) -> String {
        try checkNames(arguments, allowsUnused)
        var values: [(name: String, value: MessageFormatHandle.Value)] = []
        for use in pattern.uses where !values.contains(where: { $0.name == use.compiledName }) {
            guard let argument = arguments[use.name] else { continue }
            values.append((use.compiledName, try value(argument, for: use, locale, isolation)))
        }
        do {
            return try formats.withLock { formats in
                if let format = formats[locale] { return try format.format(values) }
                let format = try MessageFormatHandle(pattern: pattern.compiled, locale: locale)
                formats[locale] = format
                return try format.format(values)
            }
        } catch {
            let reason = (error as? PatternFault)?.text ?? "\(error)"
            throw BilingualError(.internationalisation, "\(key) could not be written: \(reason)")
        }
    }

    private func checkNames(_ arguments: [String: MessageArgument], _ allowsUnused: Bool) throws(BilingualError) {
        for placeholder in pattern.placeholders where arguments[placeholder.name] == nil {
            throw BilingualError(.argumentMissing, "\(key): {\(placeholder.name)} has no value; give it one")
        }
        if allowsUnused { return }
        let known = Set(pattern.placeholders.map(\.name))
        if let extra = arguments.keys.filter({ !known.contains($0) }).min() {
            throw BilingualError(
                .argumentUnknown, "\(key) has no placeholder \(TerminalText.quoted(extra)): leave this value out")
        }
    }

    private func value(
        _ argument: MessageArgument, for use: PlaceholderUse, _ locale: ReaderLocale, _ isolation: ValueIsolation
    ) throws(BilingualError) -> MessageFormatHandle.Value {
        switch (use.form, argument) {
        case (.plain, .text(let text)):
            return .text(BidiText.inserted(text, isolation))
        case (.plain, .localized(let arabic, let english)):
            return .text(BidiText.inserted(locale.language == .arabic ? arabic : english, isolation))
        case (.plain, .integer(let number)) where isNumeric(use.name),
            (.plural, .integer(let number)), (.selectOrdinal, .integer(let number)), (.number, .integer(let number)):
            return .integer(number)
        case (.number(let style), .number(let number)) where style != "integer":
            return .number(number)
        case (.plain, .number(let number)) where isNumeric(use.name):
            return .number(number)
        case (.ordinal(let gender), .integer(let number)):
            return .text(OrdinalText.render(Int(number), gender: gender, locale))
        case (.date, .date(let date)):
            return .text(BidiText.inserted(DateText.render(date, locale), isolation))
        case (.list, .list(let items)):
            return .text(try ListText.render(items.map { $0.text(locale.language) }, locale, isolation: isolation))
        case (.select, .choice(let keyword)), (.select, .text(let keyword)):
            return .text(keyword)
        default:
            let type = pattern.placeholders.first { $0.name == use.name }?.type ?? use.type
            throw BilingualError(
                .argumentType,
                "\(key): {\(use.name)} takes \(type.rawValue) and was given \(argument.type.rawValue)")
        }
    }

    private func isNumeric(_ name: String) -> Bool {
        pattern.placeholders.contains { $0.name == name && ($0.type == .integer || $0.type == .number) }
    }
}
