import PluginKit
import Testing
import WorkerTesting

@Suite struct `A submission` {
    private let standing = [Events.mechanism(), Events.mandate(2026)]

    @Test func `that is taken back vanishes, its relays too`() throws {
        let relay = Events.event(
            "submission.relayed", "relay", #"{"submission_id":"s","via":"gfmd"}"#)
        let filed = Events.filed("s", 2026, items: [Events.item("data", 1, title: "Kept secret")])
        let before = try Running(standing + [filed, relay]).json()
        #expect(before.sectionCounts == [1, 0, 0, 0, 0])
        #expect(before.submissions.first?.relayed.count == 1)
        for events in [
            [filed, relay, Events.retraction(of: "file/s")], [Events.retraction(of: "file/s"), relay, filed],
        ] {
            let running = try Running(standing + events)
            let digest = try running.json()
            #expect(digest.sectionCounts == [0, 0, 0, 0, 0])
            #expect(digest.submissions.isEmpty)
            #expect(digest.remark("submission-missing") == 1)
            #expect(digest.sources.map(\.id) == ["register/arcp", "mandate/arcp/2026"])
            #expect(!(try running.everything().contains("Kept secret")))
        }
    }

    @Test func `that is filed again counts in its last filing alone`() throws {
        let first = Events.filed(
            "s", 2026, id: "first", fields: #""edition":1,"#, items: [Events.item("data", 1), Events.item("data", 2)])
        let second = Events.filed(
            "s", 2026, id: "second", time: "2026-04-01T09:00:00Z", fields: #""edition":2,"#,
            items: [Events.item("evidence", 3)])
        let forward = try Running(standing + [first, second])
        #expect(try forward.json().sectionCounts == [0, 1, 0, 0, 0])
        #expect(try forward.json().submissions.map(\.edition) == [2])
        #expect(try Running(standing + [second, first]).everything() == forward.everything())
        // Taking the later one back brings the earlier one into force again.
        let back = try Running(standing + [first, second, Events.retraction(of: "second")]).json()
        #expect(back.sectionCounts == [2, 0, 0, 0, 0])
        #expect(back.submissions.map(\.edition) == [1])
    }

    @Test func `without a mandate is flagged and not dropped`() throws {
        let running = try Running([
            Events.mechanism(), Events.mandate(2030), Events.filed("s", 2026, items: [Events.item("data", 1)]),
        ])
        let digest = try running.json()
        #expect(digest.sectionCounts == [1, 0, 0, 0, 0])
        #expect(digest.remark("mandate-missing") == 1)
        #expect(digest.basis.mandate == nil)
        #expect(try running.digest().contains("no mandate recorded"))
        #expect(try running.digest("arcp", 2026, .arabic).contains("لم يسجل أي تكليف"))
    }

    @Test func `of an odd cycle, with an odd objective or kind, is flagged and not refused`() throws {
        let items = [Events.item("data", 24), Events.item("finding", 1), #"{"kind":"data","objectives":[]}"#]
        let running = try Running([Events.mechanism(), Events.filed("s", 2023, items: items)])
        let digest = try running.json("arcp", 2023)
        #expect(digest.cycle.edition == nil)
        #expect(digest.cycle.regionalReview == nil)
        #expect(digest.remark("cycle-odd") == 1)
        #expect(digest.remark("objective-odd") == 1)
        #expect(digest.remark("kind-foreign") == 1)
        #expect(digest.remark("objective-missing") == 1)
        #expect(digest.contribution.oddObjectives.map(\.number) == [24])
        #expect(digest.contribution.foreignSections.map(\.count) == [1])
        #expect(digest.sectionCounts == [2, 0, 0, 0, 0])
        #expect(try running.digest("arcp", 2023).contains("Objective \u{2068}24\u{2069} (no objective"))
    }

    @Test func `takes objectives from either field, each once`() throws {
        let item = #"{"kind":"data","objectives":[3,1,3],"objective":1}"#
        let digest = try Running(standing + [Events.filed("s", 2026, items: [item])]).json()
        #expect(digest.contribution.sections[0].items[0].objectives == [1, 3])
        #expect(digest.contribution.objectives.filter { $0.count > 0 }.map(\.count) == [1, 1])
    }

    @Test func `names items by their id, or else by their place`() throws {
        let items = [Events.item("data", 1, #","item_id":"a""#), Events.item("data", 2)]
        let digest = try Running(standing + [Events.filed("s", 2026, items: items)]).json()
        #expect(digest.contribution.sections[0].items.map(\.item) == ["a", "1"])
    }

    @Test(arguments: ["withheld", "reserved"])
    func `has items without consent counted and not shown`(consent: String) throws {
        let items = [
            Events.item("data", 1, title: "Open"),
            Events.item("data", 2, title: "Closed", #","consent":"\#(consent)""#),
        ]
        let running = try Running(standing + [Events.filed("s", 2026, items: items)])
        let digest = try running.json()
        #expect(digest.contribution.items == 2)
        #expect(digest.contribution.withheld == 1)
        #expect(digest.sectionCounts == [1, 0, 0, 0, 0])
        #expect(digest.remark("items-withheld") == 1)
        let all = try running.everything()
        #expect(all.contains("Open") && !all.contains("Closed"))
    }

    @Test func `cannot escape its isolate`() throws {
        let title = #"x\u2069\u202Ey\u0085z (Ali) - 3"#
        let running = try Running(standing + [Events.filed("s", 2026, items: [Events.item("data", 1, title: title)])])
        for language in DocumentLanguage.allCases {
            let text = try running.digest("arcp", 2026, language)
            #expect(text.contains("\u{2068}xy z (Ali) - 3\u{2069}"))
            #expect(!text.unicodeScalars.contains("\u{202E}"))
            for line in text.split(separator: "\n") {
                let opened = line.unicodeScalars.count { $0 == "\u{2068}" }
                #expect(opened == line.unicodeScalars.count { $0 == "\u{2069}" })
            }
        }
        #expect(!(try running.digest("arcp", 2026, .english, .json).unicodeScalars.contains("\u{2069}")))
    }

    @Test func `shows its way to the forum`() throws {
        let running = try Running(
            standing + [
                Events.filed(
                    "s", 2026,
                    fields: #""route":"indirect","channel":"post","filed_by_kind":"member_state","filed_by":"MA","#,
                    items: []),
                Events.event("submission.relayed", "r1", #"{"submission_id":"s","via":"un_commission"}"#),
                Events.event(
                    "submission.received", "r2", time: "2026-05-01T00:00:00Z",
                    #"{"submission_id":"s","by":"un_network"}"#),
            ])
        let text = try running.digest()
        #expect(text.contains("Route: indirect\n"))
        #expect(text.contains("Channel: \u{2068}post\u{2069}\n"))
        #expect(text.contains("Filed by: a member State - \u{2068}Morocco\u{2069}\n"))
        #expect(text.contains("Relayed: through a United Nations regional commission"))
        #expect(text.contains("Received: by the United Nations Network on Migration - \u{2068}1 May 2026\u{2069}\n"))
        #expect(try running.json().sources.map(\.id) == ["register/arcp", "r1", "mandate/arcp/2026", "file/s", "r2"])
    }
}
