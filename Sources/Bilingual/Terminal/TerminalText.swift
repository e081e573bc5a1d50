private import CICU

/// Text for a terminal: what a hostile name, log line or record may not do there, and how wide it is.
public enum TerminalText {
    /// The text with everything that steers a terminal or hides shown as `\n`, `\t`, `\u{1B}` and the like: control
    /// characters (so also ANSI escapes), line breaks, direction controls and other invisible format characters. ZWJ and
    /// ZWNJ stay, spelling needs them. A backslash stays single: this is for reading, not for reading back.
    public static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: mustEscape) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            guard mustEscape(scalar) else {
                result.unicodeScalars.append(scalar)
                continue
            }
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            }
        }
        return result
    }

    /// The same between quotation marks, for messages that name what was given.
    public static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

    /// How many columns a terminal gives the text: 2 for wide and fullwidth characters, 0 for combining marks and format
    /// characters, 1 for all others, summed by scalar as terminals do. Control characters count 0; escape them first.
    public static func width(_ text: String) -> Int {
        var total = 0
        for scalar in text.unicodeScalars { total += width(scalar) }
        return total
    }

    static func width(_ scalar: Unicode.Scalar) -> Int {
        if (0x20...0x7E).contains(scalar.value) { return 1 }
        switch cicu_category(rawValue: UInt32(cicu_category_of(scalar.value))) {
        case CICU_CATEGORY_CONTROL, CICU_CATEGORY_NONSPACING_MARK, CICU_CATEGORY_ENCLOSING_MARK,
            CICU_CATEGORY_LINE_OR_PARAGRAPH_SEPARATOR:
            return 0
        case CICU_CATEGORY_FORMAT:
            // Terminals draw the soft hyphen, and the signs that stand before Arabic numbers.
            return scalar.value == 0xAD || cicu_is_prepended_mark(scalar.value) ? 1 : 0
        default:
            if cicu_is_hangul_tail(scalar.value) { return 0 }
            return cicu_is_wide(scalar.value) ? 2 : 1
        }
    }

    private static func mustEscape(_ scalar: Unicode.Scalar) -> Bool {
        if (0x20...0x7E).contains(scalar.value) { return false }
        switch cicu_category(rawValue: UInt32(cicu_category_of(scalar.value))) {
        case CICU_CATEGORY_CONTROL, CICU_CATEGORY_LINE_OR_PARAGRAPH_SEPARATOR: return true
        case CICU_CATEGORY_FORMAT:
            let spells = scalar.value == 0x200C || scalar.value == 0x200D
            return !spells && !cicu_is_prepended_mark(scalar.value)
        default: return false
        }
    }
}
