private import CICU

/// Numbers and plural forms. A number by itself carries no direction marks (in Arabic ICU puts them around a minus):
/// isolate it where it stands within a text.
public enum NumberText {
    /// `1,234`, in the reader's digits.
    public static func render(_ value: Int64, _ locale: ReaderLocale) throws(BilingualError) -> String {
        BidiText.stripControls(try taken(cicu_format_integer(locale.tag, value), "write a number"))
    }

    /// `1,234.5`, with at most `maximumFraction` digits after the point.
    public static func render(
        _ value: Double, maximumFraction: Int = 3, _ locale: ReaderLocale
    ) throws(BilingualError) -> String {
        let fraction = Int32(min(max(maximumFraction, 0), 15))
        return BidiText.stripControls(try taken(cicu_format_number(locale.tag, value, fraction), "write a number"))
    }

    /// The plural keyword of a count: zero, one, two, few, many or other.
    public static func pluralKeyword(_ count: Int64, _ language: Language) throws(BilingualError) -> String {
        try taken(cicu_plural_keyword(ReaderLocale(language).tag, count), "tell a plural form")
    }

    /// The text with its ASCII digits in the reader's digits, everything else as it is: for years and identifiers that
    /// are never grouped.
    public static func digits(_ text: String, _ digits: Digits) -> String {
        guard digits == .arabicIndic else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isDigit = ("0"..."9").contains(scalar)
            result.append(isDigit ? Unicode.Scalar(scalar.value - 0x30 + 0x660) ?? scalar : scalar)
        }
        return String(result)
    }
}
