import PluginKit
import Testing
import WorkerTesting

@Suite struct `Who contributes` {
    @Test func `is counted as at the end of the cycle's year`() throws {
        let chair = { (code: String, from: String) in
            Events.event("chair.assumed", "chair/\(code)", #"{"chair":"\#(code)","term_from":"\#(from)"}"#)
        }
        let running = try Running([
            Events.mechanism(), Events.joined("DZ"), Events.joined("TN", from: "2025"),
            Events.joined("EG", from: "2027"), Events.joined("HK", kind: "territory"), chair("MA", "2024"),
            chair("JO", "2028"),
            Events.event("mechanism.reclassified", "reclass", #"{"to_type":"irf","from":"2029"}"#),
        ])
        let digest = try running.json()
        #expect(digest.mechanism.states == 2)
        #expect(digest.mechanism.territories == 1)
        #expect(digest.mechanism.chair?.chair.code == "MA")
        #expect(digest.mechanism.chair?.chair.name == Parsed.Names(ar: "المغرب", en: "Morocco"))
        #expect(digest.mechanism.type == "rcp")
        let later = try running.json("arcp", 2030)
        #expect(later.mechanism.states == 3)
        #expect(later.mechanism.chair?.chair.code == "JO")
        #expect(later.mechanism.type == "irf")
        #expect(try running.json("arcp", 2022).mechanism.states == 1)
    }

    @Test func `is named by slug and flagged while it is not registered`() throws {
        let running = try Running([Events.filed("s", 2026, items: [Events.item("data", 1)])])
        let digest = try running.json()
        #expect(digest.mechanism.name == nil)
        #expect(digest.remark("mechanism-unknown") == 1)
        #expect(try running.digest().contains("Name: \u{2068}arcp\u{2069}"))
    }

    @Test func `has to be known, and the cycle a year`() throws {
        let running = try Running([Events.mechanism()])
        #expect(throws: Refusal.self) { try running.digest("acrp", 2026) }
        for cycle in ["", "soon", "02026", "2026.0", "-1"] {
            #expect(throws: Refusal.self) {
                try running.kit.render(
                    "digest", parameters: ["mechanism": "arcp", "cycle": cycle], language: .english)
            }
        }
    }

    @Test func `counts each State's last answer to a mandate`() throws {
        func answer(_ state: String, _ consent: String, _ time: String) -> String {
            Events.event(
                "mandate.consent_recorded", "\(state)-\(time)", time: time,
                #"{"cycle":2026,"state":"\#(state)","consent":"\#(consent)"}"#)
        }
        let running = try Running([
            Events.mechanism(), answer("DZ", "given", "2026-03-01T00:00:00Z"),
            answer("DZ", "withheld", "2026-02-01T00:00:00Z"), answer("TN", "reserved", "2026-02-01T00:00:00Z"),
        ])
        #expect(try running.digest().contains("Answers of member States: 1 given, 0 withheld, 1 reserved\n"))
    }
}

@Suite struct `The query of contributions` {
    @Test func `counts as the digest does, zeros included`() throws {
        let running = try Running([
            Events.filed(
                "s", 2026,
                items: [
                    Events.item("data", 1), Events.item("data", 2, #","consent":"withheld""#),
                    Events.item("finding", 3),
                ]),
            Events.filed("g", 2023, key: "gfmd", items: []),
        ])
        let rows = try running.kit.query("contributions").rows.map { row in
            [0, 1, 2, 5, 6, 7].map { row[$0].plain }
        }
        #expect(
            rows == [
                ["arcp", "2026", "data", "1", "1", ""], ["arcp", "2026", "evidence", "0", "0", ""],
                ["arcp", "2026", "finding", "1", "0", ""], ["arcp", "2026", "best_practice", "0", "0", ""],
                ["arcp", "2026", "innovative_approach", "0", "0", ""],
                ["arcp", "2026", "recommendation", "0", "0", ""],
                ["gfmd", "2023", "finding", "0", "0", "no year of the forum"],
                ["gfmd", "2023", "best_practice", "0", "0", "no year of the forum"],
                ["gfmd", "2023", "innovative_approach", "0", "0", "no year of the forum"],
            ])
        let digest = try running.json()
        #expect(digest.sectionCounts == [1, 0, 0, 0, 0])
        #expect(digest.contribution.foreignSections.map(\.count) == [1])
    }
}
