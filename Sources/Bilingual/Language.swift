/// A language that Diwan writes for people to read (rule 33: both or nothing).
public enum Language: String, Sendable, Hashable, CaseIterable {
    case arabic = "ar"
    case english = "en"

    /// The code of ISO 639-1, as it stands in file names and events.
    public var code: String { rawValue }

    public var direction: TextDirection {
        switch self {
        case .arabic: .rightToLeft
        case .english: .leftToRight
        }
    }

    /// The language's own name for itself.
    public var ownName: String {
        switch self {
        case .arabic: "العربية"
        case .english: "English"
        }
    }
}

/// The direction in which a text runs.
public enum TextDirection: String, Sendable, Hashable {
    case leftToRight = "ltr"
    case rightToLeft = "rtl"
}

/// The digits in which a reader sees numbers and dates.
public enum Digits: String, Sendable, Hashable, CaseIterable {
    /// 0123456789: what the source documents use in both languages, so the default.
    case latin = "latn"
    /// ٠١٢٣٤٥٦٧٨٩: for readers of Arabic who chose them.
    case arabicIndic = "arab"
}

/// A language with the reader's choice of digits. Calendar (Gregorian) and time (UTC) are fixed, so that no default of
/// the machine, of the C library or of ICU's data gets into what is written.
public struct ReaderLocale: Sendable, Hashable {
    public let language: Language
    /// Always Latin in English, whatever was asked for.
    public let digits: Digits

    public init(_ language: Language, digits: Digits = .latin) {
        self.language = language
        self.digits = language == .arabic ? digits : .latin
    }

    public static let arabic = ReaderLocale(.arabic)
    public static let english = ReaderLocale(.english)

    /// The BCP 47 tag given to ICU. English is British: day before month, no comma before "and".
    public var tag: String {
        let base = language == .arabic ? "ar" : "en-GB"
        return "\(base)-u-ca-gregory-nu-\(digits.rawValue)-tz-utc"
    }
}
