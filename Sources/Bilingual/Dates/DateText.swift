/// Dates as the documents of the United Nations write them. ICU has no such style (it says يوليو, and puts a comma after
/// the month), so the table is ours.
public enum DateText {
    /// `19 كانون الأول/ديسمبر 2018` or `19 December 2018`; the month and year, or the year alone, where no more is
    /// stated.
    public static func render(_ date: PartialDateString, _ locale: ReaderLocale) -> String {
        var parts: [String] = []
        if let day = date.day { parts.append(digits(day, locale)) }
        if let month = date.month { parts.append(monthName(month, locale.language)) }
        parts.append(digits(date.year, locale))
        return parts.joined(separator: " ")
    }

    /// `22-23 أيار/مايو 2011`: what both dates share is written once. Two equal dates are written as one.
    public static func range(_ start: PartialDateString, _ end: PartialDateString, _ locale: ReaderLocale) -> String {
        if start == end { return render(start, locale) }
        let last = render(end, locale)
        // Years alone: the period 2013-2015.
        if start.month == nil, end.month == nil { return "\(digits(start.year, locale))-\(last)" }
        // Without a common part, " - " keeps the two apart: "30 December 2011 - 2 January 2012".
        guard start.year == end.year, (start.day == nil) == (end.day == nil), let startMonth = start.month,
            let endMonth = end.month
        else { return "\(render(start, locale)) - \(last)" }
        let startName = monthName(startMonth, locale.language)
        guard let startDay = start.day else { return "\(startName) - \(last)" }
        if startMonth == endMonth { return "\(digits(startDay, locale))-\(last)" }
        return "\(digits(startDay, locale)) \(startName) - \(last)"
    }

    /// The name of a month, 1 to 12, in both traditions in Arabic; empty for any other number.
    public static func monthName(_ month: Int, _ language: Language) -> String {
        guard (1...12).contains(month) else { return "" }
        return switch language {
        case .arabic: arabicMonths[month - 1]
        case .english: englishMonths[month - 1]
        }
    }

    /// Years and days are never grouped: 2018, not 2,018.
    private static func digits(_ number: Int, _ locale: ReaderLocale) -> String {
        NumberText.digits(String(number), locale.digits)
    }

    private static let arabicMonths = [
        "كانون الثاني/يناير", "شباط/فبراير", "آذار/مارس", "نيسان/أبريل", "أيار/مايو", "حزيران/يونيه", "تموز/يوليه",
        "آب/أغسطس", "أيلول/سبتمبر", "تشرين الأول/أكتوبر", "تشرين الثاني/نوفمبر", "كانون الأول/ديسمبر",
    ]
    private static let englishMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}
