import Foundation
import Threads
import WorkerTesting

/// One run: rounds of blows, after each of which everything is taken in and compared.
final class ChaosRun {
    private let options: ChaosOptions
    private let site: Site
    private let feed: Feed
    private let fleet: Fleet
    private let watch: Watch
    private let redriver: Redriver
    private let injector: Injector
    private let journal: Journal
    private let schedule: Schedule
    private var random: SeededGenerator
    private var struck = 0
    private(set) var recoveries = Recoveries()
    private(set) var problems: [String] = []
    private(set) var verdict = Verdict()

    /// How long nothing may move before a run is given up.
    private static let patience = Duration.seconds(90)

    init(_ options: ChaosOptions, _ journal: Journal) throws {
        self.options = options
        self.journal = journal
        schedule = Schedule(options)
        site = try Site(options, workers: Fleet.size + 2)
        journal.open(site.folder)
        feed = try Feed(site, options, source: "urn:diwan:chaos:\(options.seed)")
        fleet = Fleet(site, options)
        watch = Watch(site, feed)
        redriver = Redriver(site, watch)
        injector = Injector(site, fleet, feed, redriver, options, journal)
        random = SeededGenerator(options.seed ^ 0xB10)
    }

    var folder: URL { site.folder }

    /// Removes what the run left.
    func clean() { try? FileManager.default.removeItem(at: site.folder) }

    // MARK: The run

    func run() throws {
        defer {
            feed.stop()
            watch.close()
            fleet.wake()
            for member in fleet.members.values { member.process.kill() }
        }
        let blows = schedule.rounds.reduce(0) { $0 + $1.count }
        for (number, round) in schedule.rounds.enumerated() {
            try fleet.fill()
            for blow in round {
                struck += 1
                feed.allow(options.events * struck / max(1, blows))
                Pause.milliseconds(Int.random(in: 0...250, using: &random))
                try strike(blow)
                if let failure = feed.failure { throw ChaosFailure(failure) }
            }
            let isLast = number == schedule.rounds.count - 1
            feed.allow(isLast ? options.events : options.events * struck / max(1, blows))
            if isLast { try visitWhatIsLeft() }
            try finish(round: number + 1)
            if !verdict.isClean || !problems.isEmpty { return }
        }
    }

    private func tick() throws {
        redriver.reap()
        fleet.reap()
        try fleet.fill()
        if let failure = feed.failure { throw ChaosFailure(failure) }
        // A worker that ends when nobody killed it would only be started again and again.
        if fleet.accidents.count > 3 { throw ChaosFailure("workers end by themselves: \(fleet.accidents)") }
    }

    private func strike(_ blow: Schedule.Blow) throws {
        switch blow {
        case .kill: try kill()
        case .fault(let kind):
            journal.count(kind.rawValue)
            let struck = try injector.inject(kind) { try tick() }
            let before = fleet.kills
            try fleet.fill()
            let taken = try watch.recovery(since: struck.moment, within: Self.patience) { try tick() }
            try struck.heal()
            note(kind.rawValue, taken, isClean: fleet.kills == before)
        }
    }

    private func kill() throws {
        try tick()
        let before = fleet.kills
        var moment = MonotonicClock.now
        var what = "at a random moment"
        let deadline = MonotonicClock.now + 4_000_000_000
        feed.trickle(true)
        defer { feed.trickle(false) }
        while fleet.kills == before {
            let victim = fleet.victim()
            if let plan = victim?.plan, MonotonicClock.now < deadline {
                what = "at \(plan.word)"
                Pause.milliseconds(3)
            } else if let victim {
                what = "at a random moment"
                moment = MonotonicClock.now
                fleet.kill(victim)
                break
            } else {
                Pause.milliseconds(5)
            }
            if MonotonicClock.now > deadline + 60_000_000_000 {
                problems.append("no worker took the store within 60 s")
                return
            }
            moment = MonotonicClock.now
            if fleet.waitsForRedrive { try redriver.nudge() }
            fleet.reap()
            if fleet.kills == before { try fleet.fill() }
        }
        journal.say("kill \(fleet.kills): \(what)")
        journal.count("kill")
        // A supervisor starts it again; sometimes the next blow falls before it is up.
        try fleet.fill()
        guard Bool.random(using: &random) else { return }
        let kills = fleet.kills
        let taken = try watch.recovery(since: moment, within: Self.patience) { try tick() }
        note("kill", taken, isClean: fleet.kills == kills)
    }

