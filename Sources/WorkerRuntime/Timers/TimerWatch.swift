import KafkaClient
import ProjectionStore
import Threads

/// Lets timers fire where no record comes: at the end of a partition (rule 31). The lane's thread only.
final class TimerWatch {
    private let engine: LaneTransaction
    private var logEnd: LogEnd
    /// A transaction holds so many at most; what is left fires in the next.
    private static let most = 500

    init(_ engine: LaneTransaction, _ consumer: Consumer) {
        self.engine = engine
        logEnd = LogEnd(consumer)
    }

    /// How long the lane may wait for input: until the next timer is due. The wall clock may jump, so never long.
    var patience: Duration {
        guard let earliest = engine.timers.earliest else { return .seconds(2) }
        let left = earliest - engine.timers.now
        guard left <= 0 else { return .milliseconds(min(left, 2000)) }
        return max(logEnd.patience, .milliseconds(50))
    }

    /// Whether a timer of these partitions is due or may be, and it is time to see whether it may fire.
    func isDue(_ caughtUp: Set<PartitionKey>) -> Bool {
        logEnd.isWorthAsking && (!engine.knowsTimers || !engine.timers.due(among: caughtUp).isEmpty)
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
        let time = engine.timers.now
        let states = engine.timers.due(among: caughtUp).sorted().compactMap { engine.partitions[$0] }
        let keys = logEnd.reached(states)
        guard !keys.isEmpty else { return .success(()) }
        switch attempt(keys, time, most: Self.most) {
        case .success: return .success(())
        case .failure(.store(let error)) where error.code == .constraint:
            return fireSingly(keys, time).map { _ in }
        case .failure(let failure):
            logEnd.wait()
            return .failure(failure)
        }
    }

    /// Fires what is due in a partition before a record with this timestamp, each timer in a transaction of its own.
    ///
    /// - Returns: how many there were.
    func fireBefore(_ timestamp: Int64, _ partition: PartitionKey) -> Result<Int, LaneFailure> {
        fireSingly([partition], timestamp)
    }

    /// A row of some firing broke a constraint: each timer has a transaction of its own, and the one whose row it is
    /// becomes a dead letter.
    ///
    /// - Parameter time: what is due by then.
    private func fireSingly(_ keys: [PartitionKey], _ time: Int64) -> Result<Int, LaneFailure> {
        var count = 0
        for key in keys {
            while true {
                let fired = fireOne(key, time)
                guard case .success(let one) = fired else { return fired }
                if one == 0 { break }
                count += one
            }
        }
        return .success(count)
    }

    private func fireOne(_ key: PartitionKey, _ time: Int64) -> Result<Int, LaneFailure> {
        let fired = attempt([key], time, most: 1)
        if case .failure(.store(let error)) = fired, error.code == .constraint {
            return attempt([key], time, most: 1, refused: error)
        }
        return fired
    }

    private func attempt(_ keys: [PartitionKey], _ time: Int64, most: Int, refused: StoreError? = nil)
        -> Result<Int, LaneFailure>
    {
        do throws(LaneFailure) {
            return .success(try engine.fireTimers(of: keys, by: time, most: most, refused: refused))
        } catch {
            return .failure(error)
        }
    }
}
