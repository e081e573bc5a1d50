import Threads
import WorkerTesting

/// Makes faults happen. What a fault leaves behind (a broker that is down, a clock that is wrong) it takes away itself,
/// at the end or when told to.
final class Injector {
    private let site: Site
    private let fleet: Fleet
    private let brokers: Brokers
    private let feed: Feed
    private let redriver: Redriver
    private let journal: Journal
    private var random: SeededGenerator

    /// As many records as make a worker gather a transaction while it writes the one before.
    private static let backlog = 8000
    /// As many as all workers together do in a second or two.
    private static let work = 6000

    init(
        _ site: Site, _ fleet: Fleet, _ feed: Feed, _ redriver: Redriver, _ options: ChaosOptions, _ journal: Journal
    ) {
        self.feed = feed
        self.redriver = redriver
        self.site = site
        self.fleet = fleet
        self.journal = journal
        brokers = Brokers(site)
        random = SeededGenerator(options.seed ^ 0xFA017)
    }

    /// What waits for events to flow again: the moment of the fault, and what has to be done when they do.
    struct Struck {
        var moment: Int64
        var heal: () throws -> Void = {}
    }

    /// - Parameter tick: keeps the fleet in order while something takes its time.
    func inject(_ kind: FaultKind, tick: () throws -> Void) throws -> Struck {
        switch kind {
        case .leave: return try leave()
        case .pause: return try hang(milliseconds: Int.random(in: 300...4000, using: &random), tick)
        case .freeze:
            // In the midst of work, so that it holds something when it goes on.
            feed.flood(Self.work)
            try wait(Int.random(in: 50...600, using: &random), tick)
            return try hang(milliseconds: Int.random(in: 7500...11_000, using: &random), tick)
        case .stall: return try stall(tick)
        case .storm: return try storm(tick)
        case .broker: return try killBroker(Int.random(in: 0...2, using: &random), kind, tick)
        case .coordinator:
            return try killBroker(try brokers.coordinator() ?? 0, kind, tick)
        case .leader: return try elect(tick)
        case .clock:
            // From wherever it was: up to two hours at once.
            let minutes = Int.random(in: -60...60, using: &random)
            try site.clock.set(.seconds(minutes * 60))
            journal.say("clock: the workers' clock is \(minutes) min off")
            return Struck(moment: MonotonicClock.now)
        case .backlog: return try backlog(tick)
        case .redrive: return try redrive(tick)
        case .restart, .cut, .delay, .half, .commit: return try database(kind, tick)
        }
    }

    /// Everything as it should be.
    func heal() throws {
        fleet.wake()
        for proxy in site.proxies { proxy.pass() }
        try site.clock.set(.zero)
    }

    // MARK: Workers

    private func leave() throws -> Struck {
        guard let member = fleet.victim() else { return Struck(moment: MonotonicClock.now) }
        let moment = MonotonicClock.now
        fleet.leave(member)
        journal.say("leave: worker-\(member.slot)")
        return Struck(moment: moment)
    }

    private func hang(milliseconds: Int, _ tick: () throws -> Void) throws -> Struck {
        guard let member = fleet.victim() else { return Struck(moment: MonotonicClock.now) }
        // Meanwhile others take over, and have something to do.
        feed.trickle(true)
        defer { feed.trickle(false) }
        fleet.hold(member, true)
        try wait(milliseconds, tick)
        fleet.hold(member, false)
        journal.say("hang: worker-\(member.slot) for \(milliseconds) ms")
        return Struck(moment: MonotonicClock.now)
    }

    /// Unlike a worker that hangs anywhere, this one holds records that nobody else has written, and goes on with them.
    private func stall(_ tick: () throws -> Void) throws -> Struck {
        guard let victim = fleet.victim() else { return Struck(moment: MonotonicClock.now) }
        fleet.leave(victim)
        let place = "records-taken:\(Int.random(in: 5...40, using: &random))"
        let member = try fleet.start(victim.slot, hangingAt: place)
        feed.trickle(true)
        defer { feed.trickle(false) }
        let patience = Patience(.seconds(40))
        while !member.hangs, member.process.isRunning, !patience.isOver {
            try tick()
            Pause.milliseconds(10)
        }
        let came = member.hangs
        if came {
            fleet.hold(member, true)
            // So long that its session is over, and somebody else has its partitions, on a slow machine too.
            try wait(Int.random(in: 10_000...13_000, using: &random), tick)
        }
        let moment = MonotonicClock.now
        fleet.hold(member, false)
        journal.say("stall: worker-\(member.slot) at \(place)\(came ? "" : " (it did not come there)")")
        return Struck(moment: moment)
    }

    private func backlog(_ tick: () throws -> Void) throws -> Struck {
        for member in fleet.members.values.sorted(by: { $0.slot < $1.slot }) { fleet.kill(member) }
        feed.flood(Self.backlog)
        let patience = Patience(.seconds(60))
        while feed.isFlooding, !patience.isOver { Pause.milliseconds(20) }
        try tick()
        // While it catches up, or before.
        try wait(Int.random(in: 300...3000, using: &random), tick)
        let moment = MonotonicClock.now
        if let victim = fleet.victim() { fleet.kill(victim) }
        journal.say("backlog: \(Self.backlog) records, and a death among them")
        return Struck(moment: moment)
    }

