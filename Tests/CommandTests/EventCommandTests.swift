import Foundation
import Testing
import WorkerTesting

@Suite struct `Events in files` {
    private let place: Workplace

    init() throws { place = try Workplace() }

    private static func event(
        _ id: String = "1", type: String = "member.joined.v1",
        data: String = "{\"party\":\"DZ\",\"party_kind\":\"state\"}"
    )
        -> String
    {
        """
        {"specversion":"1.0","id":"\(id)","source":"urn:diwan:synthetic","type":"org.iscm.\(type)",\
        "time":"2026-01-31T09:00:00Z","datacontenttype":"application/json","partitionkey":"arcp","data":\(data)}
        """
    }

    @Test func `that are bundled are right`() throws {
        let history = Diwan.repository.appending(path: "Deploy/history").path
        let answer = try place.diwan(
            "events", "validate", "\(history)/history.jsonl", "\(history)/synthetic.jsonl",
            "\(history)/synthetic-people.jsonl")
        #expect(answer.code == 0, "\(answer.errors)")
        #expect(answer.output == "334 events, all right\n")
    }

    @Test func `that are wrong are named with line and reason`() throws {
        let keyless = Self.event().replacing("\"partitionkey\":\"arcp\",", with: "")
        let lines = [
            Self.event(), "", "not json", Self.event(data: "{}"), Self.event(type: "member.joind.v1"), keyless,
            Self.event(type: "member.joined.v9"),
        ]
        try place.write(lines.joined(separator: "\n"), to: "events.jsonl")
        let answer = try place.diwan("events", "validate", "events.jsonl")
        #expect(answer.code == 65)
        #expect(answer.output == "6 events, 5 wrong\n")
        let found = answer.errors.split(separator: "\n")
        let expected = [
            "events.jsonl:3: not-json", "events.jsonl:4: schema-violation", "events.jsonl:5: unknown-type",
            "events.jsonl:6: key-missing", "events.jsonl:7: newer-version",
        ]
        #expect(found.count == expected.count)
        for (line, start) in zip(found, expected) { #expect(line.hasPrefix(start), "\(line)") }
        #expect(answer.errors.contains("did you mean org.iscm.member.joined.v1?"))

        let report = try #require(
            try place.diwan("events", "validate", "events.jsonl", "-f", "json").json() as? [String: Any])
        #expect(report["valid"] as? Int == 1 && report["invalid"] as? Int == 5)
        let first = try #require((report["problems"] as? [[String: Any]])?.first)
        #expect(first["line"] as? Int == 3 && first["reason"] as? String == "not-json")
    }

    @Test func `may hold a single event over several lines`() throws {
        let example = try place.diwan("events", "show", "meeting.scheduled", "--format", "event").output
        #expect(example.split(separator: "\n").count > 5)
        try place.write(example, to: "event.json")
        #expect(try place.diwan("events", "validate", "event.json").output == "1 event, all right\n")
    }

    @Test func `give an example of every type, and it is right`() throws {
        let types = try #require(
            try place.diwan("events", "list", "--all", "--format", "json").json() as? [[String: Any]])
        #expect(types.count > 20)
        for type in types {
            let name = try #require(type["type"] as? String)
            try place.write(try place.diwan("events", "show", name, "--format", "event").output, to: "\(name).json")
            let answer = try place.diwan("events", "validate", "\(name).json")
            #expect(answer.code == 0, "\(name): \(answer.errors)")
        }
    }

    @Test func `that are not there end with 66`() throws {
        #expect(try place.diwan("events", "validate", "nowhere.jsonl").code == 66)
        #expect(try place.diwan("events", "validate", ".").code == 66)
        try place.write("", to: "empty.jsonl")
        #expect(try place.diwan("events", "validate", "empty.jsonl").code == 65)
    }

    @Test func `are all checked before the first is sent`() throws {
        try place.configure(servers: deadServer)
        try place.write(Self.event() + "\n" + Self.event(data: "{}"), to: "events.jsonl")
        let answer = try place.diwan("events", "send", "events.jsonl")
        #expect(answer.code == 65)
        #expect(answer.errors.contains("nothing was sent"))
    }

    @Test func `cannot be sent to nobody`() throws {
        try place.configure(servers: deadServer)
        try place.write(Self.event(), to: "events.jsonl")
        let answer = try place.diwan("events", "send", "events.jsonl", "--timeout", "2s")
        #expect(answer.code == 69, "\(answer.errors)")
    }
}
