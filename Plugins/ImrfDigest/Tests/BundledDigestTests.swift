import Foundation
import PluginKit
import Testing
import WorkerTesting

@Suite struct `The digest of the bundled events` {
    @Test(arguments: [("ar", "txt"), ("en", "txt"), ("en", "json"), ("ar", "json")])
    func `is written as it is kept`(language: String, ending: String) throws {
        let running = try Running(try Events.bundled())
        let written = try running.digest(
            "arcp", 2026, try #require(DocumentLanguage(rawValue: language)), ending == "json" ? .json : .text)
        // The JSON carries both languages, so there is one.
        let name = ending == "json" ? "arcp-2026.json" : "arcp-2026.\(language).txt"
        #expect(written == (try Events.text("Plugins/ImrfDigest/fixtures/\(name)")))
    }

    @Test func `holds what the events say`() throws {
        let digest = try Running(try Events.bundled()).json()
        #expect(digest.mechanism.name?.en == "Arab Regional Consultative Process on Migration and Refugee Affairs")
        #expect(digest.mechanism.type == "rcp")
        #expect(digest.mechanism.states == 22)
        #expect(digest.mechanism.chair?.chair.name.en == "General Secretariat of the League of Arab States")
        #expect(digest.cycle.edition == 2)
        #expect(digest.cycle.regionalReview == 2024)
        #expect(digest.basis.compactParagraph == 50)
        #expect(digest.basis.resolutionParagraph == 10)
        #expect(digest.basis.mandate?.date == "2026-01-26")
        #expect(
            digest.contribution.sections.map(\.kind.code) == [
                "data", "evidence", "best_practice", "innovative_approach", "recommendation",
            ])
        #expect(digest.sectionCounts == [1, 1, 2, 0, 2])
        #expect(digest.contribution.objectives.map(\.number) == Array(1...23))
        let marked = digest.contribution.objectives.filter { $0.count > 0 }.map(\.number)
        #expect(marked == [1, 2, 3, 14, 18, 20, 23])
        #expect(digest.remarks.map(\.code) == ["synthetic"])
        #expect(digest.remark("synthetic") == 2)
        #expect(digest.sources.count == 27)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `has the same bytes in whatever order the events arrive, and however often`(seed: UInt64) throws {
        let events = try Events.bundled()
        let expected = try Running(events).everything()
        var generator = SeededGenerator(seed)
        let shuffled = (events + events).shuffled(using: &generator)
        #expect(try Running(shuffled, dedupes: false).everything() == expected, "seed \(seed)")
    }

    @Test(arguments: ["arcp", "gfmd", "five-plus-five", "rcm"], [2022, 2023, 2026])
    func `shows the same numbers in both languages`(mechanism: String, cycle: Int) throws {
        let running = try Running(try Events.bundled())
        let arabic = Self.numbers(try running.digest(mechanism, cycle, .arabic))
        let english = Self.numbers(try running.digest(mechanism, cycle, .english))
        #expect(arabic == english)
        #expect(arabic.count > 40)
    }

    /// The runs of digits, in order. Digits are Western in both languages.
    static func numbers(_ text: String) -> [Substring] {
        text.split { !("0"..."9").contains($0) }
    }

    @Test func `of a mechanism that filed nothing shows zeros`() throws {
        let running = try Running(try Events.bundled())
        let digest = try running.json("gfmd", 2026)
        #expect(digest.basis.compactParagraph == 51)
        #expect(digest.basis.resolutionParagraph == 11)
        #expect(digest.contribution.sections.map(\.kind.code) == ["finding", "best_practice", "innovative_approach"])
        #expect(digest.sectionCounts == [0, 0, 0])
        #expect(digest.contribution.objectives.allSatisfy { $0.count == 0 })
        #expect(digest.remarks.map(\.code) == ["submission-missing", "mandate-missing"])
        let text = try running.digest("gfmd", 2026)
        #expect(text.contains("\u{2068}Findings\u{2069}: 0\n"))
        #expect(text.components(separatedBy: ": 0 (no item)").count == 24)
    }
}

@Suite struct `The form of a digest` {
    @Test func `says how many events are parked`() throws {
        let running = try Running([Events.mechanism()])
        #expect(try running.digest(parked: 3, .english, .text).contains("not counted here: 3\n"))
        #expect(try running.digest(parked: 3, .arabic, .text).contains("غير محسوبة هنا: 3\n"))
        #expect(try running.digest(parked: 3, .english, .json).contains(#""parkedEvents":3"#))
    }

    @Test func `in JSON has its members in order and no white space`() throws {
        let running = try Running([
            Events.mechanism(),
            Events.filed("a\\\"b", 2026, items: [Events.item("data", 1, title: #"tab\t nul\u0001 ي"#)]),
        ])
        let text = try running.digest("arcp", 2026, .english, .json)
        let again = try JSONSerialization.data(
            withJSONObject: try JSONSerialization.jsonObject(with: Data(text.utf8)),
            options: [.sortedKeys, .withoutEscapingSlashes])
        #expect(text == String(decoding: again, as: UTF8.self) + "\n")
    }
}

@Suite struct `Labels of the digest` {
    @Test(arguments: ["states.csv", "themes.csv"])
    func `are those of the directory`(file: String) throws {
        #expect(
            try Events.text("Plugins/ImrfDigest/data/\(file)")
                == Events.text("Plugins/MechanismDirectory/data/\(file)"))
    }
}
