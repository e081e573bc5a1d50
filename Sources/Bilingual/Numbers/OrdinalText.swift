/// The gender of the noun that an ordinal follows; English does not tell.
public enum OrdinalGender: String, Sendable, Hashable, CaseIterable {
    case masculine, feminine
}

/// Ordinals in words, as meetings are numbered: الاجتماع العالمي السابع, never a digit.
public enum OrdinalText {
    /// `السابع`, `السابعة` or `Seventh`, from 1 to 99. Beyond, `رقم 100` and `100th`.
    ///
    /// Arabic stands with the article and, for tens, in the nominative.
    public static func render(_ number: Int, gender: OrdinalGender = .masculine, _ locale: ReaderLocale) -> String {
        switch locale.language {
        case .arabic: arabic(number, gender) ?? "رقم \(NumberText.digits(String(number), locale.digits))"
        case .english: english(number) ?? "\(number)\(englishSuffix(number))"
        }
    }

    private static func arabic(_ number: Int, _ gender: OrdinalGender) -> String? {
        guard (1...99).contains(number) else { return nil }
        let (tens, unit) = (number / 10, number % 10)
        let feminine = gender == .feminine
        if number <= 10 { return feminine ? arabicFeminine[number - 1] : arabicMasculine[number - 1] }
        if unit == 0 { return "ال" + arabicTens[tens - 2] }
        let simple = feminine ? arabicFeminine[unit - 1] : arabicMasculine[unit - 1]
        // In compounds the first is a form of its own: الحادي عشر, الحادية والعشرون.
        let first = unit == 1 ? (feminine ? "الحادية" : "الحادي") : simple
        if tens == 1 { return first + (feminine ? " عشرة" : " عشر") }
        return first + " وال" + arabicTens[tens - 2]
    }

    private static func english(_ number: Int) -> String? {
        guard (1...99).contains(number) else { return nil }
        if number < 20 { return englishUnits[number - 1] }
        let (tens, unit) = (number / 10, number % 10)
        if unit == 0 { return englishTens[tens - 2].dropLast() + "ieth" }
        return englishTens[tens - 2] + "-" + englishUnits[unit - 1].lowercased()
    }

    private static func englishSuffix(_ number: Int) -> String {
        let lastTwo = number.magnitude % 100
        if (11...13).contains(lastTwo) { return "th" }
        return switch lastTwo % 10 {
        case 1: "st"
        case 2: "nd"
        case 3: "rd"
        default: "th"
        }
    }

    private static let arabicMasculine = [
        "الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع", "العاشر",
    ]
    private static let arabicFeminine = [
        "الأولى", "الثانية", "الثالثة", "الرابعة", "الخامسة", "السادسة", "السابعة", "الثامنة", "التاسعة", "العاشرة",
    ]
    private static let arabicTens = ["عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون"]
    private static let englishUnits = [
        "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh",
        "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth",
    ]
    private static let englishTens = [
        "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety",
    ]
}
