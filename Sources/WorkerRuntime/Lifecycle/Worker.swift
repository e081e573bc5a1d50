import Bilingual
public import EventCatalogue
import Glibc
import KafkaClient
import PluginKit
public import ProjectionStore
import Synchronization
import Threads

/// A worker: takes the deployment's store, runs a lane for each plugin, and leaves in order.
///
/// Threading: `run` blocks the calling thread until the worker has ended; `stop` and `lanes` may be called from any.
public final class Worker: Sendable {
    private let settings: WorkerSettings
    let packages: [PluginPackage]
    private let catalogue: EventCatalogue
    let provider: any StoreProvider
    private let log: WorkerLog
    private let stopping = Flag()
    private let wakeup = Gate()
    private let running = Mutex<[Lane]>([])
    private let failure = FirstFailure()

    public init(
        settings: WorkerSettings, packages: [PluginPackage], catalogue: EventCatalogue, provider: any StoreProvider,
        log: WorkerLog
    ) {
        self.settings = settings
        self.packages = packages.filter { settings.plugins[$0.manifest.name] != nil }
        self.catalogue = catalogue
        self.provider = provider
        self.log = log
    }

    /// What each plugin's lane is doing.
    public var lanes: [LaneStatus] { running.withLock { $0.map(\.status) } }

    /// Asks the worker to leave. Returns at once.
    public func stop() {
        _ = stopping.set()
        wakeup.open()
    }

    /// Runs until `stop` is called or until a lane cannot go on.
    ///
    /// - Parameter standby: waits for the store while another worker holds it, instead of failing (rule 19).
    /// - Throws: `WorkerFailure`.
    public func run(standby: Bool) throws(WorkerFailure) {
        guard !packages.isEmpty else {
            throw WorkerFailure(.configuration, "no plugin is enabled: name at least one under `plugins`")
        }
        try checkLimits()
        let service = ServiceNotifier()
        MemoryTuning.apply()
        guard let ownership = try takeStore(standby, service) else { return }
        defer { ownership.release() }
        let lanes = try startLanes()
        running.withLock { $0 = lanes }
        let control = startControl()
        defer { control?.stop() }
        let reports = startReports()
        defer { reports?.stop() }
        let watchdog = try startWatchdog(lanes)
        defer { watchdog.stop() }
        watch(lanes, service)
        service.stopping()
        try leave(lanes)
        if let failure = failure.value { throw failure }
    }

    /// The socket beside the store. Without it the worker does its work all the same.
    private func startControl() -> ControlServer? {
        guard let folder = provider.controlFolder else { return nil }
        let desk = ControlDesk { [self] in running.withLock { $0.map { $0 } } }
        do {
            return try ControlServer(folder: folder, desk: desk, log: log)
        } catch let failure as ControlSocket.Failure {
            log.error("commands cannot reach this worker: \(failure.message)")
        } catch {
            log.error("commands cannot reach this worker: \(error)")
        }
        return nil
    }

    /// What commands read where workers share the store. Without it the worker does its work all the same.
    private func startReports() -> ReportKeeper? {
        guard provider.sharing == .shared, settings.latched == nil else { return nil }
        let name = WorkerName(id: settings.name, process: getpid(), since: UTCTime.now)
        do {
            return try ReportKeeper(provider, worker: name, plugins: packages.map(\.manifest)) { [self] in lanes }
        } catch {
            log.error("`diwan status` will not know this worker: \(error)")
            return nil
        }
    }

    // MARK: Coming up

    private func checkLimits() throws(WorkerFailure) {
        guard
            var limit = DescriptorLimit.current(
                lanes: packages.count * laneCount, brokers: settings.kafka.bootstrapServers.count)
        else { return }
        if let warning = try limit.ensure() { log.warning(warning) }
    }

