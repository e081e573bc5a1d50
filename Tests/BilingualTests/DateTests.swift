import Bilingual
import Testing

/// The glossary's months: the dual style of the United Nations, taken from its documents.
private let glossary: [(month: String, arabic: String, english: String)] = [
    ("01", "كانون الثاني/يناير", "January"), ("02", "شباط/فبراير", "February"), ("03", "آذار/مارس", "March"),
    ("04", "نيسان/أبريل", "April"), ("05", "أيار/مايو", "May"), ("06", "حزيران/يونيه", "June"),
    ("07", "تموز/يوليه", "July"), ("08", "آب/أغسطس", "August"), ("09", "أيلول/سبتمبر", "September"),
    ("10", "تشرين الأول/أكتوبر", "October"), ("11", "تشرين الثاني/نوفمبر", "November"),
    ("12", "كانون الأول/ديسمبر", "December"),
]

@Suite struct DateTests {
    @Test func everyMonthIsNamedAsInTheGlossary() throws {
        for (month, arabic, english) in glossary {
            let date = try PartialDateString("2018-\(month)-19")
            #expect(DateText.render(date, .arabic) == "19 \(arabic) 2018")
            #expect(DateText.render(date, .english) == "19 \(english) 2018")
        }
    }

    @Test func aDateIsWrittenAsFarAsItIsStated() throws {
        #expect(DateText.render(try PartialDateString("2018-12"), .arabic) == "كانون الأول/ديسمبر 2018")
        #expect(DateText.render(try PartialDateString("2018-12"), .english) == "December 2018")
        #expect(DateText.render(try PartialDateString("2018"), .arabic) == "2018")
        #expect(DateText.render(try PartialDateString("2018-07-01"), .english) == "1 July 2018")
    }

    @Test func aReaderMayChooseArabicIndicDigitsInArabicOnly() throws {
        let date = try PartialDateString("2011-05-22")
        #expect(DateText.render(date, ReaderLocale(.arabic, digits: .arabicIndic)) == "٢٢ أيار/مايو ٢٠١١")
        #expect(DateText.render(date, ReaderLocale(.english, digits: .arabicIndic)) == "22 May 2011")
    }

    @Test(arguments: [
        ("2011-05-22", "2011-05-23", "22-23 أيار/مايو 2011", "22-23 May 2011"),
        ("2011-05-30", "2011-06-02", "30 أيار/مايو - 2 حزيران/يونيه 2011", "30 May - 2 June 2011"),
        (
            "2011-12-30", "2012-01-02", "30 كانون الأول/ديسمبر 2011 - 2 كانون الثاني/يناير 2012",
            "30 December 2011 - 2 January 2012"
        ),
        ("2013", "2015", "2013-2015", "2013-2015"),
        ("2018-11", "2018-12", "تشرين الثاني/نوفمبر - كانون الأول/ديسمبر 2018", "November - December 2018"),
        ("2018-11-02", "2018-11-02", "2 تشرين الثاني/نوفمبر 2018", "2 November 2018"),
        ("2018", "2018-11", "2018 - تشرين الثاني/نوفمبر 2018", "2018 - November 2018"),
    ])
    func aRangeWritesOnceWhatBothDatesShare(start: String, end: String, arabic: String, english: String) throws {
        let (start, end) = (try PartialDateString(start), try PartialDateString(end))
        #expect(DateText.range(start, end, .arabic) == arabic)
        #expect(DateText.range(start, end, .english) == english)
    }

    @Test(arguments: [
        "", "18", "2018-1", "2018-13", "2018-00", "2018-02-30", "2019-02-29", "2018-04-31", "2018-12-1", "2018/12/01",
        "2018-12-01T10:00:00Z", "٢٠١٨", "+018", "2018-", "1900-02-29", "2018-12-\u{1B}1",
    ])
    func whatIsNoDateIsRefused(text: String) {
        #expect(throws: BilingualError.self) { try PartialDateString(text) }
    }

    @Test func leapDaysExistWhereTheyDo() throws {
        for text in ["2020-02-29", "2000-02-29"] { #expect(try PartialDateString(text).description == text) }
    }

    @Test func aMomentGivesItsDateAsStated() throws {
        #expect(try PartialDateString(dateOf: "2026-09-14T00:30:00+03:00").description == "2026-09-14")
        #expect(try PartialDateString(dateOf: "2026-09").description == "2026-09")
        #expect(throws: BilingualError.self) { try PartialDateString(dateOf: "T10:00:00Z") }
    }
}
