/// The records of a run, one after another, from its seed alone: nothing of them depends on what happens meanwhile.
struct Workload {
    private var random: SeededGenerator
    private let repeats: Bool
    private var steps: [String: Int64] = [:]
    private var others: [String: Int64] = [:]
    private var meetings: [String: Meeting] = [:]
    /// What may be sent again: the latest events.
    private var recent: [Act] = []

    private struct Meeting {
        var number: Int64 = 0
        var events: Int64 = 0
        var isPoisoned = false
    }

    static let keys = (0..<48).map { "chaos-\($0)" }
    static let persons = (0..<6).map { "chaos.person.\($0)" }

    /// How many steps lie between two that emit an event, and between two that write a notice.
    private static let emitsEvery: Int64 = 5
    private static let notifiesEvery: Int64 = 25

    /// - Parameter repeats: whether events come again under their id, with the same or with other content.
    init(seed: UInt64, repeats: Bool) {
        random = SeededGenerator(seed ^ 0x5EED)
        self.repeats = repeats
    }

    /// The next record.
    ///
    /// - Returns: whether it is a repeat of an earlier event, byte for byte.
    mutating func next() -> (act: Act, isRepeat: Bool) {
        if repeats, !recent.isEmpty, random.happens(onceIn: 100) {
            return (recent[Int.random(in: 0..<recent.count, using: &random)], true)
        }
        let act = fresh()
        switch act {
        case .step, .meeting, .retraction:
            recent.append(act)
            if recent.count > 400 { recent.removeFirst(200) }
        default: break
        }
        return (act, false)
    }

    private mutating func fresh() -> Act {
        let key = Self.keys[Int.random(in: 0..<Self.keys.count, using: &random)]
        let number = (others[key] ?? 0) + 1
        let last = steps[key] ?? 0
        switch Int.random(in: 0..<1000, using: &random) {
        case 0: return .tombstone(key: key)
        case 1:
            others[key] = number
            return .unknown(key: key, number: number)
        case 2:
            others[key] = number
            return .garbage(key: key, number: number)
        case 3 where repeats && last > 0: return .reusedID(key: key, number: last)
        case 4...8 where last > 0:
            others[key] = number
            // Now and then the retraction comes before what it takes back.
            let target =
                random.happens(onceIn: 5) ? last + 2 : Int64.random(in: max(1, last - 50)...last, using: &random)
            return .retraction(key: key, number: number, target: target)
        case 10...29: return meeting(key)
        default: return step(key, last + 1)
        }
    }

    private mutating func step(_ key: String, _ number: Int64) -> Act {
        steps[key] = number
        return .step(
            key: key, number: number,
            drops: random.happens(onceIn: 10) ? Int64.random(in: 0..<8, using: &random) : nil,
            emits: number % Self.emitsEvery == 0,
            notifies: number % Self.notifiesEvery == 0
                ? Self.persons[Int.random(in: 0..<Self.persons.count, using: &random)] : nil)
    }

    /// Up to six events of one meeting; in some meetings an event fails, and with it all that follow.
    private mutating func meeting(_ key: String) -> Act {
        var meeting = meetings[key] ?? Meeting()
        if meeting.events >= 6 { meeting = Meeting(number: meeting.number + 1) }
        meeting.events += 1
        if !meeting.isPoisoned { meeting.isPoisoned = random.happens(onceIn: 25) }
        meetings[key] = meeting
        return .meeting(
            key: key, meeting: "meeting-\(meeting.number)", number: meeting.events, isPoisoned: meeting.isPoisoned)
    }
}
