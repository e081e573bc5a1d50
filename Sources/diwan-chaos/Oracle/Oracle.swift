import Hashing

/// What the tables, the topic and the mailbox have to hold, from the workload alone: folded here, in plain dictionaries,
/// by code of its own.
struct Oracle {
    struct Ledger: Equatable {
        var last: Int64 = 0
        var steps: Int64 = 0
        var chain = ""
    }

    struct Slot: Equatable {
        let number: Int64
        let event: String
    }

    struct Total: Equatable {
        var events: Int64 = 0
        var newest: Int64?
    }

    /// A timer that rings: once.
    struct Alarm: Equatable {
        /// The step that set it last.
        let setter: Int64
        let due: String
        /// Whether it rings before anything else happens.
        let isAtOnce: Bool
    }

    let source: String
    private(set) var ledgers: [String: Ledger] = [:]
    private(set) var slots: [String: [Int64: Slot]] = [:]
    private(set) var steps: [String: Set<Int64>] = [:]
    private(set) var retracted: [String: Set<Int64>] = [:]
    private(set) var totals: [String: [String: Total]] = [:]
    /// The numbers of the emitted events by key, in order.
    private(set) var emitted: [String: [Int64]] = [:]
    /// The ids of what leaves, by where it goes.
    private(set) var emittedIDs: Set<String> = []
    private(set) var noticeIDs: Set<String> = []
    private(set) var mailIDs: Set<String> = []
    /// Letters that stay: how many of each event, or of a text that is none.
    private(set) var letters: [String: Int] = [:]
    /// How many events each meeting has, by key.
    private(set) var meetings: [String: [String: Int64]] = [:]
    /// The ids of events of meetings: each may have been a letter for a while.
    private(set) var meetingIDs: Set<String> = []
    private(set) var alarms: [String: [String: Alarm]] = [:]
    /// Timers that are set and do not ring: their due times.
    private(set) var silent: [String: [String: String]] = [:]
    private(set) var repeats = 0
    private(set) var tombstones = 0
    private(set) var unknown = 0
    private(set) var records = 0

    init(source: String) { self.source = source }

    mutating func take(_ act: Act, isRepeat: Bool) {
        records += 1
        if isRepeat {
            // What is parked is counted when it is redriven.
            repeats += 1
            return
        }
        switch act {
        case .step(let step): take(step)
        case .meeting(let key, let meeting, let number, _):
            meetings[key, default: [:]][meeting] = number
            meetingIDs.insert(act.id ?? "")
            count(key, "meeting", nil)
        case .retraction(let key, _, let target): retracted[key, default: []].insert(target)
        case .tombstone: tombstones += 1
        case .unknown: unknown += 1
        case .garbage: letters["", default: 0] += 1
        case .reusedID: letters[act.id ?? "", default: 0] += 1
        case .person: break
        }
    }

    private mutating func take(_ step: Step) {
        let (key, number) = (step.key, step.number)
        if !step.isBlind {
            var ledger = ledgers[key] ?? Ledger()
            ledger.last = number
            ledger.steps += 1
            ledger.chain = Self.chain(ledger.chain + step.id)
            ledgers[key] = ledger
        }
        slots[key, default: [:]][number % 8] = Slot(number: number, event: step.id)
        if let drops = step.drops { slots[key]?[drops] = nil }
        steps[key, default: []].insert(number)
        count(key, "step", number)
        if step.emits {
            emitted[key, default: []].append(number)
            emittedIDs.insert(message(step.id, "emit:chaos-ledger:org.iscm.data.supplied.v1", key, "kafka"))
            count(key, "echo", number)
        }
        if let person = step.notifies { notify(step.id, "step-noticed", person) }
        if let timer = step.timer { take(timer, step) }
    }

    private mutating func take(_ timer: Step.TimerWord, _ step: Step) {
        silent[step.key, default: [:]][timer.name] = nil
        switch timer {
        case .atOnce(let name, let due), .soon(let name, let due):
            var isAtOnce = false
            if case .atOnce = timer { isAtOnce = true }
            alarms[step.key, default: [:]][name] = Alarm(setter: step.number, due: due, isAtOnce: isAtOnce)
            if let person = step.alerts { notify(step.id, "alarm-rang", person, due) }
        case .farAway(let name, let due): silent[step.key, default: [:]][name] = due
        case .cancelled: break
        }
    }

    private mutating func notify(_ id: String, _ rule: String, _ person: String, _ occurrence: String = "") {
        noticeIDs.insert(message(id, rule, person, "kafka", occurrence))
        mailIDs.insert(message(id, rule, person, "maildir", occurrence))
    }

    private mutating func count(_ key: String, _ kind: String, _ number: Int64?) {
        var total = totals[key]?[kind] ?? Total()
        total.events += 1
        if let number { total.newest = max(total.newest ?? 0, number) }
        totals[key, default: [:]][kind] = total
    }

    /// The steps that count: not taken back.
    func counted(_ key: String) -> Set<Int64> { (steps[key] ?? []).subtracting(retracted[key] ?? []) }

    private static func chain(_ text: String) -> String {
        String(
            text.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }, radix: 16
        )
    }

    /// Rule 25: the id of a message is a hash of event source, event id, rule, recipient, channel and occurrence.
    private func message(
        _ id: String, _ rule: String, _ recipient: String, _ channel: String, _ occurrence: String = ""
    ) -> String {
        var bytes: [UInt8] = []
        for part in [source, id, rule, recipient, channel, occurrence] {
            let count = UInt32(part.utf8.count)
            bytes += [
                UInt8(count >> 24 & 0xff), UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff),
            ]
            bytes += Array(part.utf8)
        }
        return String(SHA256.hash(bytes).hex.prefix(32))
    }
}
