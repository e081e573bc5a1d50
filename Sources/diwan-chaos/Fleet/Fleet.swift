import Foundation
import Glibc
import WorkerTesting

/// The workers of a run: started, killed, started again, and told apart by how they ended.
final class Fleet {
    final class Member {
        let slot: Int
        let process: ChildProcess
        let plan: CrashPlans.Plan?
        /// Asked to leave: its end is no accident.
        var isLeaving = false
        var isStopped = false

        /// Whether it is stopped, by whomever.
        var hangs: Bool {
            let text = (try? String(contentsOfFile: "/proc/\(process.processID)/stat", encoding: .utf8)) ?? ""
            return text.split(separator: ")").last?.hasPrefix(" T") ?? false
        }

        init(slot: Int, process: ChildProcess, plan: CrashPlans.Plan?) {
            self.slot = slot
            self.process = process
            self.plan = plan
        }
    }

    private let site: Site
    private let options: ChaosOptions
    private var random: SeededGenerator
    private(set) var members: [Int: Member] = [:]
    private(set) var plans: CrashPlans
    private(set) var kills = 0
    private(set) var starts = 0
    /// Ends that nobody asked for: each is a finding.
    private(set) var accidents: [String] = []
    /// Whether new workers carry a plan to die by.
    var plansDeaths: Bool

    /// Whether every new worker carries one, to a place where nobody has died yet.
    var insists = false

    static let size = 3

    init(_ site: Site, _ options: ChaosOptions) {
        self.site = site
        self.options = options
        random = SeededGenerator(options.seed ^ 0xF1EE7)
        plans = CrashPlans(isEmpty: !options.visitsCrashPoints, random: &random)
        plansDeaths = options.visitsCrashPoints
    }

    /// Starts a worker in a slot, unless one runs there.
    func start(_ slot: Int) throws {
        guard members[slot] == nil else { return }
        // Every second worker has a plan, so that others live long enough for what takes its time; at the end every one.
        let isPlanned = plansDeaths && (insists || Bool.random(using: &random))
        _ = try launch(slot, isPlanned ? plans.next(&random, onlyUnvisited: insists) : nil)
    }

    /// Starts a worker in a free slot that will hang at a place of the commit.
    func start(_ slot: Int, hangingAt place: String) throws -> Member { try launch(slot, nil, hangingAt: place) }

    private func launch(_ slot: Int, _ plan: CrashPlans.Plan?, hangingAt place: String? = nil) throws -> Member {
        starts += 1
        var environment = site.clock.environment
        environment["DIWAN_TEST_PLUGINS"] = "1"
        environment["DIWAN_WORKER_ID"] = "worker-\(slot)"
        environment["DIWAN_CRASH_AT"] = plan?.word
        environment["DIWAN_HANG_AT"] = place
        environment["DIWAN_BREAK"] = options.broken
        if site.proxies.indices.contains(slot) {
            environment["DIWAN_STORE_POSTGRES_URI"] = "postgresql://diwan@127.0.0.1:\(site.proxies[slot].port)/diwan"
        }
        let process = try ChildProcess(
            program: Diwan.path,
            arguments: ["worker", "run", "--config", site.configurationFile]
                + (options.store == .sqlite ? ["--standby"] : []),
            environment: environment, folder: site.folder, name: "worker-\(slot)-\(starts)")
        let member = Member(slot: slot, process: process, plan: plan)
        members[slot] = member
        return member
    }

    /// Starts what is missing of the usual size.
    func fill() throws { for slot in 0..<Self.size { try start(slot) } }

    /// Notes who has ended, and how.
    func reap() {
        for (slot, member) in members.sorted(by: { $0.key < $1.key }) {
            guard let end = member.process.end else { continue }
            members[slot] = nil
            switch end {
            case .signal(SIGKILL):
                kills += 1
                if let plan = member.plan { plans.visited(plan) }
            case .exit(0) where member.isLeaving: break
            // Asked so early that it could not hear yet.
            case .signal(SIGTERM) where member.isLeaving: break
            default: report(member, "ended with \(end)")
            }
        }
    }

    private func report(_ member: Member, _ what: String) {
        accidents.append(
            "worker-\(member.slot), process \(member.process.processID), \(what): "
                + String(member.process.errors.suffix(800)))
    }

    /// Workers that said the same over and over within a second: an outage of hours would fill the disk.
    func floods() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: site.folder.path)) ?? []
        return names.filter { $0.hasPrefix("worker-") && $0.hasSuffix(".err") }.sorted().compactMap { name in
            let file = site.folder.appendingPathComponent(name)
            guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
            // The time to the second, and the beginning of what is said.
            let said = text.split(separator: "\n").map { "\($0.prefix(19)) \($0.dropFirst(24).prefix(60))" }
            let counts = Dictionary(said.map { ($0, 1) }, uniquingKeysWith: +)
            guard let most = counts.max(by: { $0.value < $1.value }), most.value > 15 else { return nil }
            return "\(name): \(most.value) times within a second: \(most.key)"
        }
    }

    /// The worker that holds the store; nil where none does, or where all work.
    var active: Member? {
        let holder = (try? String(contentsOfFile: site.lockFile, encoding: .utf8)) ?? ""
        return members.values.first { holder.contains("process \($0.process.processID) ") }
    }

    /// Whether somebody's plan is to die while dead letters are handled again.
    var waitsForRedrive: Bool { members.values.contains { plans.needRedrive.contains($0.plan?.place ?? "") } }

    /// One whose death matters: the active one, or any where all work.
    func victim() -> Member? {
        if options.store == .sqlite { return active }
        return members.sorted { $0.key < $1.key }.map(\.value).filter { !$0.isLeaving }.randomElement(using: &random)
    }

    /// `kill -9`, at a moment that nobody chose.
    func kill(_ member: Member) {
        guard members[member.slot] === member else { return }
        member.process.kill()
        members[member.slot] = nil
        kills += 1
        if let plan = member.plan { plans.missed(plan) }
    }

    /// SIGSTOP or SIGCONT.
    func hold(_ member: Member, _ stops: Bool) {
        member.process.signal(stops ? SIGSTOP : SIGCONT)
        member.isStopped = stops
    }

    /// Asks a worker to leave and waits until it has.
    func leave(_ member: Member) {
        member.isLeaving = true
        member.process.terminate()
        if member.process.wait(.seconds(30)) == nil {
            report(member, "did not leave within 30 s of SIGTERM")
            member.process.kill()
            members[member.slot] = nil
        } else {
            reap()
        }
    }

    /// Lets all that hang go on.
    func wake() { for member in members.values where member.isStopped { hold(member, false) } }
}
