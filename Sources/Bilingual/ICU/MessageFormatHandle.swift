private import CICU

/// A message that ICU has parsed for one locale.
///
/// Not Sendable: ICU fills caches inside while it formats, so whoever keeps one uses it from one thread at a time
/// (`CompiledMessage` holds a lock).
final class MessageFormatHandle {
    enum Value {
        case integer(Int64)
        case number(Double)
        case text(String)
    }

    private let message: OpaquePointer

    /// - Throws: what ICU found wrong with the pattern.
    init(pattern: String, locale: ReaderLocale) throws(PatternFault) {
        var error = cicu_error()
        let message = withView(pattern) { cicu_message_open(locale.tag, $0, &error) }
        guard let message else { throw PatternFault(icu: name(of: error), offset: Int(error.offset)) }
        self.message = message
    }

    deinit { cicu_message_close(message) }

    func format(_ values: [(name: String, value: Value)]) throws(PatternFault) -> String {
        var texts: [String] = []
        for (name, value) in values {
            texts.append(name)
            if case .text(let text) = value { texts.append(text) } else { texts.append("") }
        }
        var error = cicu_error()
        let result = withViews(texts) { views in
            let arguments = values.enumerated().map { index, pair in
                var argument = cicu_argument()
                argument.name = views[index * 2]
                argument.text = views[index * 2 + 1]
                switch pair.value {
                case .integer(let integer):
                    argument.kind = Int32(CICU_ARGUMENT_INTEGER.rawValue)
                    argument.integer = integer
                case .number(let number):
                    argument.kind = Int32(CICU_ARGUMENT_NUMBER.rawValue)
                    argument.number = number
                case .text:
                    argument.kind = Int32(CICU_ARGUMENT_TEXT.rawValue)
                }
                return argument
            }
            return take(cicu_message_format(message, arguments, Int32(arguments.count), &error))
        }
        guard let result else { throw PatternFault(icu: name(of: error), offset: -1) }
        return result
    }
}

/// One part of a pattern as ICU splits it; offsets count UTF-16 units.
struct PatternPart {
    enum Kind {
        case other, messageStart, messageLimit, argumentLimit
        case argumentStart(Form)
        case argumentNumber, argumentName, argumentType, argumentStyle, selector
    }
    enum Form { case none, simple, choice, plural, select, selectOrdinal }

    let kind: Kind
    let offset: Int
    let length: Int

    /// Splits a pattern.
    static func split(_ pattern: String) throws(PatternFault) -> [PatternPart] {
        var error = cicu_error()
        var raw: UnsafeMutablePointer<cicu_part>?
        let count = Int(withView(pattern) { cicu_pattern_parts($0, &raw, &error) })
        guard count >= 0, let raw else { throw PatternFault(icu: name(of: error), offset: Int(error.offset)) }
        defer { cicu_parts_free(raw) }
        return (0..<count).map { index in
            let part = raw[index]
            return PatternPart(kind: partKind(part), offset: Int(part.offset), length: Int(part.length))
        }
    }
}

private func partKind(_ part: cicu_part) -> PatternPart.Kind {
    switch cicu_part_kind(rawValue: UInt32(part.kind)) {
    case CICU_PART_MESSAGE_START: .messageStart
    case CICU_PART_MESSAGE_LIMIT: .messageLimit
    case CICU_PART_ARGUMENT_START: .argumentStart(partForm(part))
    case CICU_PART_ARGUMENT_LIMIT: .argumentLimit
    case CICU_PART_ARGUMENT_NUMBER: .argumentNumber
    case CICU_PART_ARGUMENT_NAME: .argumentName
    case CICU_PART_ARGUMENT_TYPE: .argumentType
    case CICU_PART_ARGUMENT_STYLE: .argumentStyle
    case CICU_PART_ARGUMENT_SELECTOR: .selector
    default: .other
    }
}

private func partForm(_ part: cicu_part) -> PatternPart.Form {
    switch cicu_argument_form(rawValue: UInt32(part.value)) {
    case CICU_FORM_SIMPLE: .simple
    case CICU_FORM_CHOICE: .choice
    case CICU_FORM_PLURAL: .plural
    case CICU_FORM_SELECT: .select
    case CICU_FORM_SELECT_ORDINAL: .selectOrdinal
    default: .none
    }
}

private func name(of error: cicu_error) -> String {
    withUnsafeBytes(of: error.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
