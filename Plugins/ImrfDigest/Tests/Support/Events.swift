import Foundation

/// Events as JSON texts, in structured mode: as little as a test needs to say.
enum Events {
    static func event(
        _ type: String, _ id: String, key: String = "arcp", time: String = "2026-01-05T09:00:00Z", _ data: String
    ) -> String {
        """
        {"specversion":"1.0","id":"\(id)","source":"urn:diwan:synthetic","type":"org.iscm.\(type).v1","subject":"\(id)",\
        "time":"\(time)","datacontenttype":"application/json","partitionkey":"\(key)","data":\(data)}
        """
    }

    static func mechanism(_ key: String = "arcp", type: String = "rcp", id: String? = nil) -> String {
        event(
            "mechanism.registered", id ?? "register/\(key)", key: key,
            #"{"name_ar":"العملية العربية","name_en":"Arab process","mech_type":"\#(type)","regions":["middle-east"],"#
                + #""region_ar":["الشرق الأوسط"],"region_en":["Middle East"],"founded_year":2014}"#)
    }

    static func joined(_ party: String, kind: String = "state", from: String = "2015", key: String = "arcp") -> String {
        event(
            "member.joined", "join/\(key)/\(party)", key: key,
            #"{"party":"\#(party)","party_kind":"\#(kind)","from":"\#(from)"}"#)
    }

    static func mandate(_ cycle: Int, key: String = "arcp", _ fields: String = #""date":"2026-01-26""#) -> String {
        event("mandate.granted", "mandate/\(key)/\(cycle)", key: key, #"{"cycle":\#(cycle),\#(fields)}"#)
    }

    static func filed(
        _ submission: String, _ cycle: Int, key: String = "arcp", id: String? = nil,
        time: String = "2026-03-02T09:00:00Z", fields: String = "", items: [String]
    ) -> String {
        event(
            "submission.filed", id ?? "file/\(submission)", key: key, time: time,
            #"{"submission_id":"\#(submission)","cycle":\#(cycle),\#(fields)"items":[\#(items.joined(separator: ","))]}"#
        )
    }

    static func item(_ kind: String, _ objective: Int, title: String? = nil, _ fields: String = "") -> String {
        let titles = title.map { #","title_en":"\#($0)","title_ar":"\#($0)""# } ?? ""
        return #"{"kind":"\#(kind)","objective":\#(objective)\#(titles)\#(fields)}"#
    }

    static func retraction(of id: String, key: String = "arcp") -> String {
        event(
            "event.retracted", "retract/\(id)", key: key,
            #"{"retracted_source":"urn:diwan:synthetic","retracted_id":"\#(id)","reason":"sent by mistake"}"#)
    }

    static func bundled() throws -> [String] {
        try ["history", "synthetic"].flatMap { try text("Deploy/history/\($0).jsonl").split(separator: "\n") }
            .map { String($0) }
    }

    /// A file of the repository.
    static func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../..")
        return try String(contentsOf: root.appending(path: path).standardizedFileURL, encoding: .utf8)
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
