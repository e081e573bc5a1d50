import Bilingual
import Foundation
import PluginKit
import Testing
import WorkerTesting

@Suite struct `The bundled events` {
    private func running() throws -> Running {
        let running = try Running()
        try running.kit.feed(try Events.lines("Deploy/history/history.jsonl"))
        try running.kit.feed(try Events.lines("Deploy/history/synthetic-people.jsonl"))
        try running.kit.feed(try Events.lines("Deploy/history/synthetic.jsonl"))
        return running
    }

    @Test func `tell 22 focal points and two missions, and nobody is refused`() throws {
        let running = try running()
        #expect(running.kit.refusals.map(\.effect).isEmpty)
        #expect(running.recipients().count == 22)
        #expect(Set(running.recipients()).count == 22)
        // Two positions are history, where sending is silent; the plugin does not know that, and one is new.
        let missions = ["role/las-mission-geneva", "role/las-mission-new-york"]
        #expect(running.recipients("position-adopted").suffix(2) == missions[...])
    }

    @Test(arguments: [("meeting-scheduled", Language.arabic), ("meeting-scheduled", .english)])
    func `give the meeting's letter as it is kept`(rule: String, language: Language) throws {
        try compare(rule, language)
    }

    @Test(arguments: [("position-adopted", Language.arabic), ("position-adopted", .english)])
    func `give the position's letter as it is kept`(rule: String, language: Language) throws {
        try compare(rule, language)
    }

    @Test(arguments: [("meeting-reminder", Language.arabic), ("meeting-reminder", .english)])
    func `give the reminder's letter as it is kept`(rule: String, language: Language) throws {
        try compare(rule, language)
    }

    private func compare(_ rule: String, _ language: Language) throws {
        let running = try running()
        try running.kit.pass(until: "2027-03-13T08:00:00Z")
        let notice = try #require(running.kit.notices.last { $0.effect.rule == rule }?.effect)
        let kept = try Events.text("Plugins/Notifications/fixtures/\(rule).\(language.code).txt")
        #expect(try Letter(notice, language).plain == kept)
    }

    @Test func `show who would be told, and who could not be reached`() throws {
        let running = try running()
        let table = try running.kit.query("recipients")
        #expect(table.columns == ["rule", "mechanism", "state_or_body", "person", "readiness_en", "readiness_ar"])
        let arcp = table.rows.filter { $0[1] == .string("arcp") }
        #expect(arcp.count == 24)
        #expect(arcp.allSatisfy { $0[4] == .string("yes") && $0[5] == .string("نعم") })
        let others = table.rows.filter { $0[1] != .string("arcp") }
        #expect(others.count == 159 - 22)
        #expect(others.allSatisfy { $0[3].isNull && $0[4] == .string("no focal point") })
    }
}

@Suite struct `A letter` {
    private func letter(agenda: Int, _ language: Language) throws -> String {
        let items = (0..<agenda).map { "\"item \($0)\"" }.joined(separator: ",")
        let running = try Running()
        try running.kit.feed([
            Events.joined("DZ"), Events.named("DZ", "role/dz"),
            Events.meeting("m1", #""starts":"2027-03-15","agenda":[\#(items)]"#),
        ])
        return try Letter(try #require(running.kit.notices.first?.effect), language).plain
    }

    @Test(arguments: [
        (0, "لم يعمم بعد"), (1, "بند واحد"), (2, "بندان"), (3, "3 بنود"), (10, "10 بنود"), (11, "11 بنداً"),
        (99, "99 بنداً"), (100, "100 بند"),
    ])
    func `agrees with the number of items on the agenda`(count: Int, expected: String) throws {
        #expect(try letter(agenda: count, .arabic).contains("جدول الأعمال: \(expected)\n"))
    }

    @Test func `isolates what comes from outside`() throws {
        let running = try Running()
        try running.kit.feed([
            Events.joined("DZ"), Events.named("DZ", "role/dz"),
            Events.meeting(
                "m1", #""starts":"2027-03-15","place_ar":"ق","place_en":"Cairo\u2069\u202E","title_en":"(x) - 3""#),
        ])
        let body = try Letter(try #require(running.kit.notices.first?.effect), .english).body
        #expect(body.contains("Place: \u{2068}Cairo\u{2069}\n"))
        #expect(body.contains("Title: \u{2068}(x) - 3\u{2069}\n"))
        #expect(!body.unicodeScalars.contains("\u{202E}"))
    }
}