    private func redrive(_ tick: () throws -> Void) throws -> Struck {
        try redriver.start(callers: 2)
        let dies = Bool.random(using: &random)
        if dies {
            try wait(Int.random(in: 0...400, using: &random), tick)
            if let victim = fleet.victim() { fleet.kill(victim) }
        }
        let moment = MonotonicClock.now
        try redriver.wait(within: .seconds(90), tick: tick)
        journal.say("redrive: two callers\(dies ? ", and a worker died meanwhile" : "")")
        return Struck(moment: moment)
    }

    private func storm(_ tick: () throws -> Void) throws -> Struck {
        let moves = 8
        for _ in 0..<moves {
            let slot = Int.random(in: 0..<Fleet.size + 2, using: &random)
            if let member = fleet.members[slot] { fleet.leave(member) } else { try fleet.start(slot) }
            Pause.milliseconds(Int.random(in: 100...1200, using: &random))
            fleet.reap()
        }
        for slot in Fleet.size..<Fleet.size + 2 { if let member = fleet.members[slot] { fleet.leave(member) } }
        journal.say("storm: \(moves) joins and leaves")
        return Struck(moment: MonotonicClock.now)
    }

    private func wait(_ milliseconds: Int, _ tick: () throws -> Void) throws {
        let end = MonotonicClock.now + Int64(milliseconds) * 1_000_000
        while MonotonicClock.now < end {
            try tick()
            Pause.milliseconds(10)
        }
    }

    // MARK: Brokers

    private func killBroker(_ broker: Int, _ kind: FaultKind, _ tick: () throws -> Void) throws -> Struck {
        guard try brokers.waitUntilWhole(tick: tick) else {
            journal.say("\(kind.rawValue): left out, the brokers are still catching up")
            return Struck(moment: MonotonicClock.now)
        }
        let moment = MonotonicClock.now
        try brokers.kill(broker)
        journal.say("\(kind.rawValue): broker \(broker) killed")
        return Struck(moment: moment) { [brokers, journal] in
            try brokers.restart(broker)
            journal.say("broker \(broker) runs again")
        }
    }

    private func elect(_ tick: () throws -> Void) throws -> Struck {
        if !brokers.areDisplaced {
            let struck = try killBroker(Int.random(in: 0...2, using: &random), .leader, tick)
            try struck.heal()
        }
        _ = try brokers.waitUntilWhole(tick: tick)
        let moment = MonotonicClock.now
        try brokers.elect()
        journal.say("leader: moved to the preferred brokers")
        return Struck(moment: moment)
    }

    // MARK: PostgreSQL

    private func database(_ kind: FaultKind, _ tick: () throws -> Void) throws -> Struck {
        guard let postgres = site.postgres else { return Struck(moment: MonotonicClock.now) }
        let slot = Int.random(in: 0..<Fleet.size, using: &random)
        let proxy = site.proxies[slot]
        let everybody = Bool.random(using: &random)
        var moment = MonotonicClock.now
        switch kind {
        case .restart:
            try postgres.restart(.immediate)
            journal.say("restart: PostgreSQL crashed and is up again")
        case .cut:
            for cut in everybody ? site.proxies : [proxy] { cut.cut() }
            journal.say("cut: \(everybody ? "everybody" : "worker-\(slot)") from PostgreSQL")
        case .delay:
            let milliseconds = Int.random(in: 20...200, using: &random)
            for slow in everybody ? site.proxies : [proxy] { slow.delay(.milliseconds(milliseconds)) }
            try wait(3000, tick)
            for slow in site.proxies { slow.pass() }
            moment = MonotonicClock.now
            journal.say("delay: \(milliseconds) ms to and from PostgreSQL for 3 s")
        case .half:
            let direction: TCPProxy.Direction = Bool.random(using: &random) ? .toServer : .toClient
            proxy.halfOpen(direction)
            try wait(Int.random(in: 1000...9000, using: &random), tick)
            proxy.pass()
            moment = MonotonicClock.now
            journal.say(
                "half: worker-\(slot) and PostgreSQL, nothing \(direction == .toServer ? "to" : "from") the server")
        default:
            let before = proxy.swallowedReplies
            proxy.swallowReply(after: .text("COMMIT"))
            let end = MonotonicClock.now + 4_000_000_000
            while proxy.swallowedReplies == before, MonotonicClock.now < end { try wait(20, tick) }
            moment = MonotonicClock.now
            let isLost = proxy.swallowedReplies > before
            if !isLost { proxy.pass() }
            journal.say(
                "commit: \(isLost ? "the answer to a COMMIT of worker-\(slot) is lost" : "worker-\(slot) committed nothing")"
            )
        }
        return Struck(moment: moment)
    }
}
