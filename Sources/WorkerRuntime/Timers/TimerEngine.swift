import PluginKit
import ProjectionStore

/// When the timers of a lane's partitions are due, and what happens then (rule 31).
///
/// A timer fires inside the transaction that moves its partition on: before the first record whose Kafka timestamp is
/// at or after its due time, or when the log has been read to its end; and in both cases only once the wall clock is
/// past it. So whatever was recorded before its due time has been applied when it fires, in a backlog too.
///
/// What is kept in memory is a lower bound of each partition's next due time. Setting a timer lowers it; cancelling does
/// not raise it: the store is asked when the moment comes. Nothing here survives a failed transaction.
///
/// Threading: the lane's thread only.
final class TimerEngine {
    /// One partition's next due time, held by whoever goes through the partition's records.
    final class Alarm {
        /// No timer of the partition is due before this (milliseconds since 1970).
        fileprivate(set) var earliest: Int64 = .max

        /// In a rebuild: nothing has its turn before a record at this offset or below, as far as is known.
        fileprivate(set) var quiet: Int64 = .max

        /// Whether something may have to fire before a record with this timestamp and offset.
        func mayPrecede(_ timestamp: Int64, _ offset: Int64) -> Bool { timestamp >= earliest || offset > quiet }
    }

    private var alarms: [PartitionKey: Alarm] = [:]
    /// Whether a timer fired in the open transaction.
    private var hasFired = false
    private let clock: () -> Int64
    /// In a rebuild: when the live generation fired what.
    var replay: FiringReplay?
    /// What timers say that are due by then is held for the operator (rule 20); milliseconds since 1970.
    var heldDue: Int64 = .min

    /// - Parameter clock: the wall clock, milliseconds since 1970.
    init(clock: @escaping () -> Int64 = { UTCTime.now }) { self.clock = clock }

    var now: Int64 { clock() }

    /// The partition's alarm; nil where it has to be read from the store first.
    func alarm(of partition: PartitionKey) -> Alarm? { alarms[partition] }

    /// Reads the partition's alarm from the store, unless it is known.
    @discardableResult
    func load(_ partition: PartitionKey, from writer: any StoreWriter) throws(StoreError) -> Alarm {
        if let alarm = alarms[partition] { return alarm }
        let alarm = Alarm()
        alarm.earliest = try writer.nextDue(of: partition) ?? .max
        alarm.quiet = replay?.quiet(in: partition) ?? .max
        alarms[partition] = alarm
        return alarm
    }

    /// Notes what a transaction says of a timer.
    func note(_ timer: TimerDraft) {
        guard let due = timer.due, let alarm = alarms[timer.partition] else { return }
        alarm.earliest = min(alarm.earliest, due)
    }

    /// Notes that the open transaction fires a timer.
    func noteFiring() { hasFired = true }

    /// Forgets a partition, which is no longer the lane's.
    func forget(_ partition: PartitionKey) {
        alarms[partition] = nil
        replay?.forget(partition)
    }

    /// Looks anew at timers that waited for the live generation.
    func lookAgain(_ partition: PartitionKey) { alarms[partition] = nil }

    /// Partitions with a timer that the wall clock is past.
    func due(among partitions: some Sequence<PartitionKey>) -> [PartitionKey] {
        let now = now
        return partitions.filter { (alarms[$0]?.earliest ?? .max) <= now }
    }

    /// When the next timer of all is due, milliseconds since 1970.
    var earliest: Int64? { alarms.values.map(\.earliest).min() }

    /// Whether a timer of the partition may be due by `time` and by the wall clock.
    func isDue(_ partition: PartitionKey, by time: Int64) -> Bool {
        (alarms[partition]?.earliest ?? .min) <= min(time, now)
    }

    /// Gives each timer of a partition that is due by `time`, and by the wall clock, to `fire`, in order; then sets the
    /// alarm by what the store still holds.
    ///
    /// - Parameters:
    ///   - place: where the partition stands.
    ///   - most: after as many it stops.
    ///   - fire: takes the timer out of the store; what it sets for a due time within `time` fires here too. In a rebuild
    ///     it is told what the live generation made of the timer.
    /// - Returns: how many there were.
    @discardableResult
    func fireDue(
        of partition: PartitionKey, by time: Int64, at place: LogPlace, most: Int = .max, in writer: any StoreWriter,
        _ fire: (TimerDraft, Firing?) throws -> Void
    ) throws -> Int {
        let alarm = try load(partition, from: writer)
        let limit = min(time, now)
        guard alarm.earliest <= limit else { return 0 }
        var count = 0
        var waiting: TimerDraft?
        // One at a time: a firing may set, move or cancel others.
        while count < most,
            let timer = try writer.timers(of: partition, dueBy: limit, after: waiting, limit: 1).first
        {
            switch try replay?.verdict(on: timer, at: place) ?? .fires(nil) {
            case .waits: waiting = timer
            case .fires(let turn):
                try fire(timer, turn)
                count += 1
            }
        }
        alarm.earliest = try writer.nextDue(of: partition, after: waiting) ?? .max
        return count
    }

    /// Gives each timer to `fire` that had its turn at this place in the live generation and is set here as it was there.
    ///
    /// - Parameters:
    ///   - most: after as many it stops.
    ///   - writer: opens the transaction, where there is something to fire.
    /// - Returns: how many there were; none outside a rebuild.
    func fireReplayed(
        of partition: PartitionKey, at place: LogPlace, most: Int = .max,
        in writer: () throws(LaneFailure) -> any StoreWriter, _ fire: (TimerDraft, Firing?) throws -> Void
    ) throws -> Int {
        guard let replay else { return 0 }
        var count = 0
        while count < most, let turn = try replay.next(of: partition, at: place) {
            let store = try writer()
            guard let timer = try store.timer(owner: turn.owner, name: turn.name), timer.isSame(as: turn),
                !timer.isParked
            else { continue }
            try fire(timer, turn)
            count += 1
        }
        alarms[partition]?.quiet = replay.quiet(in: partition)
        return count
    }
}

extension TimerEngine: TransactionGuest {
    func transactionCommitted() {
        if hasFired { CrashPoint.reach(.timerCommitted) }
        hasFired = false
    }

    func transactionFailed() {
        alarms.removeAll(keepingCapacity: true)
        replay?.reset()
        hasFired = false
    }
}
