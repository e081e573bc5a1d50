import Bilingual
import Testing

@Suite struct FoldingTests {
    @Test func storedTextIsComposed() throws {
        #expect(Array(try TextFolding.nfc("e\u{301}").unicodeScalars) == ["\u{E9}"])
        #expect(Array(try TextFolding.nfc("\u{0627}\u{0653}").unicodeScalars) == ["\u{0622}"])
    }

    @Test(arguments: [
        ("مُحَمَّدٌ", "محمد"), ("محـــمد", "محمد"), ("أحمد", "احمد"), ("إسلام", "اسلام"), ("آسيا", "اسيا"),
        ("\u{0627}\u{0654}حمد", "احمد"), ("ٱلله", "الله"), ("رحمٰن", "رحمن"), ("ABU Dhabi", "abu dhabi"),
        ("Ｄｉａｌｏｇｕｅ", "dialogue"), ("عام ٢٠١٨", "عام 2018"), ("ﷲ", "الله"), ("  a \t b ", "a b"),
        ("نمی\u{200C}خواهم", "نمیخواهم"), ("STRASSE", "straße"),
    ])
    func spellingsThatAReaderTakesForTheSameHaveOneKey(left: String, right: String) throws {
        let (left, right) = (try TextFolding.searchKey(left), try TextFolding.searchKey(right))
        // By scalars: Swift compares strings by canonical equivalence.
        #expect(Array(left.unicodeScalars) == Array(right.unicodeScalars))
    }

    @Test func differentWordsKeepDifferentKeys() throws {
        let words = ["مصر", "مضر", "علي", "على", "دولة", "دوله", "عملية"]
        #expect(Set(try words.map { try TextFolding.searchKey($0) }).count == words.count)
    }

    @Test func aTextWithNULIsFoldedWhole() throws {
        #expect(try TextFolding.searchKey("A\u{0}B") == "a\u{0}b")
    }

    @Test func namesSortByTheirLanguagesAlphabet() throws {
        let arabic = try Collation(.arabic)
        #expect(
            arabic.sorted(["مصر", "لبنان", "الأردن", "تونس", "أذربيجان"]) == [
                "أذربيجان", "الأردن", "تونس", "لبنان", "مصر",
            ])
        let english = try Collation(.english)
        #expect(english.sorted(["Zambia", "Åland", "albania", "Benin"]) == ["Åland", "albania", "Benin", "Zambia"])
        #expect(english.compare("re\u{301}sume\u{301}", "r\u{E9}sum\u{E9}") == 0)
        #expect(english.compare("a", "b") < 0)
    }

    @Test func sortKeysOrderAsComparingDoes() throws {
        let collation = try Collation(.arabic)
        let words = ["مصر", "لبنان", "الأردن", "", "ABC", "مُصر", "تونس", "\u{0}"]
        for left in words {
            for right in words {
                let (first, second) = (collation.sortKey(left), collation.sortKey(right))
                let order = first == second ? 0 : first.lexicographicallyPrecedes(second) ? -1 : 1
                #expect(order == collation.compare(left, right).signum(), "\(left) \(right)")
            }
        }
    }

    @Test func oneCollationServesManyThreads() async throws {
        let collation = try Collation(.arabic)
        let words = (0..<200).map { "اسم \(($0 * 7919) % 200)" }
        let expected = collation.sorted(words)
        await withTaskGroup(of: [String].self) { group in
            for _ in 0..<8 { group.addTask { collation.sorted(words.shuffled()) } }
            for await sorted in group { #expect(sorted == expected) }
        }
    }
}
