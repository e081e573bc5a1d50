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

        /// Whether something may have to fire before a record with this timestamp.
        func mayPrecede(_ timestamp: Int64) -> Bool { timestamp >= earliest }
    }

    private var alarms: [PartitionKey: Alarm] = [:]
    /// Whether a timer fired in the open transaction.
    private var hasFired = false
    private let clock: () -> Int64

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
    func forget(_ partition: PartitionKey) { alarms[partition] = nil }

    /// Partitions with a timer that the wall clock is past.
    func due(among partitions: some Sequence<PartitionKey>) -> [PartitionKey] {
        let now = now
        return partitions.filter { (alarms[$0]?.earliest ?? .max) <= now }
    }

    /// When the next timer of all is due, milliseconds since 1970.
    var earliest: Int64? { alarms.values.map(\.earliest).min() }

    /// Gives each timer of a partition that is due by `time`, and by the wall clock, to `fire`, in order; then sets the
    /// alarm by what the store still holds.
    ///
    /// - Parameters:
    ///   - most: after as many it stops, and the alarm stays as it is.
    ///   - fire: takes the timer out of the store; what it sets for a due time within `time` fires here too.
    /// - Returns: how many there were.
    @discardableResult
    func fireDue(
        of partition: PartitionKey, by time: Int64, most: Int = .max, in writer: any StoreWriter,
        _ fire: (TimerDraft) throws -> Void
    ) throws -> Int {
        let alarm = try load(partition, from: writer)
        let limit = min(time, now)
        guard alarm.earliest <= limit else { return 0 }
        var count = 0
        // One at a time: a firing may set, move or cancel others.
        while count < most, let timer = try writer.timers(of: partition, dueBy: limit, limit: 1).first {
            try fire(timer)
            count += 1
        }
        alarm.earliest = try writer.nextDue(of: partition) ?? .max
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
        hasFired = false
    }
}