    private func note(_ kind: String, _ taken: Duration?, isClean: Bool) {
        guard let taken else {
            problems.append("after \(kind), events did not flow again within \(Self.patience)")
            return
        }
        guard isClean else { return }
        recoveries.note(kind, taken)
        if let limit = options.limit, taken > .seconds(limit),
            ["kill", "broker", "coordinator", "restart"].contains(kind)
        {
            problems.append("after \(kind), events flowed again only after \(taken); promised are \(limit) s")
        }
    }

    /// More deaths, until somebody has died at every place.
    private func visitWhatIsLeft() throws {
        fleet.insists = true
        defer { fleet.insists = false }
        var tries = 0
        while !fleet.plans.unvisited.isEmpty, tries < fleet.plans.places.count * 4 {
            tries += 1
            try kill()
        }
        for place in fleet.plans.unvisited { problems.append("no worker died at \(place)") }
    }

    private func finish(round: Int) throws {
        fleet.plansDeaths = false
        try injector.heal()
        try fleet.fill()
        feed.cure()
        var left = try watch.drain(patience: Self.patience) { try tick() }
        try redriver.finish { try tick() }
        if left == nil { left = try watch.drain(patience: Self.patience) { try tick() } }
        for member in fleet.members.values.sorted(by: { $0.slot < $1.slot }) { fleet.leave(member) }
        fleet.reap()
        fleet.plansDeaths = options.visitsCrashPoints
        problems += fleet.accidents + redriver.problems + fleet.floods()
        if let left {
            problems.append("nothing moved for \(Self.patience), but \(left)")
        }
        let comparison = try Comparison(
            site, feed.oracle, watch, sent: feed.sent, dedupes: options.dedupes, allowsRepeats: allowsRepeats)
        verdict = comparison.verdict
        journal.say(
            "round \(round): \(feed.sent) records, \(comparison.emitted) emitted, \(comparison.notices) notices, "
                + "\(comparison.mails) mails, \(comparison.alarms) timers fired, \(comparison.letters) dead letters, of which "
                + "\(comparison.redriven) were redriven by \(redriver.calls) callers, \(feed.oracle.repeats) repeats at the "
                + "source; \(comparison.repeatedMessages) messages came again; \(fleet.kills) kills: lost \(verdict.lost), "
                + "doubled \(verdict.doubled), reordered \(verdict.reordered)")
    }

    /// Who leaves in order repeats nothing.
    private var allowsRepeats: Bool { fleet.kills > 0 || schedule.faults.keys.contains { $0 != .leave } }

    // MARK: Telling

    func summary() -> [String] {
        let visits = fleet.plans.places.map { "  \($0): \(fleet.plans.visits[$0] ?? 0)" }
        let faults = journal.counts.filter { $0.key != "kill" }.sorted { $0.key < $1.key }.map {
            "\($0.value) \($0.key)"
        }
        return ["kills: \(fleet.kills), starts of a worker: \(fleet.starts), faults: \(faults.joined(separator: ", "))"]
            + (visits.isEmpty ? [] : ["deaths at places of the commit:"] + visits) + recoveries.lines
    }
}

/// How long it took until events flowed again, by what had happened.
struct Recoveries {
    private var times: [String: [Duration]] = [:]

    mutating func note(_ kind: String, _ time: Duration) { times[kind, default: []].append(time) }

    var lines: [String] {
        if times.isEmpty { return [] }
        return ["events flowed again after (longest, median, times):"]
            + times.sorted { $0.key < $1.key }.map { kind, times in
                let sorted = times.sorted()
                return "  \(kind): \(Self.seconds(sorted[sorted.count - 1])) s, "
                    + "\(Self.seconds(sorted[sorted.count / 2])) s, \(sorted.count)"
            }
    }

    private static func seconds(_ duration: Duration) -> String {
        let tenths = duration.wholeNanoseconds / 100_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
