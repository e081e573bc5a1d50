/// Goes through the parts of a pattern and collects its placeholders.
struct PatternReader {
    private let units: [UTF16.CodeUnit]
    private(set) var uses: [PlaceholderUse] = []
    /// The pattern for ICU.
    private(set) var compiled = ""
    private(set) var literals = ""

    /// An argument whose end is not reached yet.
    private struct Open {
        let form: PatternPart.Form
        let offset: Int
        var name = ""
        var nameEnd = 0
        var type = ""
        var style = ""
        var selectors: [String] = []
    }

    init(source: String) {
        units = Array(source.utf16)
    }

    mutating func read(_ parts: [PatternPart]) throws(PatternFault) {
        var open: [Open] = []
        var edits: [(range: Range<Int>, replacement: String)] = []
        // The text of messages: from where the last piece of syntax ended, while inside a message.
        var literalStart: Int?
        for part in parts {
            switch part.kind {
            case .messageStart:
                literalStart = part.offset + part.length
            case .messageLimit:
                flush(&literalStart, to: part.offset)
            case .argumentStart(let form):
                flush(&literalStart, to: part.offset)
                open.append(Open(form: form, offset: part.offset))
            case .argumentNumber:
                throw PatternFault(
                    "a placeholder is numbered: give it a name, such as {\(text(part) == "0" ? "mechanism" : "count")}",
                    offset: part.offset)
            case .argumentName:
                open.mutateLast {
                    $0.name = text(part)
                    $0.nameEnd = part.offset + part.length
                }
            case .argumentType: open.mutateLast { $0.type = text(part) }
            case .argumentStyle: open.mutateLast { $0.style = text(part) }
            case .selector: open.mutateLast { $0.selectors.append(text(part)) }
            case .argumentLimit:
                literalStart = part.offset + part.length
                guard let argument = open.popLast() else { continue }
                let use = try Self.use(argument)
                uses.append(use)
                if use.compiledName != use.name {
                    let suffix = use.compiledName.dropFirst(use.name.count)
                    edits.append((argument.nameEnd..<part.offset, String(suffix)))
                }
            case .other: break
            }
        }
        uses.sort { $0.offset < $1.offset }
        compile(edits)
    }

    private static func use(_ argument: Open) throws(PatternFault) -> PlaceholderUse {
        guard isPlaceholderName(argument.name) else {
            throw PatternFault(
                "{\(argument.name)}: a placeholder's name starts with a small letter and has letters and digits of "
                    + "ASCII only, such as {startDate}", offset: argument.offset)
        }
        func made(_ form: PlaceholderUse.Form) -> PlaceholderUse {
            PlaceholderUse(name: argument.name, form: form, offset: argument.offset)
        }
        switch argument.form {
        case .none: return made(.plain)
        case .plural: return made(.plural(selectors: argument.selectors))
        case .selectOrdinal: return made(.selectOrdinal(selectors: argument.selectors))
        case .select: return made(.select(selectors: argument.selectors))
        case .choice:
            throw PatternFault("{\(argument.name), choice}: write plural or select instead", offset: argument.offset)
        case .simple: return made(try simple(argument))
        }
    }

    private static func simple(_ argument: Open) throws(PatternFault) -> PlaceholderUse.Form {
        let style = argument.style.trimmed
        switch (argument.type.trimmed, style) {
        case ("number", _) where ["", "integer", "percent"].contains(style) || style.hasPrefix("::"):
            return .number(style: style)
        case ("number", _):
            throw PatternFault(
                "{\(argument.name), number, \(style)}: the styles are integer, percent and ::skeleton",
                offset: argument.offset)
        case ("date", ""): return .date
        case ("list", ""): return .list
        case ("ordinal", ""), ("ordinal", "masculine"): return .ordinal(.masculine)
        case ("ordinal", "feminine"): return .ordinal(.feminine)
        case ("date", _), ("list", _), ("ordinal", _):
            throw PatternFault(
                "{\(argument.name), \(argument.type.trimmed), \(style)}: date and list take no style, ordinal takes "
                    + "feminine", offset: argument.offset)
        default:
            throw PatternFault(
                "{\(argument.name), \(argument.type.trimmed)}: the types are number, plural, selectordinal, select, "
                    + "date, list and ordinal", offset: argument.offset)
        }
    }

    private mutating func flush(_ start: inout Int?, to end: Int) {
        if let from = start, from < end { literals += String(decoding: units[from..<end], as: UTF16.self) + " " }
        start = nil
    }

    private mutating func compile(_ edits: [(range: Range<Int>, replacement: String)]) {
        var result = units
        for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            result.replaceSubrange(edit.range, with: edit.replacement.utf16)
        }
        compiled = String(decoding: result, as: UTF16.self)
    }

    private func text(_ part: PatternPart) -> String {
        String(decoding: units[part.offset..<(part.offset + part.length)], as: UTF16.self)
    }

    private static func isPlaceholderName(_ name: String) -> Bool {
        guard let first = name.unicodeScalars.first, ("a"..."z").contains(first) else { return false }
        return name.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
        }
    }
}

extension Array {
    fileprivate mutating func mutateLast(_ change: (inout Element) -> Void) {
        guard !isEmpty else { return }
        change(&self[count - 1])
    }
}

extension StringProtocol {
    /// Without white space of ASCII at either end.
    var trimmed: String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
        let scalars = unicodeScalars.drop(while: isSpace)
        guard let last = scalars.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(String.UnicodeScalarView(scalars[...last]))
    }
}
