import Bilingual
import PluginKit
import Testing
import WorkerTesting

@Suite struct `A scheduled meeting` {
    private let standing = [
        Events.mechanism(), Events.joined("DZ"), Events.joined("TN"), Events.named("DZ", "role/dz"),
        Events.named("TN", "role/tn"),
    ]

    @Test func `is told to the focal points of the member States, sorted by bytes`() throws {
        let others = [
            Events.joined("EG", key: "midsa"), Events.named("EG", "role/eg", key: "midsa"),
            Events.named("MA", "role/ma"), Events.named("TN", "role/tn-mission", role: "mission"),
        ]
        #expect(try Running.told(others + standing.reversed() + [Events.meeting()]) == ["role/dz", "role/tn"])
    }

    @Test func `is not told to a State that left, unless it joined again`() throws {
        let left = standing + [Events.left("TN")]
        #expect(try Running.told(left + [Events.meeting()]) == ["role/dz"])
        let again = Events.event(
            "member.joined", "join/again", time: "2026-01-07T09:00:00Z", #"{"party":"TN"}"#)
        #expect(try Running.told(left + [again, Events.meeting()]) == ["role/dz", "role/tn"])
    }

    @Test func `is told to whoever was named last, by date and then time, whatever came first`() throws {
        let later = Events.named("DZ", "role/dz-new", time: "2026-01-09T09:00:00Z")
        #expect(try Running.told(standing + [later, Events.meeting()]) == ["role/dz-new", "role/tn"])
        #expect(try Running.told([later] + standing + [Events.meeting()]) == ["role/dz-new", "role/tn"])
        let dated = Events.named("DZ", "role/dz-2020", from: "2020", time: "2020-01-01T00:00:00Z")
        let datedLater = Events.named("DZ", "role/dz-2024", from: "2024", time: "2019-01-01T00:00:00Z")
        #expect(
            try Running.told(standing + [datedLater, dated, Events.meeting()]) == ["role/dz-2024", "role/tn"])
    }

    @Test func `is told to the mechanism's own focal point before one under global`() throws {
        let worldwide = [
            Events.named("TN", "role/tn-global", key: "global", time: "2026-01-30T09:00:00Z"),
            Events.named("EG", "role/eg-global", key: "global"), Events.joined("EG"),
        ]
        #expect(
            try Running.told(standing + worldwide + [Events.meeting()]) == ["role/dz", "role/eg-global", "role/tn"])
    }

    @Test func `tells nobody whose charge is limited to one subject`() throws {
        let limited = Events.named("DZ", "role/dz-data", subject: "migration-data", time: "2026-01-09T09:00:00Z")
        #expect(try Running.told(standing + [limited, Events.meeting()]) == ["role/dz", "role/tn"])
    }

    @Test func `is told once to a person who acts for two States`() throws {
        let events = [
            Events.joined("DZ"), Events.joined("TN"), Events.named("DZ", "role/both"), Events.named("TN", "role/both"),
        ]
        #expect(try Running.told(events + [Events.meeting()]) == ["role/both"])
    }

    @Test func `looks at what is in force on the day of the announcement`() throws {
        let future = [
            Events.joined("EG", from: "2027"), Events.named("EG", "role/eg"), Events.left("TN", from: "2026-12-31"),
            Events.named("DZ", "role/dz-2027", from: "2027-01-01"),
        ]
        #expect(try Running.told(standing + future + [Events.meeting()]) == ["role/dz", "role/tn"])
        let later = Events.meeting("m2", time: "2027-02-01T09:00:00Z")
        #expect(try Running.told(standing + future + [later]) == ["role/dz-2027", "role/eg"])
    }

    @Test func `is not told to whoever was named by an event that was taken back`() throws {
        let events = standing + [Events.retraction(of: "name/arcp/TN/role/tn"), Events.meeting()]
        #expect(try Running.told(events) == ["role/dz"])
    }

    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
    func `is told to the same persons in whatever order the rest arrived`(seed: UInt64) throws {
        var events =
            standing + [
                Events.left("TN"), Events.joined("EG"), Events.named("EG", "role/eg"),
                Events.named("EG", "role/eg-new", time: "2026-01-08T09:00:00Z"),
                Events.named("EG", "role/x", key: "global"),
            ]
        var generator = SeededGenerator(seed)
        events.shuffle(using: &generator)
        #expect(try Running.told(events + [Events.meeting()]) == ["role/dz", "role/eg-new"], "seed \(seed)")
    }

    @Test func `carries its arguments without a language`() throws {
        let running = try Running()
        let fields = """
            "level":"senior_officials","starts":"2027-03-15T10:00:00+02:00","ends":"2027-03-16T16:00:00+02:00",\
            "time_zone":"Africa/Cairo","place_ar":"القاهرة","place_en":"Cairo","agenda":["a","b"]
            """
        try running.kit.feed(standing + [Events.meeting("m1", fields)])
        let notice = try #require(running.kit.notices.first?.effect)
        #expect(notice.rule == "meeting-scheduled")
        #expect(notice.occurrence.isEmpty)
        #expect(
            notice.arguments == [
                "mechanism": .localized(ar: "العملية العربية", en: "Arab process"),
                "level": .text("senior_officials"), "titled": .text("no"), "title": .text(""),
                "span": .text("month"), "day": .integer(15), "starts": .date("2027-03-15"), "ends": .date("2027-03-16"),
                "timed": .text("yes"), "time": .text("10:00"), "zone": .text("Africa/Cairo"), "placed": .text("yes"),
                "place": .localized(ar: "القاهرة", en: "Cairo"), "agenda": .integer(2), "meeting": .text("m1"),
            ])
    }

    @Test(arguments: [
        ("2027-03-15", "15 March 2027", "15 آذار/مارس 2027"),
        ("2027-03-16", "15-16 March 2027", "15-16 آذار/مارس 2027"),
        (
            "2027-04-01", "from 15 March 2027 to 1 April 2027",
            "من 15 آذار/مارس 2027 إلى 1 نيسان/أبريل 2027"
        ),
    ])
    func `writes its dates as the United Nations do`(end: String, english: String, arabic: String) throws {
        let running = try Running()
        try running.kit.feed(standing + [Events.meeting("m1", #""starts":"2027-03-15","ends":"\#(end)""#)])
        let notice = try #require(running.kit.notices.first?.effect)
        #expect(try Letter(notice, .english).plain.contains("Date: \(english)\n"))
        #expect(try Letter(notice, .arabic).plain.contains("التاريخ: \(arabic)\n"))
    }

    @Test func `names the mechanism by its slug while its names are not known`() throws {
        let running = try Running()
        try running.kit.feed([Events.joined("DZ"), Events.named("DZ", "role/dz"), Events.meeting()])
        #expect(running.kit.notices.first?.effect.arguments["mechanism"] == .text("arcp"))
    }

    @Test func `on a day that no calendar has is refused with what to do`() throws {
        let running = try Running()
        try running.kit.feed(standing + [Events.meeting("m1", #""starts":"2027-02-29""#)])
        #expect(running.kit.notices.isEmpty)
        let refusal = try #require(running.kit.refusals.first?.effect)
        #expect(refusal.contains("date-invalid") && refusal.contains("send the event again"))
    }
}
