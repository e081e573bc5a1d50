/// One record of the workload, before it is bytes.
enum Act {
    /// The `number`-th event of a key. `drops` names a slot to empty.
    case step(key: String, number: Int64, drops: Int64?, emits: Bool, notifies: String?)
    case meeting(key: String, meeting: String, number: Int64, isPoisoned: Bool)
    /// Takes back the step with that number, which may come later.
    case retraction(key: String, number: Int64, target: Int64)
    case person(String)
    case tombstone(key: String)
    case unknown(key: String, number: Int64)
    /// No event at all.
    case garbage(key: String, number: Int64)
    /// The id of an earlier step under other content.
    case reusedID(key: String, number: Int64)

    var key: String {
        switch self {
        case .step(let key, _, _, _, _), .meeting(let key, _, _, _), .retraction(let key, _, _), .person(let key),
            .tombstone(let key), .unknown(let key, _), .garbage(let key, _), .reusedID(let key, _):
            key
        }
    }

    /// The event's id; nil for what is no event.
    var id: String? {
        switch self {
        case .step(let key, let number, _, _, _), .reusedID(let key, let number): Self.stepID(key, number)
        case .meeting(let key, let meeting, let number, _): "\(key)/\(meeting)/\(number)"
        case .retraction(let key, let number, _): "\(key)/back/\(number)"
        case .person(let person): "person/\(person)"
        case .unknown(let key, let number): "\(key)/unknown/\(number)"
        case .tombstone, .garbage: nil
        }
    }

    static func stepID(_ key: String, _ number: Int64) -> String { "\(key)/\(number)" }

    /// The record's value; nil for a tombstone.
    func value(source: String) -> String? {
        switch self {
        case .step(_, let number, let drops, let emits, let notifies):
            let more =
                (drops.map { ",\"drops\":\($0)" } ?? "") + (emits ? ",\"emits\":true" : "")
                + (notifies.map { ",\"notifies\":\"\($0)\"" } ?? "")
            return event(
                source, "org.iscm.document.issued.v1",
                "\"document_id\":\"\(key)-\(number)\",\"doc_kind\":\"report\",\"seq\":\(number)\(more)")
        case .meeting(_, let meeting, _, let isPoisoned):
            return event(
                source, "org.iscm.meeting.held.v1",
                "\"meeting_id\":\"\(key)-\(meeting)\"" + (isPoisoned ? ",\"poisoned\":true" : ""))
        case .retraction(_, _, let target):
            return event(
                source, "org.iscm.event.retracted.v1",
                "\"retracted_source\":\"\(source)\",\"retracted_id\":\"\(Self.stepID(key, target))\",\"reason\":\"trial\""
            )
        case .person(let person):
            return event(
                source, "org.iscm.person.described.v1",
                "\"name_ar\":\"شخص \(person)\",\"name_en\":\"Person \(person)\",\"languages\":[\"ar\",\"en\"],"
                    + "\"channels\":[{\"kind\":\"email\",\"address\":\"\(person)@example.invalid\"}]")
        case .tombstone: return nil
        case .unknown: return event(source, Self.unknownType, "\"x\":1")
        case .garbage(_, let number): return "{\"specversion\":\"1.0\", \"number\": \(number)"
        case .reusedID(_, let number):
            return event(
                source, "org.iscm.document.issued.v1",
                "\"document_id\":\"other\",\"doc_kind\":\"survey\",\"seq\":\(number)")
        }
    }

    static let unknownType = "com.example.chaos"

    private func event(_ source: String, _ type: String, _ data: String) -> String {
        "{\"specversion\":\"1.0\",\"id\":\"\(id ?? "")\",\"source\":\"\(source)\",\"type\":\"\(type)\","
            + "\"time\":\"2026-01-01T00:00:00Z\",\"datacontenttype\":\"application/json\",\"partitionkey\":\"\(key)\","
            + "\"data\":{\(data),\"synthetic\":true}}"
    }
}
