/// An event of the ledger: the `number`-th of its key.
struct Step {
    /// What an event says of a timer of its key.
    enum TimerWord {
        /// Due already: it rings before anything that comes after this event.
        case atOnce(name: String, due: String)
        /// Due in some seconds: it rings once, at a moment that nobody can say beforehand.
        case soon(name: String, due: String)
        /// Due in a year: it does not ring, unless it is moved.
        case farAway(name: String, due: String)
        case cancelled(name: String)

        var name: String {
            switch self {
            case .atOnce(let name, _), .soon(let name, _), .farAway(let name, _), .cancelled(let name): name
            }
        }

        /// nil cancels.
        var due: String? {
            switch self {
            case .atOnce(_, let due), .soon(_, let due), .farAway(_, let due): due
            case .cancelled: nil
            }
        }
    }

    let key: String
    let number: Int64
    /// The number of the step that the ledger took before this one.
    var after: Int64 = 0
    /// Its handler reads nothing, and the ledger does not hear of it.
    var isBlind = false
    /// A slot to empty.
    var drops: Int64?
    var emits = false
    var notifies: String?
    /// From this step on, what was poisoned before is handled.
    var cures = false
    var timer: TimerWord?
    /// Who is told when the timer rings.
    var alerts: String?

    var id: String { Self.id(key, number) }

    static func id(_ key: String, _ number: Int64) -> String { "\(key)/\(number)" }

    /// The members of the event's data.
    var data: String {
        var members = [
            "\"document_id\":\"\(key)-\(number)\"", "\"doc_kind\":\"report\"", "\"seq\":\(number)",
            "\"after\":\(after)",
        ]
        if isBlind { members.append("\"blind\":true") }
        if let drops { members.append("\"drops\":\(drops)") }
        if emits { members.append("\"emits\":true") }
        if let notifies { members.append("\"notifies\":\"\(notifies)\"") }
        if cures { members.append("\"cures\":true") }
        if let timer {
            members.append("\"timer\":\"\(timer.name)\"")
            if let due = timer.due { members.append("\"due\":\"\(due)\"") }
        }
        if let alerts { members.append("\"alerts\":\"\(alerts)\"") }
        return members.joined(separator: ",")
    }
}
