import Synchronization
import Threads

/// What a lane is doing, for readiness, liveness and the operator. May be used by many threads.
public final class LaneStatus: Sendable {
    public enum State: Sendable, Equatable {
        case starting
        /// Broker or store is away; everything is kept and tried again (rule 27).
        case waiting(String)
        case running
        /// An operator's command keeps the lane out of its store for a moment.
        case holding
        case draining
        case stopped
        case failed(String)
    }

    private struct Content {
        var state = State.starting
        var halted: [String: String] = [:]
        var paused: [String: String] = [:]
        var away: String?
        var storeAway: String?
        var lastSign = MonotonicClock.now
        var records: Int64 = 0
        var hangs = false
        var idle = false
        var began: Int64?
        var lastCommit: Int64?
        var positions: [LaneReport.Partition] = []
    }

    /// Nanoseconds after which a lane that has not come around counts as waiting for its store.
    private static let silence: Int64 = 9_000_000_000

    public let plugin: String
    private let content = Mutex(Content())
    /// Nanoseconds after which a lane that has not come around is stuck.
    private let patience: Int64

    /// - Parameter handlerTimeout: milliseconds that a handler may take: for so long the lane need not come around.
    init(plugin: String, handlerTimeout: Int = 0) {
        self.plugin = plugin
        patience = max(60_000, Int64(handlerTimeout) + 10_000) * 1_000_000
    }

    public var state: State { content.withLock { $0.state } }
    /// Partitions that wait for the operator's decision, with the reason.
    public var halted: [String: String] { content.withLock { $0.halted } }
    /// Where each partition that is read stands.
    public var positions: [LaneReport.Partition] { content.withLock { $0.positions } }
    /// Partitions that are not read on because too much of them is parked, with the reason: `parked-limit` and what to
    /// do. They go on by themselves.
    public var paused: [String: String] { content.withLock { $0.paused } }
    /// Records committed since the start.
    public var records: Int64 { content.withLock { $0.records } }
    /// Why Kafka or the store is taken to be away while the lane runs; nil while both answer.
    public var away: String? { content.withLock { $0.away ?? $0.storeAway } }
    /// Whether the lane reads: ready for traffic.
    public var isReady: Bool {
        content.withLock { content in
            content.state == .running && content.halted.isEmpty && content.paused.isEmpty && content.away == nil
                && content.storeAway == nil
                // A lane that waits for a store that does not answer cannot say so.
                && MonotonicClock.now - content.lastSign < Self.silence
        }
    }
    /// Whether everything fetched so far is committed.
    public var isIdle: Bool { content.withLock { $0.state == .running && $0.idle } }

    /// When the first record was fetched and when the last transaction was committed, by the monotonic clock in
    /// nanoseconds; nil before there was one. For benchmarks.
    public var span: (began: Int64, ended: Int64)? {
        content.withLock { content in
            guard let began = content.began, let ended = content.lastCommit else { return nil }
            return (began, ended)
        }
    }

    /// Nanoseconds since the lane's thread last came around: its liveness, which no broker's absence touches.
    public var age: Int64 { MonotonicClock.now - content.withLock { $0.lastSign } }
    /// Whether the lane comes around, or gets through events. A handler that hangs does neither.
    public var isAlive: Bool {
        content.withLock { !$0.hangs && MonotonicClock.now - $0.lastSign < patience }
    }

    func set(_ state: State) { content.withLock { $0.state = state } }
    func halt(_ partition: String, _ reason: String) { content.withLock { $0.halted[partition] = reason } }
    func endHalt(_ partition: String) { content.withLock { $0.halted[partition] = nil } }
    /// Forgets what was found at the last coming up.
    func clearHalts() { content.withLock { $0.halted = [:] } }
    func setPositions(_ positions: [LaneReport.Partition]) { content.withLock { $0.positions = positions } }
    func setStoreAway(_ reason: String?) { content.withLock { $0.storeAway = reason } }
    func setPaused(_ paused: [String: String]) { content.withLock { $0.paused = paused } }
    func setAway(_ reason: String?) { content.withLock { $0.away = reason } }
    /// A handler will not come back.
    func giveUp(_ reason: String) {
        content.withLock {
            $0.hangs = true
            $0.state = .failed(reason)
        }
    }
    func touch() { content.withLock { $0.lastSign = MonotonicClock.now } }
    func begin() { content.withLock { $0.began = $0.began ?? MonotonicClock.now } }
    func count(_ records: Int) {
        content.withLock {
            $0.records += Int64(records)
            $0.lastCommit = MonotonicClock.now
        }
    }
    func setIdle(_ idle: Bool) { content.withLock { $0.idle = idle } }
}
