import PluginKit
import ProjectionStore
import Threads

/// Says through a shared store what this worker's lanes are doing (rule 27): every three seconds, and within a second
/// where something changed. On a thread and a session of its own, so that lanes never wait for it, and it says what a
/// lane waits for while that lane can say nothing.
///
/// A report that cannot be written is not worth a word: the store is away then, and whoever asks it knows.
final class ReportKeeper: Sendable {
    private let leaving = Gate()
    private let left = Gate()

    private static let look: Duration = .milliseconds(500)
    private static let patience: Duration = .seconds(2)

    /// - Parameter lanes: those that run now.
    /// - Throws: `OSThread.StartFailure`.
    init(
        _ provider: any StoreProvider, worker: WorkerName, plugins: [Manifest],
        lanes: @escaping @Sendable () -> [LaneStatus]
    ) throws(OSThread.StartFailure) {
        let (leaving, left) = (leaving, left)
        _ = try OSThread.start(name: "report") {
            let desk = ReportDesk(provider, worker, plugins, lanes)
            while !leaving.wait(timeout: Self.look) { desk.turn() }
            desk.leave()
            left.open()
        }
    }

    /// Takes the reports away, as far as the store answers: what cannot be taken away is stale soon.
    func stop() {
        leaving.open()
        left.wait(timeout: Self.patience)
    }
}

/// One thread at a time.
private final class ReportDesk {
    private let provider: any StoreProvider
    private let worker: WorkerName
    private let plugins: [Manifest]
    private let lanes: () -> [LaneStatus]
    private var board: (any ReportBoard)?
    private var said: [String: (words: [String], at: Int64)] = [:]
    private var cleared: [String: Int64] = [:]
    private var opened: Int64 = .min

    /// Nanoseconds from one report to the next; where something changed; and from one clearing to the next.
    private static let interval: Int64 = 3_000_000_000
    private static let changed: Int64 = 1_000_000_000
    private static let clearing: Int64 = 600_000_000_000

    init(
        _ provider: any StoreProvider, _ worker: WorkerName, _ plugins: [Manifest],
        _ lanes: @escaping () -> [LaneStatus]
    ) {
        self.provider = provider
        self.worker = worker
        self.plugins = plugins
        self.lanes = lanes
    }

    func turn() {
        let lanes = lanes()
        for plugin in plugins {
            let reports = lanes.filter { $0.plugin == plugin.name }.map { LaneReport($0) }
            // A store that nobody has opened yet may not be there.
            guard !reports.isEmpty, reports.contains(where: { $0.state != "starting" }) else { continue }
            let words = reports.map(\.essence)
            if let last = said[plugin.name], MonotonicClock.now - last.at < Self.interval,
                last.words == words || MonotonicClock.now - last.at < Self.changed
            {
                continue
            }
            said[plugin.name] = (words, MonotonicClock.now)
            do throws(StoreError) {
                guard let board = try open() else { return }
                if cleared[plugin.name].map({ MonotonicClock.now - $0 >= Self.clearing }) ?? true {
                    try board.clear(for: worker, in: plugin)
                    cleared[plugin.name] = MonotonicClock.now
                }
                try board.put(reports.map { PayloadJSON.text($0) }, of: worker, for: plugin)
            } catch {
                if error.code != .absent { close() }
            }
        }
    }

    func leave() {
        guard let board else { return }
        for plugin in plugins { try? board.remove(worker, from: plugin) }
        close()
    }

    /// The session; after a failure a new one, no more often than reports are due.
    private func open() throws(StoreError) -> (any ReportBoard)? {
        if let board { return board }
        guard MonotonicClock.now >= opened else { return nil }
        opened = MonotonicClock.now + Self.interval
        board = try provider.openReportBoard()
        return board
    }

    private func close() {
        board?.close()
        board = nil
    }
}

extension LaneReport {
    /// What is worth being said before the next report is due.
    fileprivate var essence: String {
        "\(state) \(detail ?? "") \(halted.keys.sorted()) \(paused.keys.sorted()) "
            + "\(partitions.map { "\($0.topic)[\($0.partition)]" })"
    }

    /// What a worker has put into the store; nil for what is of another version.
    public static func read(_ text: String) -> LaneReport? {
        try? ControlLine.read(LaneReport.self, Array(text.utf8))
    }
}
