import Foundation
import ProjectionStore

/// Holds what the workers made against the oracle, table by table, as their users see it.
struct Comparison {
    var verdict = Verdict()
    /// Messages that came more than once, under the id that tells it.
    private(set) var repeatedMessages = 0
    private(set) var emitted = 0
    private(set) var notices = 0
    private(set) var mails = 0
    var letters = 0
    var redriven = 0
    var alarms = 0

    private let site: Site
    let oracle: Oracle

    /// - Parameter allowsRepeats: whether messages may come again, as they may after a death between sending and
    ///   noting it.
    init(_ site: Site, _ oracle: Oracle, _ watch: Watch, sent: Int, dedupes: Bool, allowsRepeats: Bool) throws {
        self.site = site
        self.oracle = oracle
        try compareLedger()
        try compareSlots()
        try compareSteps()
        try compareTotals()
        try compareEchoes()
        try compareMeetings()
        try compareAlarms()
        let events = try LogReading(
            site, topic: site.events, partitions: Site.partitions, type: "org.iscm.data.supplied.v1")
        guard events.others == sent else {
            throw ChaosFailure("\(sent) records were published, but the log holds \(events.others) of them")
        }
        compareEmitted(events)
        let notices = try LogReading(site, topic: site.notices, partitions: 3, type: "org.diwan.notice.issued.v1")
        verdict.compare("notices on the topic", found: notices.ids, expected: oracle.noticeIDs)
        self.notices = notices.ids.count
        repeatedMessages = events.repeats + notices.repeats
        if !allowsRepeats {
            verdict.double(repeatedMessages, "\(repeatedMessages) messages came again although nobody died")
        }
        try compareMails()
        try compareTimers(watch)
        try compareLetters(watch)
        try compareCounters(watch, dedupes ? oracle.repeats + events.repeats : nil)
    }

    // MARK: Tables

    func rows(_ projection: String) throws -> [[String]] {
        try site.command(["projection", "show", projection, "--format", "csv"]).split(separator: "\r\n").dropFirst()
            .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }

    private mutating func compareLedger() throws {
        var found: [String: [String]] = [:]
        for row in try rows("chaos-ledger") where row.count == 5 { found[row[0]] = row }
        for (key, expected) in oracle.ledgers.sorted(by: { $0.key < $1.key }) {
            let row = found.removeValue(forKey: key) ?? [key, "0", "0", "0", ""]
            let text = row.joined(separator: ",")
            let count = Int64(row[2]) ?? 0
            verdict.compare("steps of the ledger of \(key) (\(text))", found: Int(count), expected: Int(expected.steps))
            verdict.reorder(Int(row[3]) ?? 0, "the ledger of \(key) took steps out of turn (\(text))")
            let isSame = row[4] == expected.chain && Int64(row[1]) == expected.last
            if !isSame, count == expected.steps, row[3] == "0" {
                verdict.reorder(1, "the ledger of \(key) is \(text), not \(expected)")
            }
        }
        verdict.double(found.count, "ledgers of keys that had no event: \(found.keys.sorted())")
    }

    private mutating func compareSlots() throws {
        var found: [String: [Int64: Oracle.Slot]] = [:]
        for row in try rows("chaos-slots") where row.count == 4 {
            found[row[0], default: [:]][Int64(row[1]) ?? -1] = Oracle.Slot(number: Int64(row[2]) ?? -1, event: row[3])
        }
        for key in Set(found.keys).union(oracle.slots.keys).sorted() {
            let (actual, expected) = (found[key] ?? [:], oracle.slots[key] ?? [:])
            for slot in Set(actual.keys).union(expected.keys).sorted() where actual[slot] != expected[slot] {
                // A row that went back, or a deletion that was undone.
                let isOlder = (actual[slot]?.number ?? 0) < (expected[slot]?.number ?? .max)
                let detail = "slot \(slot) of \(key) holds \(actual[slot].map { "\($0.number)" } ?? "nothing")"
                if isOlder, expected[slot] != nil { verdict.lose(1, detail) } else { verdict.reorder(1, detail) }
            }
        }
    }

    private mutating func compareSteps() throws {
        var found: [String: [String]] = [:]
        for row in try rows("chaos-steps") where row.count == 4 { found[row[0]] = row }
        for (key, _) in oracle.steps.sorted(by: { $0.key < $1.key }) {
            let expected = oracle.counted(key)
            let row = found.removeValue(forKey: key) ?? [key, "0", "0", ""]
            verdict.compare("facts of \(key)", found: Int(row[1]) ?? 0, expected: expected.count)
            let sum = expected.reduce(0, +)
            if Int(row[1]) == expected.count, Int64(row[2]) != sum {
                verdict.reorder(1, "the facts of \(key) add up to \(row[2]) instead of \(sum)")
            }
        }
        verdict.double(found.count, "facts of keys that had no event: \(found.keys.sorted())")
    }

    private mutating func compareTotals() throws {
        var found: [String: [String: Oracle.Total]] = [:]
        for row in try rows("chaos-totals") where row.count == 4 {
            found[row[0], default: [:]][row[1]] = Oracle.Total(events: Int64(row[2]) ?? 0, newest: Int64(row[3]))
        }
        for key in Set(found.keys).union(oracle.totals.keys).sorted() {
            for kind in ["step", "meeting", "echo"] {
                let actual = found[key]?[kind] ?? Oracle.Total()
                let expected = oracle.totals[key]?[kind] ?? Oracle.Total()
                verdict.compare("tally \(kind) of \(key)", found: Int(actual.events), expected: Int(expected.events))
                if actual.events == expected.events, actual.newest != expected.newest {
                    verdict.reorder(1, "tally \(kind) of \(key): \(actual) instead of \(expected)")
                }
            }
        }
    }

    private mutating func compareEchoes() throws {
        var found: [String: [String]] = [:]
        for row in try rows("chaos-echoes") where row.count == 4 { found[row[0]] = row }
        for (key, expected) in oracle.emitted.sorted(by: { $0.key < $1.key }) {
            let row = found.removeValue(forKey: key) ?? [key, "0", "0", "0"]
            verdict.compare("echoes of \(key)", found: Int(row[2]) ?? 0, expected: expected.count)
            verdict.reorder(Int(row[3]) ?? 0, "emitted events of \(key) were read out of turn")
        }
        verdict.double(found.count, "echoes of keys that emitted nothing: \(found.keys.sorted())")
    }

    // MARK: What left the store

    private mutating func compareEmitted(_ log: LogReading) {
        emitted = log.ids.count
        verdict.compare("emitted events", found: log.ids, expected: oracle.emittedIDs)
        for (key, expected) in oracle.emitted.sorted(by: { $0.key < $1.key }) {
            let firsts = log.firsts[key] ?? []
            if firsts != expected, Set(firsts) == Set(expected) {
                let place = zip(firsts, expected).first { $0 != $1 }
                verdict.reorder(1, "emitted events of \(key): \(place?.0 ?? 0) came before \(place?.1 ?? 0)")
            }
        }
    }

    private mutating func compareMails() throws {
        var found: [String: Int] = [:]
        for part in ["new", "cur"] {
            let folder = site.mailFolder.appendingPathComponent(part).path
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                found[String(name.prefix(32)), default: 0] += 1
            }
        }
        mails = found.count
        verdict.compare("mails", found: Set(found.keys), expected: oracle.mailIDs)
        for (id, count) in found where count > 1 { verdict.double(count - 1, "mail \(id) lies there \(count) times") }
    }
}
