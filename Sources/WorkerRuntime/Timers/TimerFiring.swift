import PluginKit
import ProjectionStore

extension LaneTransaction {
    /// Fires what is due in a partition by `time`, in the open transaction, before the record that comes next.
    ///
    /// - Parameters:
    ///   - offset: of the last record that was taken in before; goes into the log.
    ///   - most: after as many it stops.
    /// - Returns: how many timers there were.
    @discardableResult
    func fireTimers(of partition: PartitionKey, by time: Int64, after offset: Int64, most: Int = .max) throws -> Int {
        let writer = try inline()
        return try timers.fireDue(of: partition, by: time, most: most, in: writer) { timer in
            try fire(timer, after: offset, writer)
        }
    }

    /// Fires what is due in partitions of which nothing is left to read, in a transaction of its own.
    ///
    /// - Parameters:
    ///   - most: of each partition.
    ///   - refused: why the store refused the firing of the first timer, which becomes a dead letter in place of firing.
    /// - Returns: how many timers there were. On failure nothing was done.
    func fireTimers(of keys: [PartitionKey], by time: Int64, most: Int, refused: StoreError? = nil)
        throws(LaneFailure) -> Int
    {
        var count = 0
        do {
            for key in keys {
                guard let state = partitions[key] else { continue }
                let after = state.nextOffset - 1
                if let refused {
                    count += try buryFirst(of: key, by: time, after: after, refused)
                } else {
                    count += try fireTimers(of: key, by: time, after: after, most: most)
                }
                standStill(state)
            }
            try commit()
            return count
        } catch {
            drop()
            throw LaneFailure(error)
        }
    }

    /// Whether the next due time of every partition is in memory.
    var knowsTimers: Bool { partitions.keys.allSatisfy { timers.alarm(of: $0) != nil } }

    /// Reads what is not known of timers. Nothing may be gathered, and no transaction be open.
    func loadTimers(from writer: any StoreWriter) throws(StoreError) {
        for key in partitions.keys { try timers.load(key, from: writer) }
    }

    private func fire(_ timer: TimerDraft, after offset: Int64, _ writer: any StoreWriter) throws {
        if try parkIfHeld(timer, after: offset, writer) { return }
        let outcome: EventOutcome
        do {
            outcome = try run(timer, writer)
        } catch let error as StoreError {
            throw error
        } catch let error as LaneFailure {
            throw error
        } catch {
            let refusal =
                error as? Refusal ?? Refusal(reason: "handler-failed", detail: String(describing: error))
            return try bury(timer, refusal, after: offset, writer)
        }
        // Removed before what it says of timers is done: it may set itself anew.
        guard try writer.remove(timer) else { return }
        try take(outcome)
        try writer.log(
            Firing(
                timer, afterOffset: offset, at: UTCTime.now, outcome: timer.silence == nil ? .fired : .passed))
        timers.noteFiring()
        CrashPoint.reach(.timerFired)
    }

    private func buryFirst(of partition: PartitionKey, by time: Int64, after offset: Int64, _ error: StoreError) throws
        -> Int
    {
        let writer = try inline()
        return try timers.fireDue(of: partition, by: time, most: 1, in: writer) { timer in
            try bury(timer, Refusal(reason: "row-refused", detail: error.message), after: offset, writer)
        }
    }
}
