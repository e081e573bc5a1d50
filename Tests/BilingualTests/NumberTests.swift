import Bilingual
import Testing

@Suite struct NumberTests {
    @Test func numbersAreGroupedInTheReadersDigits() throws {
        #expect(try NumberText.render(Int64(1_234_567), .arabic) == "1,234,567")
        #expect(try NumberText.render(Int64(1_234_567), .english) == "1,234,567")
        #expect(try NumberText.render(Int64(1_234_567), ReaderLocale(.arabic, digits: .arabicIndic)) == "١٬٢٣٤٬٥٦٧")
        #expect(try NumberText.render(0.126, maximumFraction: 2, .english) == "0.13")
        #expect(try NumberText.render(2.0, .arabic) == "2")
        #expect(try NumberText.render(Int64.min, .english) == "-9,223,372,036,854,775,808")
        #expect(Array(try NumberText.render(Int64(-5), .arabic).unicodeScalars) == ["-", "5"])
        #expect(Array(try NumberText.render(-0.5, .arabic).unicodeScalars) == ["-", "0", ".", "5"])
    }

    @Test func notANumberIsWrittenAndDoesNotStopTheProgram() throws {
        #expect(try NumberText.render(.nan, .english) == "NaN")
        #expect(try NumberText.render(.infinity, .english) == "∞")
    }

    @Test func listsAreJoinedAsEachLanguageDoes() throws {
        #expect(try ListText.render(["الأردن", "لبنان", "مصر"], .arabic) == "الأردن ولبنان ومصر")
        #expect(try ListText.render(["Jordan", "Lebanon", "Egypt"], .english) == "Jordan, Lebanon and Egypt")
        #expect(try ListText.render(["Jordan", "Egypt"], .english) == "Jordan and Egypt")
        #expect(try ListText.render(["مصر"], .arabic) == "مصر")
        #expect(try ListText.render([], .english).isEmpty)
    }

    @Test(arguments: [
        (1, "الأول", "الأولى", "First"), (2, "الثاني", "الثانية", "Second"), (7, "السابع", "السابعة", "Seventh"),
        (10, "العاشر", "العاشرة", "Tenth"), (11, "الحادي عشر", "الحادية عشرة", "Eleventh"),
        (12, "الثاني عشر", "الثانية عشرة", "Twelfth"), (19, "التاسع عشر", "التاسعة عشرة", "Nineteenth"),
        (20, "العشرون", "العشرون", "Twentieth"), (21, "الحادي والعشرون", "الحادية والعشرون", "Twenty-first"),
        (35, "الخامس والثلاثون", "الخامسة والثلاثون", "Thirty-fifth"), (40, "الأربعون", "الأربعون", "Fortieth"),
        (99, "التاسع والتسعون", "التاسعة والتسعون", "Ninety-ninth"), (100, "رقم 100", "رقم 100", "100th"),
        (101, "رقم 101", "رقم 101", "101st"), (112, "رقم 112", "رقم 112", "112th"), (0, "رقم 0", "رقم 0", "0th"),
    ])
    func meetingsAreNumberedInWords(number: Int, masculine: String, feminine: String, english: String) {
        #expect(OrdinalText.render(number, .arabic) == masculine)
        #expect(OrdinalText.render(number, gender: .feminine, .arabic) == feminine)
        #expect(OrdinalText.render(number, .english) == english)
    }

    @Test func theExtremesHaveOrdinalsToo() {
        #expect(OrdinalText.render(Int.min, .english).hasPrefix("-9223372036854775808"))
    }
}
