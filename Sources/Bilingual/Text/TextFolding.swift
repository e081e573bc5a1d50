private import CICU

/// The forms in which text is kept and searched.
public enum TextFolding {
    /// Unicode's NFC: the form in which text is stored.
    public static func nfc(_ text: String) throws(BilingualError) -> String {
        try taken(withView(text) { cicu_nfc($0) }, "normalise a text")
    }

    /// A key for search: two texts that a reader takes for the same word have the same key.
    ///
    /// NFKC with case folded and invisible characters removed; then harakat, Koranic marks and tatweel removed, the
    /// variants of alef folded to bare alef, digits of any script to ASCII, and runs of white space to one space.
    /// Never shown.
    public static func searchKey(_ text: String) throws(BilingualError) -> String {
        let folded = try taken(withView(text) { cicu_nfkc_casefold($0) }, "fold a text")
        var result = String.UnicodeScalarView()
        for scalar in folded.unicodeScalars {
            switch scalar.value {
            case 0x0640, 0x064B...0x065F, 0x0670, 0x06D6...0x06DC, 0x06DF...0x06E8, 0x06EA...0x06ED, 0x08CA...0x08E1,
                0x08E3...0x08FF:
                continue
            case 0x0622, 0x0623, 0x0625, 0x0671...0x0673:
                result.append("\u{0627}")
            case 0x09, 0x0A, 0x0D, 0x20:
                if result.last != " ", !result.isEmpty { result.append(" ") }
            default:
                let digit = scalar.isASCII ? -1 : cicu_digit_value(scalar.value)
                result.append(digit >= 0 ? Unicode.Scalar(UInt8(0x30 + digit)) : scalar)
            }
        }
        if result.last == " " { result.removeLast() }
        return String(result)
    }
}
