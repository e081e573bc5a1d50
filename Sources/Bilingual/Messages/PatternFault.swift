/// What is wrong with one pattern, in words for its translator.
struct PatternFault: Error, Sendable, Hashable {
    let text: String
    /// Where in the pattern, in UTF-16 units.
    let offset: Int

    init(_ text: String, offset: Int) {
        self.text = text
        self.offset = max(0, offset)
    }

    /// Explains an error of ICU's.
    init(icu name: String, offset: Int) {
        let text =
            switch name {
            case "U_UNMATCHED_BRACES": "a { or } has no partner; write every placeholder as {name}"
            case "U_DEFAULT_KEYWORD_MISSING": "plural and select need a form for everything else: add other {…}"
            case "U_PATTERN_SYNTAX_ERROR":
                "not a message pattern: write placeholders as {name}, {name, type} or {name, plural, one {…} other {…}}"
            case "U_ILLEGAL_CHARACTER": "this character cannot stand in a placeholder; write it outside the braces"
            case "U_DUPLICATE_KEYWORD": "a form stands twice: keep one"
            case "U_INDEX_OUTOFBOUNDS_ERROR": "a name or number in a placeholder is too long"
            default: "ICU refuses the pattern (\(name)): compare it with the other language's"
            }
        self.init(text, offset: offset)
    }
}

extension PatternFault {
    /// Reads a pattern's parts, and says which brace is meant where ICU only says that one has no partner.
    static func split(_ pattern: String) throws(PatternFault) -> [PatternPart] {
        do throws(PatternFault) {
            return try PatternPart.split(pattern)
        } catch  where error.offset == 0 {
            throw PatternFault(error.text, offset: unclosedBrace(pattern) ?? 0)
        }
    }

    /// The last brace that opens and is not closed, in UTF-16 units.
    private static func unclosedBrace(_ pattern: String) -> Int? {
        let units = Array(pattern.utf16)
        let (open, close, apostrophe) = (UInt16(0x7B), UInt16(0x7D), UInt16(0x27))
        var stack: [Int] = []
        var index = 0
        while index < units.count {
            if units[index] == apostrophe, index + 1 < units.count, [open, close].contains(units[index + 1]) {
                // Quoted braces are text.
                index = units[(index + 1)...].firstIndex(of: apostrophe) ?? units.count
            } else if units[index] == open {
                stack.append(index)
            } else if units[index] == close {
                _ = stack.popLast()
            }
            index += 1
        }
        return stack.last
    }
}
