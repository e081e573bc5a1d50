import PluginKit
import ProjectionStore

extension LaneTransaction {
    /// Fires what has its turn in a partition, in the open transaction, before the record that comes next: in a rebuild
    /// what the live generation fired here, and then what is due by `time`.
    ///
    /// - Parameters:
    ///   - place: where the partition stands; its last offset goes into the log.
    ///   - most: after as many it stops.
    /// - Returns: how many timers there were.
    @discardableResult
    func fireTimers(of partition: PartitionKey, by time: Int64, at place: LogPlace, most: Int = .max) throws -> Int {
        try turns(of: partition, by: time, at: place, most: most) { timer, turn, writer in
            let now = turn?.at ?? (settings.latches ? min(time, UTCTime.now) : UTCTime.now)
            try fire(timer.fired(as: turn), FiringOccasion(after: place.after, now: now), writer)
        }
    }

    private func turns(
        of partition: PartitionKey, by time: Int64, at place: LogPlace, most: Int,
        _ take: (TimerDraft, Firing?, any StoreWriter) throws -> Void
    ) throws -> Int {
        let replayed = try timers.fireReplayed(
            of: partition, at: place, most: most, in: { () throws(LaneFailure) in try inline() }
        ) { timer, turn in try take(timer, turn, inline()) }
        guard replayed < most, timers.isDue(partition, by: time) else { return replayed }
        let writer = try inline()
        return try replayed
            + timers.fireDue(of: partition, by: time, at: place, most: most - replayed, in: writer) { timer, turn in
                try take(timer, turn, writer)
            }
    }

    /// Fires what has its turn where partitions stand, in a transaction of its own.
    ///
    /// - Parameters:
    ///   - isEnd: nothing is left to read of them.
    ///   - most: of each partition.
    ///   - refused: why the store refused the firing of the first timer, which becomes a dead letter in place of firing.
    /// - Returns: how many timers there were. On failure nothing was done.
    func fireTimers(of keys: [PartitionKey], by time: Int64, isEnd: Bool, most: Int, refused: StoreError? = nil)
        throws(LaneFailure) -> Int
    {
        var count = 0
        do {
            for key in keys {
                guard let state = partitions[key] else { continue }
                let place = LogPlace(after: state.nextOffset - 1, next: state.nextOffset, isEnd: isEnd)
                if let refused {
                    count += try turns(of: key, by: time, at: place, most: 1) { timer, _, writer in
                        let refusal = Refusal(reason: "row-refused", detail: refused.message)
                        try bury(timer, refusal, after: place.after, writer)
                    }
                } else {
                    count += try fireTimers(of: key, by: time, at: place, most: most)
                }
                if isInline { standStill(state) }
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

    private func fire(_ timer: TimerDraft, _ occasion: FiringOccasion, _ writer: any StoreWriter) throws {
        if try parkIfHeld(timer, after: occasion.after, writer) { return }
        if case .refused(let refusal, _) = try fireNow(timer, occasion, writer) {
            try bury(timer, refusal, after: occasion.after, writer)
        }
    }

    /// Runs the timer's handler and takes what it says, whatever is parked.
    ///
    /// - Returns: `.refused` where the handler failed: then nothing was done. `.skipped` where the timer is no longer
    ///   there as it was set.
    func fireNow(_ timer: TimerDraft, _ occasion: FiringOccasion, _ writer: any StoreWriter) throws -> EventFate {
        let outcome: EventOutcome
        do {
            outcome = try run(timer, writer, occasion)
        } catch let error as StoreError {
            throw error
        } catch let error as LaneFailure {
            throw error
        } catch {
            return EventFate(refusing: error)
        }
        // Removed before what it says of timers is done: it may set itself anew.
        guard try writer.remove(timer) else { return .skipped }
        let said = script.outbox.count
        try take(outcome)
        // The store that this one was restored in place of may have said it already (rule 20).
        if (timer.due ?? .max) <= timers.heldDue { script.hold(from: said) }
        try writer.log(
            Firing(
                timer, afterOffset: occasion.after, at: occasion.now,
                outcome: timer.silence == nil ? .fired : .passed))
        timers.noteFiring()
        dispatcher.guarding.forgive(timer.place)
        CrashPoint.reach(.timerFired)
        return .applied
    }
}

/// When a timer fires, and where.
struct FiringOccasion {
    /// The offset of the last record that was taken in before; goes into the log.
    let after: Int64
    /// The wall clock, milliseconds since 1970; in a rebuild what it showed when the live generation fired the timer.
    let now: Int64
    /// An operator asked for it: it is tried again although its handler hung before.
    var isRedriven = false
}
