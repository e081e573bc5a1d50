/// One record of the workload, before it is bytes.
enum Act {
    case step(Step)
    /// The `number`-th event of a meeting. It fails until its key's step `poisoned`, or a later one, cures it.
    case meeting(key: String, meeting: String, number: Int64, poisoned: Int64?)
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
        case .step(let step): step.key
        case .meeting(let key, _, _, _), .retraction(let key, _, _), .person(let key),
            .tombstone(let key), .unknown(let key, _), .garbage(let key, _), .reusedID(let key, _):
            key
        }
    }

    /// The event's id; nil for what is no event.
    var id: String? {
        switch self {
        case .step(let step): step.id
        case .reusedID(let key, let number): Step.id(key, number)
        case .meeting(let key, let meeting, let number, _): "\(key)/\(meeting)/\(number)"
        case .retraction(let key, let number, _): "\(key)/back/\(number)"
        case .person(let person): "person/\(person)"
        case .unknown(let key, let number): "\(key)/unknown/\(number)"
        case .tombstone, .garbage: nil
        }
    }

    /// The record's value; nil for a tombstone.
    func value(source: String) -> String? {
        switch self {
        case .step(let step): return event(source, "org.iscm.document.issued.v1", step.data)
        case .meeting(_, let meeting, let number, let poisoned):
            return event(
                source, "org.iscm.meeting.held.v1",
                "\"meeting_id\":\"\(meeting)\",\"seq\":\(number)" + (poisoned.map { ",\"poisoned\":\($0)" } ?? ""))
        case .retraction(_, _, let target):
            return event(
                source, "org.iscm.event.retracted.v1",
                "\"retracted_source\":\"\(source)\",\"retracted_id\":\"\(Step.id(key, target))\",\"reason\":\"trial\""
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