    private func takeStore(_ standby: Bool, _ service: ServiceNotifier) throws(WorkerFailure) -> (any StoreOwnership)? {
        var said: Int64?
        let heldBy = Mutex<String?>(nil)
        let waiting: (String) -> Bool = { [stopping, log] holder in
            if said.map({ MonotonicClock.now - $0 >= 30_000_000_000 }) ?? true {
                log.info("standing by: the store is held by \(holder)")
                service.status("standing by: the store is held by \(holder)")
                said = MonotonicClock.now
            }
            heldBy.withLock { $0 = holder }
            service.alive()
            return !stopping.isSet
        }
        do throws(StoreError) {
            let ownership = try provider.takeOwnership(waiting: standby ? waiting : nil)
            if let holder = heldBy.withLock({ $0 }) { log.info("took over the store, which was held by \(holder)") }
            return ownership
        } catch {
            if stopping.isSet { return nil }
            switch error.code {
            case .held: throw WorkerFailure(.storeHeld, error.message)
            case .notWritable: throw WorkerFailure(.storeNotWritable, error.message)
            case .newer: throw WorkerFailure(.storeNewer, error.message)
            case .corrupt: throw WorkerFailure(.storeCorrupt, error.message)
            default: throw WorkerFailure(.storeNotWritable, error.message)
            }
        }
    }

    private func startLanes() throws(WorkerFailure) -> [Lane] {
        var lanes: [Lane] = []
        for (package, number) in packages.flatMap({ package in (1...laneCount).map { (package, $0) } }) {
            let name = package.manifest.name
            do {
                let lane = try Lane(try context(package, number)) { [failure, wakeup, log] reason in
                    let named =
                        reason.kind == .software ? WorkerFailure(.software, "\(name): \(reason.message)") : reason
                    // Whoever runs us says the first; of the others only what is news.
                    if !failure.set(named).covers(named) { log.error("\(name): \(reason.message)") }
                    wakeup.open()
                }
                lanes.append(lane)
            } catch {
                for lane in lanes { lane.stop() }
                for lane in lanes { lane.join() }
                throw WorkerFailure(.configuration, "\(name): \(error)")
            }
        }
        return lanes
    }

    private func startWatchdog(_ lanes: [Lane]) throws(WorkerFailure) -> HandlerWatchdog {
        do throws(OSThread.StartFailure) {
            return try HandlerWatchdog(lanes.map(\.watched)) { _exit(70) }
        } catch {
            for lane in lanes { lane.stop() }
            for lane in lanes { lane.join() }
            throw WorkerFailure(.software, error.description)
        }
    }

    /// A store that is ours alone has one writer a plugin.
    private var laneCount: Int { provider.sharing == .shared ? max(1, settings.lanes) : 1 }

    func context(_ package: PluginPackage, _ number: Int) throws -> LaneContext {
        let manifest = package.manifest
        let share = MemoryShare(of: settings.memoryBytes, lanes: packages.count * laneCount)
        var kafka = settings.kafka
        kafka.mailboxBytes = share.mailbox
        var topicSettings: [String: TopicSettings] = [:]
        for topic in settings.topics {
            topicSettings[topic.name] = TopicSettings(
                ownTopic: topic.isOwn, headerless: topic.readsHeaderless ? .structured : .refused,
                validation: topic.isTrusted ? .trusted : .full, eventBytes: settings.eventBytes,
                contentHash: settings.dedupes || manifest.tables.contains { $0.kind == .facts })
        }
        let renderer = try NoticeRenderer(messages: package.plugin.sources.messages)
        for rule in manifest.notices {
            if let problem = renderer.problem(of: rule) { throw WorkerFailure(.configuration, problem) }
        }
        var channels: [String] = []
        if settings.noticesTopic != nil { channels.append(DestinationName.kafka) }
        if settings.maildir != nil { channels.append(DestinationName.maildir) }
        return LaneContext(
            package: package, settings: settings,
            lane: LaneSettings(
                deployment: settings.deployment, plugin: manifest.name, number: number, dedupes: settings.dedupes,
                dedupeWindow: settings.dedupeWindow,
                peopleTopics: Set(settings.topics.filter { $0.role == .people }.map(\.name)), channels: channels,
                validFor: settings.plugins[manifest.name]?.validFor,
                emitTopic: settings.topics.first { $0.role == .events }?.name ?? "",
                maximumRecords: settings.batchEvents,
                maximumBytes: share.batches, scriptBytes: share.script,
                handling: settings.plugins[manifest.name]?.handling ?? HandlingSettings(),
                mirrorsDeadLetters: settings.deadLetterTopic != nil,
                journaledTopics: Set(settings.topics.filter(\.isJournaled).map(\.name)),
                latches: settings.latched != nil,
                parking: Parking.Limits(
                    perSequence: settings.parkedPerSequence, inAll: settings.parkedInAll,
                    isRebuild: settings.latched != nil),
                eventBytes: settings.eventBytes),
            provider: provider,
            decoding: DecodeSettings(catalogue: catalogue, topics: topicSettings, dedupes: settings.dedupes),
            renderer: renderer, data: package.plugin.sources.data,
            kafka: kafka, log: log.named(laneCount > 1 ? "\(manifest.name)/\(number)" : manifest.name))
    }

