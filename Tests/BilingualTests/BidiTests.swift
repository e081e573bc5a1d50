import Bilingual
import Testing

@Suite struct BidiTests {
    private static let controls: [Unicode.Scalar] =
        [0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0x200E, 0x200F, 0x061C, 0xFEFF]
        .compactMap { Unicode.Scalar($0 as UInt32) }

    @Test func everyDirectionControlIsStripped() {
        for control in Self.controls {
            #expect(BidiText.stripControls("أ\(control)b") == "أb")
            #expect(BidiText.stripControls("\(control)") == "")
        }
    }

    @Test func joinersThatSpellingNeedsStay() {
        let text = "نمی\u{200C}خواهم ل\u{200D}"
        #expect(BidiText.stripControls(text) == text)
    }

    /// An isolate that a name could close would let the rest of the name turn the line around.
    @Test func aHostileNameCannotLeaveItsIsolate() throws {
        let hostile = "Smith\u{2069}\u{202E}txt.exe\u{2067}\n\u{2029}\u{85}end"
        let isolated = BidiText.isolate(hostile)
        let scalars = Array(isolated.unicodeScalars)
        #expect(scalars.first == "\u{2068}")
        #expect(scalars.last == "\u{2069}")
        #expect(!scalars.dropFirst().dropLast().contains { Self.controls.contains($0) })
        // A paragraph separator would end the isolate as well.
        #expect(isolated == "\u{2068}Smithtxt.exe   end\u{2069}")

        let catalogue = try MessageCatalogue(files: [
            "en.messages": "greeting = {name} - {count, plural, one {one contribution} other {# contributions}}",
            "ar.messages":
                "greeting = {name} - {count, plural, zero{-} one{-} two{-} few {# مساهمات} many{-} other{-}}",
        ])
        let message = MessageReference(key: "greeting", arguments: ["name": .text(hostile), "count": .integer(3)])
        #expect(try catalogue.render(message, .arabic) == "\u{2068}Smithtxt.exe   end\u{2069} - 3 مساهمات")
    }

    @Test func carriageReturnAndLineFeedAreOneBreak() {
        #expect(BidiText.isolate("a\r\nb") == "\u{2068}a b\u{2069}")
        #expect(BidiText.isolate("a\n\nb") == "\u{2068}a  b\u{2069}")
    }

    @Test func nothingIsPutAroundAnEmptyText() {
        #expect(BidiText.isolate("") == "")
        #expect(BidiText.isolate("\u{202E}") == "")
    }

    @Test func theFirstStrongCharacterGivesTheDirection() {
        #expect(BidiText.baseDirection("123 العربية ABC") == .rightToLeft)
        #expect(BidiText.baseDirection("123 ABC العربية") == .leftToRight)
        #expect(BidiText.baseDirection("123 - 456") == nil)
        #expect(BidiText.baseDirection("") == nil)
    }
}
