import Bilingual
import PluginKit
import Testing
import WorkerTesting

@Suite struct `A reminder of a meeting` {
    private let standing = [
        Events.mechanism(), Events.joined("DZ"), Events.joined("TN"), Events.named("DZ", "role/dz"),
        Events.named("TN", "role/tn"),
    ]

    private func changed(
        _ change: String, _ fields: String, _ id: String = "m1", time: String = "2026-03-01T09:00:00Z"
    ) -> String {
        Events.event(
            "meeting.\(change)", "\(change)/\(id)/\(time)", time: time, #"{"meeting_id":"\#(id)"\#(fields)}"#)
    }

    /// The due times of what waits.
    private func due(_ events: [String]) throws -> [String] {
        let running = try Running()
        try running.kit.feed(standing + events)
        #expect(running.kit.refusals.map(\.effect).isEmpty)
        return try running.kit.pendingTimers().map(\.due)
    }

    @Test(arguments: [
        (#""starts":"2027-03-15""#, "2027-03-13T09:00:00.000Z"),
        (#""starts":"2027-03-15T10:30:00+02:00","time_zone":"Africa/Cairo""#, "2027-03-13T08:30:00.000Z"),
        (#""starts":"2028-03-01T00:15:00-05:00","time_zone":"America/Lima""#, "2028-02-28T05:15:00.000Z"),
        // Recorded on 1 January 2026: the first moment at which two days are left.
        (#""starts":"2026-01-03T00:00:01Z","time_zone":"UTC""#, "2026-01-01T00:00:01.000Z"),
    ])
    func `is due two days before, at nine where no time of day is stated`(fields: String, expected: String) throws {
        #expect(try due([Events.meeting("m1", fields)]) == [expected])
    }

    @Test(arguments: [
        #""starts":"2026-01-03T00:00:00Z","time_zone":"UTC""#, #""starts":"2026-01-02""#, #""starts":"2019-05-05""#,
    ])
    func `is not sent where less than two days are left`(fields: String) throws {
        #expect(try due([Events.meeting("m1", fields)]).isEmpty)
    }

    @Test func `goes once to whoever is told of the meeting, as things stand when it is due`() throws {
        let running = try Running()
        try running.kit.feed(
            standing + [
                Events.meeting(), Events.left("TN", from: "2027-01-01", time: "2026-06-01T00:00:00Z"),
                Events.joined("EG"), Events.named("EG", "role/eg", from: "2027-03-13"),
                Events.joined("MA"), Events.named("MA", "role/ma", from: "2027-03-14"),
            ])
        #expect(running.recipients() == ["role/dz", "role/tn"])
        try running.kit.pass(until: "2027-03-13T08:59:59Z")
        #expect(running.recipients("meeting-reminder").isEmpty)
        try running.kit.pass(until: "2027-03-13T09:00:00Z")
        #expect(running.recipients("meeting-reminder") == ["role/dz", "role/eg"])
        try running.kit.pass(until: "2027-12-31T00:00:00Z")
        #expect(running.recipients("meeting-reminder").count == 2)
        #expect(try running.kit.pendingTimers().isEmpty)
    }

    @Test func `moves with the meeting and tells the new date`() throws {
        let running = try Running()
        let fields = #","starts":"2027-04-12T10:00:00+02:00","time_zone":"Africa/Cairo","place_en":"Tunis""#
        try running.kit.feed(standing + [Events.meeting(), changed("rescheduled", fields)])
        #expect(try running.kit.pendingTimers().map(\.due) == ["2027-04-10T08:00:00.000Z"])
        try running.kit.pass(until: "2027-04-10T08:00:00Z")
        #expect(running.recipients("meeting-reminder") == ["role/dz", "role/tn"])
        let notice = try #require(running.kit.notices.last)
        #expect(notice.eventID == "rescheduled/m1/2026-03-01T09:00:00Z")
        let english = try Letter(notice.effect, .english).plain
        #expect(english.contains("on 12 April 2027") && english.contains("Time: 10:00 (Africa/Cairo)\n"))
        #expect(english.contains("Place: Tunis\n") && english.contains("Level: technical\n"))
        let arabic = try Letter(notice.effect, .arabic).plain
        #expect(arabic.contains("تذكير: اجتماع على المستوى التقني في 12 نيسان/أبريل 2027"))
    }

    @Test func `comes again for the new date of a meeting of which people were reminded`() throws {
        let running = try Running()
        try running.kit.feed(standing + [Events.meeting()])
        try running.kit.pass(until: "2027-03-14T00:00:00Z")
        try running.kit.feed([changed("rescheduled", #","starts":"2027-04-12""#)])
        try running.kit.pass(until: "2027-04-11T00:00:00Z")
        let dates = running.kit.notices.filter { $0.effect.rule == "meeting-reminder" }
            .map(\.effect.arguments["starts"])
        #expect(
            dates == Array(repeating: .date("2027-03-15"), count: 2) + Array(repeating: .date("2027-04-12"), count: 2))
    }

    @Test func `is cancelled with the meeting`() throws {
        #expect(try due([Events.meeting(), changed("cancelled", "")]).isEmpty)
        let moved = changed("rescheduled", #","starts":"2027-04-12""#)
        #expect(try due([Events.meeting(), moved, changed("cancelled", "", time: "2026-03-02T09:00:00Z")]).isEmpty)
        #expect(try due([Events.meeting(), changed("cancelled", "", "m2")]).count == 1)
    }

    @Test func `is not sent where the meeting is moved to within two days`() throws {
        #expect(try due([Events.meeting(), changed("rescheduled", #","starts":"2026-01-02""#)]).isEmpty)
    }

    @Test func `follows the order in which things were said, not that in which they came`() throws {
        let first = changed("rescheduled", #","starts":"2027-04-12""#, time: "2026-03-01T09:00:00Z")
        let second = changed("rescheduled", #","starts":"2027-05-20""#, time: "2026-03-02T09:00:00Z")
        for events in [
            [Events.meeting(), first, second], [second, Events.meeting(), first], [second, first, Events.meeting()],
        ] {
            #expect(try due(events) == ["2027-05-18T09:00:00.000Z"])
        }
    }

    @Test func `is cancelled when the announcement is taken back`() throws {
        #expect(try due([Events.meeting(), Events.retraction(of: "schedule/m1")]).isEmpty)
        let moved = changed("rescheduled", #","starts":"2027-04-12""#)
        #expect(try due([Events.meeting(), moved, Events.retraction(of: "schedule/m1")]).isEmpty)
        #expect(try due([Events.retraction(of: "schedule/m1"), Events.meeting()]).isEmpty)
    }

    @Test
    func `goes back to the first date when the reschedule is taken back, and returns with a cancellation that is`()
        throws
    {
        let moved = changed("rescheduled", #","starts":"2027-04-12""#)
        let back = Events.retraction(of: "rescheduled/m1/2026-03-01T09:00:00Z")
        #expect(try due([Events.meeting(), moved, back]) == ["2027-03-13T09:00:00.000Z"])
        let cancelled = changed("cancelled", "")
        let cancelledBack = Events.retraction(of: "cancelled/m1/2026-03-01T09:00:00Z")
        #expect(try due([Events.meeting(), cancelled, cancelledBack]) == ["2027-03-13T09:00:00.000Z"])
    }

    @Test func `says the same as the announcement, in both languages`() throws {
        let running = try Running()
        let fields = """
            "level":"ministerial","starts":"2027-03-15T10:00:00+02:00","ends":"2027-03-16T16:00:00+02:00",\
            "time_zone":"Africa/Cairo","title_ar":"الاجتماع","title_en":"The meeting","place":"Cairo","agenda":["a","b"]
            """
        try running.kit.feed(standing + [Events.meeting("m1", fields)])
        try running.kit.pass(until: "2027-03-13T08:00:00Z")
        let told = try #require(running.kit.notices.first?.effect)
        let reminded = try #require(running.kit.notices.last?.effect)
        #expect(reminded.rule == "meeting-reminder" && reminded.arguments == told.arguments)
        #expect(
            try Letter(reminded, .english).plain.contains(
                "reminder: meeting at the ministerial level on 15-16 March 2027"))
        #expect(try Letter(reminded, .arabic).plain.contains("الساعة: 10:00 (Africa/Cairo)\n"))
    }
}
