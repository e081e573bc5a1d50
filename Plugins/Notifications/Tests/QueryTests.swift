import PluginKit
import Testing
import WorkerTesting

@Suite struct `Queries of meetings and focal points` {
    @Test func `show what became of a meeting`() throws {
        let running = try Running()
        try running.kit.feed([
            Events.meeting("m1", #""starts":"2027-03-15","ends":"2027-03-16","place_en":"Cairo","place_ar":"القاهرة""#),
            Events.meeting("m2"),
            Events.meeting("m3"),
            Events.event(
                "meeting.rescheduled", "move/m1", time: "2026-03-01T00:00:00Z",
                #"{"meeting_id":"m1","starts":"2027-04-12"}"#),
            Events.event(
                "meeting.cancelled", "cancel/m2", time: "2026-03-01T00:00:00Z", #"{"meeting_id":"m2"}"#),
        ])
        #expect(running.kit.refusals.isEmpty)
        let rows = try running.kit.query("meetings-called").rows.map { $0.map(\.plain) }
        #expect(
            rows == [
                ["arcp", "m2", "2027-03-15", "", "", "", "cancelled", "ملغى"],
                ["arcp", "m3", "2027-03-15", "", "", "", "scheduled", "مقرر"],
                ["arcp", "m1", "2027-04-12", "", "Cairo", "القاهرة", "rescheduled", "معدل الموعد"],
            ])
    }

    @Test func `name persons as they were last described`() throws {
        let running = try Running()
        func person(_ name: String, _ id: String) -> String {
            Events.event(
                "person.described", id, key: "role/dz",
                #"{"name_ar":"جهة","name_en":"\#(name)","languages":["ar"],"channels":[]}"#)
        }
        try running.kit.feed([Events.named("DZ", "role/dz"), person("Old", "d1"), person("New", "d2")])
        let table = try running.kit.query("focal-points")
        #expect(table.rows.count == 1)
        #expect(table.cell(0, "name_en") == .string("New"))
        #expect(table.cell(0, "person") == .string("role/dz"))
    }

    @Test func `count an event that arrives twice once`() throws {
        let events = [Events.joined("DZ"), Events.named("DZ", "role/dz"), Events.mechanism()]
        let once = try Running()
        try once.kit.feed(events)
        let twice = try Running()
        try twice.kit.feed(events + events, dedupes: false)
        #expect(try once.kit.query("recipients").rows.count == 1)
        #expect(try once.kit.query("recipients") == twice.kit.query("recipients"))
    }
}
