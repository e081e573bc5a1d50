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
    /// Letters of the handler and of the envelope: how many of each event, or of a text that is none.
    private(set) var letters: [String: Int] = [:]
    private(set) var repeats = 0
    private(set) var tombstones = 0
    private(set) var unknown = 0
    private(set) var records = 0

    init(source: String) { self.source = source }

    mutating func take(_ act: Act, isRepeat: Bool) {
        records += 1
        if isRepeat {
            // What was never applied is no repeat to the runtime: it fails again.
            if case .meeting(_, _, _, isPoisoned: true) = act {
                letters[act.id ?? "", default: 0] += 1
            } else {
                repeats += 1
            }
            return
        }
        switch act {
        case .step(let key, let number, let drops, let emits, let notifies):
            step(key, number, drops)
            let id = Act.stepID(key, number)
            if emits {
                emitted[key, default: []].append(number)
                emittedIDs.insert(message(id, "emit:chaos-ledger:org.iscm.data.supplied.v1", key, "kafka"))
                count(key, "echo", number)
            }
            if let notifies {
                noticeIDs.insert(message(id, "step-noticed", notifies, "kafka"))
                mailIDs.insert(message(id, "step-noticed", notifies, "maildir"))
            }
        case .meeting(let key, _, _, let isPoisoned):
            if isPoisoned {
                letters[act.id ?? "", default: 0] += 1
            } else {
                count(key, "meeting", nil)
            }
        case .retraction(let key, _, let target): retracted[key, default: []].insert(target)
        case .tombstone: tombstones += 1
        case .unknown: unknown += 1
        case .garbage: letters["", default: 0] += 1
        case .reusedID: letters[act.id ?? "", default: 0] += 1
        case .person: break
        }
    }

    private mutating func step(_ key: String, _ number: Int64, _ drops: Int64?) {
        let id = Act.stepID(key, number)
        var ledger = ledgers[key] ?? Ledger()
        ledger.last = number
        ledger.steps += 1
        ledger.chain = Self.chain(ledger.chain + id)
        ledgers[key] = ledger
        slots[key, default: [:]][number % 8] = Slot(number: number, event: id)
        if let drops { slots[key]?[drops] = nil }
        steps[key, default: []].insert(number)
        count(key, "step", number)
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
    private func message(_ id: String, _ rule: String, _ recipient: String, _ channel: String) -> String {
        var bytes: [UInt8] = []
        for part in [source, id, rule, recipient, channel, ""] {
            let count = UInt32(part.utf8.count)
            bytes += [
                UInt8(count >> 24 & 0xff), UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff),
            ]
            bytes += Array(part.utf8)
        }
        return String(SHA256.hash(bytes).hex.prefix(32))
    }
}
