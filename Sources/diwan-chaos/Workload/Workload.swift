import PluginKit

/// The records of a run, one after another. What they are follows from the seed alone; only the due times of timers go by
/// the clock.
struct Workload {
    private var random: SeededGenerator
    private let repeats: Bool
    /// When the run began, milliseconds since 1970.
    private let began: Int64
    private var count = 0
    private var keys: [String: Key] = [:]
    /// What may be sent again: the latest events.
    private var recent: [Act] = []

    private struct Key {
        var steps: Int64 = 0
        var others: Int64 = 0
        /// The last step that the ledger took.
        var entered: Int64 = 0
        var meeting = Meeting()
        /// Timers that are due in a year.
        var timers: [String] = []
        /// Steps that set, moved or cancelled a timer: what they say stays said.
        var timing: Set<Int64> = []
        /// Steps to come that are taken back already.
        var retracted: Set<Int64> = []
    }

    private struct Meeting {
        var number: Int64 = 0
        var events: Int64 = 0
    }

    static let keys = (0..<48).map { "chaos-\($0)" }
    static let persons = (0..<6).map { "chaos.person.\($0)" }

    /// How many steps lie between two that emit an event, and between two that write a notice.
    private static let emitsEvery: Int64 = 5
    private static let notifiesEvery: Int64 = 25
    /// Of so many records the last third are steps whose handlers read nothing.
    private static let phase = 1500

    /// - Parameters:
    ///   - repeats: whether events come again under their id, with the same or with other content.
    ///   - now: the wall clock, milliseconds since 1970.
    init(seed: UInt64, repeats: Bool, now: Int64) {
        random = SeededGenerator(seed ^ 0x5EED)
        self.repeats = repeats
        began = now
    }

    /// The next record.
    ///
    /// - Parameter isBlind: it is to be a step whose handler reads nothing.
    /// - Returns: whether it is a repeat of an earlier event, byte for byte.
    mutating func next(isBlind: Bool = false, now: Int64) -> (act: Act, isRepeat: Bool) {
        count += 1
        if repeats, !recent.isEmpty, random.happens(onceIn: 100) {
            return (recent[Int.random(in: 0..<recent.count, using: &random)], true)
        }
        let name = Self.keys[Int.random(in: 0..<Self.keys.count, using: &random)]
        var key = keys[name] ?? Key()
        let act: Act =
            if isBlind || count % Self.phase >= Self.phase * 2 / 3 {
                blind(name, &key)
            } else {
                fresh(name, &key, now)
            }
        keys[name] = key
        switch act {
        case .step, .meeting, .retraction:
            recent.append(act)
            if recent.count > 400 { recent.removeFirst(200) }
        default: break
        }
        return (act, false)
    }

    /// A step that cures all that was poisoned before it.
    mutating func cure(_ name: String) -> Act {
        var key = keys[name] ?? Key()
        var step = begin(name, &key)
        step.cures = true
        keys[name] = key
        return .step(step)
    }

    private mutating func fresh(_ name: String, _ key: inout Key, _ now: Int64) -> Act {
        switch Int.random(in: 0..<1000, using: &random) {
        case 0: return .tombstone(key: name)
        case 1: return .unknown(key: name, number: other(&key))
        case 2: return .garbage(key: name, number: other(&key))
        case 3 where repeats && key.steps > 0: return .reusedID(key: name, number: key.steps)
        case 4...8 where key.steps > 0:
            if let target = target(&key) { return .retraction(key: name, number: other(&key), target: target) }
        case 10...39: return meeting(name, &key)
        default: break
        }
        return .step(step(name, &key, now))
    }

    private func other(_ key: inout Key) -> Int64 {
        key.others += 1
        return key.others
    }

    /// A step to take back; now and then before it is there.
    private mutating func target(_ key: inout Key) -> Int64? {
        if random.happens(onceIn: 5) {
            key.retracted.insert(key.steps + 2)
            return key.steps + 2
        }
        let target = Int64.random(in: max(1, key.steps - 50)...key.steps, using: &random)
        return key.timing.contains(target) ? nil : target
    }

    // MARK: Steps

    private func begin(_ name: String, _ key: inout Key, isBlind: Bool = false) -> Step {
        key.steps += 1
        var step = Step(key: name, number: key.steps, after: key.entered, isBlind: isBlind)
        if isBlind { step.after = 0 } else { key.entered = key.steps }
        return step
    }

    private mutating func step(_ name: String, _ key: inout Key, _ now: Int64) -> Step {
        var step = begin(name, &key)
        dress(&step)
        // Sent twice, it would be read twice, where nobody looks for repeats.
        step.emits = repeats && step.number % Self.emitsEvery == 0
        step.cures = random.happens(onceIn: 80)
        if random.happens(onceIn: 10), !key.retracted.contains(step.number) {
            step.timer = timer(&key, step.number, now)
            key.timing.insert(step.number)
            if step.timer?.due != nil, random.happens(onceIn: 2) { step.alerts = person() }
        }
        return step
    }

    private mutating func blind(_ name: String, _ key: inout Key) -> Act {
        var step = begin(name, &key, isBlind: true)
        dress(&step)
        return .step(step)
    }

    private mutating func dress(_ step: inout Step) {
        if random.happens(onceIn: 10) { step.drops = Int64.random(in: 0..<8, using: &random) }
        if step.number % Self.notifiesEvery == 0 { step.notifies = person() }
    }

    private mutating func person() -> String { Self.persons[Int.random(in: 0..<Self.persons.count, using: &random)] }

    // MARK: Timers

    private mutating func timer(_ key: inout Key, _ number: Int64, _ now: Int64) -> Step.TimerWord {
        // By clocks that are an hour slow, too.
        let past = RFC3339.text(began - 3 * 3_600_000 + number)
        let farAway = RFC3339.text(began + 365 * 86_400_000 + number)
        if !key.timers.isEmpty, random.happens(onceIn: 2) {
            let place = Int.random(in: 0..<key.timers.count, using: &random)
            let name = key.timers[place]
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return .farAway(name: name, due: farAway)
            case 1:
                key.timers.remove(at: place)
                return .atOnce(name: name, due: past)
            default:
                key.timers.remove(at: place)
                return .cancelled(name: name)
            }
        }
        let name = "timer-\(number)"
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return .atOnce(name: name, due: past)
        case 1: return .soon(name: name, due: RFC3339.text(now + Int64.random(in: 500...4000, using: &random)))
        default:
            key.timers.append(name)
            return .farAway(name: name, due: farAway)
        }
    }

    // MARK: Meetings

    /// Up to six events of one meeting. One that fails holds back those behind it.
    private mutating func meeting(_ name: String, _ key: inout Key) -> Act {
        if key.meeting.events >= 6 { key.meeting = Meeting(number: key.meeting.number + 1) }
        key.meeting.events += 1
        return .meeting(
            key: name, meeting: "\(name)-meeting-\(key.meeting.number)", number: key.meeting.events,
            poisoned: random.happens(onceIn: 6) ? key.steps + 1 : nil)
    }
}