    // MARK: Being up

    /// Says ready and alive until something asks the worker to leave.
    private func watch(_ lanes: [Lane], _ service: ServiceNotifier) {
        var wasReady: Bool?
        var haltsSaid = MonotonicClock.now
        while !stopping.isSet, failure.value == nil {
            let ready = lanes.allSatisfy { $0.status.isReady }
            let words = lanes.map { "\($0.status.plugin): \($0.status.summary)" }.joined(separator: "; ")
            if ready, wasReady != true {
                service.ready(words)
                log.info("ready")
            } else {
                service.status(words)
            }
            if !ready, wasReady == true { log.warning("not ready: \(words)") }
            wasReady = ready
            if MonotonicClock.now - haltsSaid >= 30_000_000_000 {
                for lane in lanes {
                    for (partition, reason) in lane.status.halted.sorted(by: { $0.key < $1.key }) {
                        log.error("\(lane.status.plugin): \(partition) is still halted: \(reason)")
                    }
                    for (_, reason) in lane.status.paused.sorted(by: { $0.key < $1.key }) {
                        log.error("\(lane.status.plugin): still paused: \(reason)")
                    }
                }
                haltsSaid = MonotonicClock.now
            }
            // Alive as long as every lane comes around: a handler that hangs is not, an absent broker is no matter.
            if lanes.allSatisfy({ $0.status.isAlive }) { service.alive() }
            _ = wakeup.wait(timeout: .milliseconds(Int(min(service.watchdogInterval ?? 4_000_000, 4_000_000) / 2000)))
        }
    }

    /// Lets every lane finish or roll back within the drain time.
    private func leave(_ lanes: [Lane]) throws(WorkerFailure) {
        log.info("leaving: finishing the transactions in hand")
        for lane in lanes { lane.stop() }
        let done = Gate()
        let waiter = try? OSThread.start(name: "leaving") {
            for lane in lanes { lane.join() }
            done.open()
        }
        guard waiter == nil || done.wait(timeout: .milliseconds(settings.drain)) else {
            throw WorkerFailure(
                .drainTimedOut,
                "not every plugin finished within \(settings.drain) ms: what was not committed is rolled back and read "
                    + "again at the next start")
        }
        log.info("left")
    }
}

/// The failure that ends a worker: the first one counts, what follows from it does not.
private final class FirstFailure: Sendable {
    private let content = Mutex<WorkerFailure?>(nil)

    var value: WorkerFailure? { content.withLock { $0 } }

    /// - Returns: the first one.
    func set(_ failure: WorkerFailure) -> WorkerFailure {
        content.withLock { first in
            if let first { return first }
            first = failure
            return failure
        }
    }
}

extension WorkerFailure {
    /// Whether who knows this one learns nothing from another: each plugin meets what is wrong with all of them.
    fileprivate func covers(_ other: WorkerFailure) -> Bool {
        switch kind {
        case .topicMissing, .credentials, .storeNewer, .storeNotWritable: kind == other.kind
        case .storeHeld, .storeCorrupt, .configuration, .software, .drainTimedOut, .systemLimits: self == other
        }
    }
}

extension LaneStatus {
    /// A few words for systemd's status line.
    var summary: String {
        let halted = halted
        let paused = paused
        var stopped = halted.isEmpty ? "" : ", \(halted.count) partition\(halted.count == 1 ? "" : "s") halted"
        if !paused.isEmpty { stopped += ", \(paused.count) paused: too much is parked" }
        switch state {
        case .starting: return "starting"
        case .waiting(let reason): return "waiting (\(reason))"
        case .running: return away.map { "waiting (\($0))\(stopped)" } ?? "running\(stopped)"
        case .holding: return "holding"
        case .draining: return "draining"
        case .stopped: return "stopped"
        case .failed(let reason): return "failed (\(reason))"
        }
    }
}
