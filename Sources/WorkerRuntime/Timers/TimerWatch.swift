import KafkaClient
import ProjectionStore
import Threads

/// Lets timers fire where no record comes: at the end of a partition (rule 31). The lane's thread only.
final class TimerWatch {
    private let engine: LaneTransaction
    private let latched: LatchedRun?
    private var logEnd: LogEnd
    /// When a rebuild looks next for what the live generation fired, by the monotonic clock.
    private var nextReplay: Int64 = .min
    /// When it looks again after a failure.
    private var retry: Int64 = .min
    /// A transaction holds so many at most; what is left fires in the next.
    private static let most = 500

    init(_ engine: LaneTransaction, _ consumer: Consumer, _ latched: LatchedRun?) {
        self.engine = engine
        self.latched = latched
        logEnd = LogEnd(consumer)
    }

    /// How long the lane may wait for input: until the next timer is due. The wall clock may jump, so never long.
    var patience: Duration {
        if latched?.awaitsReplay == true { return .milliseconds(10) }
        guard let earliest = engine.timers.earliest else { return .seconds(2) }
        let left = earliest - engine.timers.now
        guard left <= 0 else { return .milliseconds(min(left, 2000)) }
        return max(logEnd.patience, .milliseconds(50))
    }

    /// Whether a timer of these partitions is due or may be, and it is time to see whether it may fire.
    func isDue(_ caughtUp: Set<PartitionKey>) -> Bool {
        if let latched {
            guard latched.awaitsReplay || !caughtUp.isEmpty else { return false }
            return MonotonicClock.now >= (latched.awaitsReplay ? retry : nextReplay)
        }
        return logEnd.isWorthAsking && (!engine.knowsTimers || !engine.timers.due(among: caughtUp).isEmpty)
    }

    /// Fires what is due in partitions that were read to their end. Nothing may be gathered.
    ///
    /// - Parameters:
    ///   - caughtUp: partitions whose last record seems to have been taken in.
    ///   - writer: no transaction is open on it.
    func fire(_ caughtUp: Set<PartitionKey>, _ writer: any StoreWriter) -> Result<Void, LaneFailure> {
        do throws(StoreError) {
            try engine.loadTimers(from: writer)
        } catch {
            logEnd.wait()
            return .failure(.store(error))
        }
        guard let latched else { return fireDue(caughtUp) }
        let isLast = latched.awaitsReplay
        let fired = replay(isLast ? Set(engine.partitions.keys) : caughtUp, caughtUp)
        nextReplay = MonotonicClock.now + 500_000_000
        switch fired {
        case .success: if isLast { latched.noteReplay() }
        case .failure: retry = nextReplay
        }
        return fired
    }

    /// In a rebuild: fires what the live generation fired where partitions stand, and then what it knows nothing of.
    private func replay(_ arrived: Set<PartitionKey>, _ caughtUp: Set<PartitionKey>) -> Result<Void, LaneFailure> {
        let replayed = fire(arrived.sorted(), by: .min)
        guard case .success = replayed else { return replayed }
        defer { for key in arrived { engine.timers.lookAgain(key) } }
        return logEnd.isWorthAsking ? fireDue(caughtUp) : .success(())
    }

    private func fireDue(_ caughtUp: Set<PartitionKey>) -> Result<Void, LaneFailure> {
        let time = engine.timers.now
        let states = engine.timers.due(among: caughtUp).sorted().compactMap { engine.partitions[$0] }
        guard !states.isEmpty else { return .success(()) }
        let keys = logEnd.reached(states)
        guard !keys.isEmpty else { return .success(()) }
        let fired = fire(keys, by: time)
        if case .failure = fired { logEnd.wait() }
        return fired
    }

    private func fire(_ keys: [PartitionKey], by time: Int64) -> Result<Void, LaneFailure> {
        while true {
            switch attempt(keys, time, isEnd: true, most: Self.most) {
            // In a rebuild all of it has to be done before it ends.
            case .success(let count) where latched != nil && count >= Self.most: continue
            case .success: return .success(())
            case .failure(.store(let error)) where error.code == .constraint:
                return fireSingly(keys, time, isEnd: true).map { _ in }
            case .failure(let failure): return .failure(failure)
            }
        }
    }

    /// Fires what is due in a partition before a record with this timestamp, each timer in a transaction of its own.
    ///
    /// - Returns: how many there were.
    func fireBefore(_ timestamp: Int64, _ partition: PartitionKey) -> Result<Int, LaneFailure> {
        fireSingly([partition], timestamp, isEnd: false)
    }

    /// A row of some firing broke a constraint: each timer has a transaction of its own, and the one whose row it is
    /// becomes a dead letter.
    ///
    /// - Parameter time: what is due by then.
    private func fireSingly(_ keys: [PartitionKey], _ time: Int64, isEnd: Bool) -> Result<Int, LaneFailure> {
        var count = 0
        for key in keys {
            while true {
                let fired = fireOne(key, time, isEnd: isEnd)
                guard case .success(let one) = fired else { return fired }
                if one == 0 { break }
                count += one
            }
        }
        return .success(count)
    }

    private func fireOne(_ key: PartitionKey, _ time: Int64, isEnd: Bool) -> Result<Int, LaneFailure> {
        let fired = attempt([key], time, isEnd: isEnd, most: 1)
        if case .failure(.store(let error)) = fired, error.code == .constraint {
            return attempt([key], time, isEnd: isEnd, most: 1, refused: error)
        }
        return fired
    }

    private func attempt(
        _ keys: [PartitionKey], _ time: Int64, isEnd: Bool, most: Int, refused: StoreError? = nil
    ) -> Result<Int, LaneFailure> {
        do throws(LaneFailure) {
            return .success(
                try engine.fireTimers(of: keys, by: time, isEnd: isEnd, most: most, refused: refused))
        } catch {
            return .failure(error)
        }
    }
}
