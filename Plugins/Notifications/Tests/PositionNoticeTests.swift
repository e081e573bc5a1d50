import Bilingual
import PluginKit
import Testing
import WorkerTesting

@Suite struct `An adopted position` {
    private let missions = [
        Events.mechanism(), Events.joined("DZ"), Events.named("DZ", "role/dz"),
        Events.named("las-mission-new-york", "role/las-mission-new-york", role: "arab_group_mission"),
        Events.named("las-mission-geneva", "role/las-mission-geneva", role: "arab_group_mission"),
    ]

    @Test func `of the Arab process is told to the League missions alone`() throws {
        #expect(
            try Running.told(missions + [Events.position()], rule: "position-adopted") == [
                "role/las-mission-geneva", "role/las-mission-new-york",
            ])
    }

    @Test func `of another mechanism is told to nobody`() throws {
        let running = try Running()
        try running.kit.feed(missions + [Events.position("p2", key: "midsa")])
        #expect(running.kit.notices.isEmpty)
        #expect(running.kit.refusals.isEmpty)
    }

    @Test func `finds missions that are named under global`() throws {
        let worldwide = Events.named("las-mission-geneva", "role/g", role: "arab_group_mission", key: "global")
        #expect(try Running.told([worldwide, Events.position()], rule: "position-adopted") == ["role/g"])
    }

    @Test func `without date or titles still says what is known`() throws {
        let running = try Running()
        try running.kit.feed(missions + [Events.position("p1", #""stage":"review""#)])
        let notice = try #require(running.kit.notices.first?.effect)
        #expect(notice.arguments["position"] == .localized(ar: "data", en: "data"))
        #expect(try Letter(notice, .english).body.contains("A position has been adopted."))
        #expect(try Letter(notice, .arabic).body.contains("جرى اعتماد موقف."))
    }
}
