import Foundation

/// Events as JSON texts, in structured mode: as little as a test needs to say.
enum Events {
    static func event(
        _ type: String, _ id: String, key: String = "arcp", time: String = "2026-01-05T09:00:00Z",
        version: Int = 1, source: String = "urn:diwan:synthetic", _ data: String
    ) -> String {
        """
        {"specversion":"1.0","id":"\(id)","source":"\(source)","type":"org.iscm.\(type).v\(version)","subject":"\(id)",\
        "time":"\(time)","datacontenttype":"application/json","partitionkey":"\(key)","data":\(data)}
        """
    }

    static func mechanism(_ key: String = "arcp", ar: String = "العملية العربية", en: String = "Arab process") -> String
    {
        event(
            "mechanism.registered", "register/\(key)", key: key,
            #"{"name_ar":"\#(ar)","name_en":"\#(en)","mech_type":"rcp"}"#)
    }

    static func joined(
        _ party: String, key: String = "arcp", from: String? = nil, time: String = "2026-01-05T09:00:00Z"
    ) -> String {
        let from = from.map { #","from":"\#($0)""# } ?? ""
        return event(
            "member.joined", "join/\(key)/\(party)", key: key, time: time, #"{"party":"\#(party)"\#(from)}"#)
    }

    static func left(
        _ party: String, key: String = "arcp", from: String? = nil, time: String = "2026-01-06T09:00:00Z"
    ) -> String {
        let from = from.map { #","from":"\#($0)""# } ?? ""
        return event("member.left", "leave/\(key)/\(party)", key: key, time: time, #"{"party":"\#(party)"\#(from)}"#)
    }

    static func named(
        _ body: String, _ person: String, role: String = "national_focal_point", key: String = "arcp",
        from: String? = nil, subject: String? = nil, id: String? = nil, time: String = "2026-01-05T09:00:00Z"
    ) -> String {
        let from = from.map { #","from":"\#($0)""# } ?? ""
        let subject = subject.map { #","subject":"\#($0)""# } ?? ""
        return event(
            "focal_point.designated", id ?? "name/\(key)/\(body)/\(person)", key: key, time: time, version: 2,
            #"{"state_or_body":"\#(body)","role":"\#(role)","person":"\#(person)"\#(from)\#(subject)}"#)
    }

    static func meeting(
        _ id: String = "m1", key: String = "arcp", time: String = "2026-02-01T09:00:00Z",
        _ fields: String = #""starts":"2027-03-15","level":"technical""#
    ) -> String {
        event(
            "meeting.scheduled", "schedule/\(id)", key: key, time: time, #"{"meeting_id":"\#(id)",\#(fields)}"#)
    }

    static func position(
        _ id: String = "p1", key: String = "arcp", _ fields: String = #""title_ar":"موقف","title_en":"Position""#
    ) -> String {
        event(
            "position.adopted", "adopt/\(id)", key: key, time: "2026-02-01T09:00:00Z",
            #"{"position_id":"\#(id)","subject":"data","scope":"collective",\#(fields)}"#)
    }

    static func retraction(of id: String, key: String = "arcp") -> String {
        event(
            "event.retracted", "retract/\(id)", key: key,
            #"{"retracted_source":"urn:diwan:synthetic","retracted_id":"\#(id)","reason":"sent by mistake"}"#)
    }

    /// A file of the repository.
    static func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../..")
        return try String(contentsOf: root.appending(path: path).standardizedFileURL, encoding: .utf8)
    }

    static func lines(_ path: String) throws -> [String] {
        try text(path).split(separator: "\n").map { String($0) }
    }
}

/// A generator whose seed a failing test shows.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &+ 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
