import Synchronization
import Threads

/// What a lane is doing, for readiness, liveness and the operator. May be used by many threads.
public final class LaneStatus: Sendable {
    public enum State: Sendable, Equatable {
        case starting
        /// Broker or store is away; everything is kept and tried again (rule 27).
        case waiting(String)
        case running
        case draining
        case stopped
        case failed(String)
    }

    private struct Content {
        var state = State.starting
        var halted: [String: String] = [:]
        var away: String?
        var lastSign = MonotonicClock.now
        var records: Int64 = 0
        var idle = false
        var began: Int64?
        var lastCommit: Int64?
    }

    public let plugin: String
    private let content = Mutex(Content())

    init(plugin: String) { self.plugin = plugin }

    public var state: State { content.withLock { $0.state } }
    /// Partitions that wait for the operator's decision, with the reason.
    public var halted: [String: String] { content.withLock { $0.halted } }
    /// Records committed since the start.
    public var records: Int64 { content.withLock { $0.records } }
    /// Why Kafka is taken to be away while the lane runs; nil while it answers.
    public var away: String? { content.withLock { $0.away } }
    /// Whether the lane reads: ready for traffic.
    public var isReady: Bool { content.withLock { $0.state == .running && $0.halted.isEmpty && $0.away == nil } }
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

    func set(_ state: State) { content.withLock { $0.state = state } }
    func halt(_ partition: String, _ reason: String) { content.withLock { $0.halted[partition] = reason } }
    func setAway(_ reason: String?) { content.withLock { $0.away = reason } }
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
