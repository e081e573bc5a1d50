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
