import Glibc
import PluginKit
import ProjectionStore
import Synchronization
import Threads

/// What a lane's handler is at, so that the watchdog sees one that hangs: two stores an event, no clock and no lock.
///
/// The lane's thread writes; the watchdog reads.
final class HandlerWatch: Sendable {
    private struct Subject {
        var batch: DecodedBatch?
        var partition: PartitionKey?
        var log: (any OverrunLog)?
    }

    /// Odd while a handler runs; grows with every step in or out.
    private let turn = Atomic<UInt64>(0)
    private let offset = Atomic<Int64>(-1)
    private let subject = Mutex(Subject())
    private let status: LaneStatus
    private let stopping: Flag

    init(status: LaneStatus, stopping: Flag) {
        self.status = status
        self.stopping = stopping
    }

    // MARK: The lane's side

    /// The store is open: where it is noted that a handler hung.
    func arm(_ log: any OverrunLog) { subject.withLock { $0.log = log } }

    /// The batch that records are taken from, so that the watchdog can name the event; nil when none is in hand.
    func hold(_ batch: DecodedBatch?) { subject.withLock { $0.batch = batch } }

    /// From here on handlers get records of this partition.
    func turn(to partition: PartitionKey) { subject.withLock { $0.partition = partition } }

    @inline(__always)
    func enter(_ offset: Int64) {
        self.offset.store(offset, ordering: .relaxed)
        turn.store(turn.load(ordering: .relaxed) &+ 1, ordering: .releasing)
    }

    @inline(__always)
    func leave() { turn.store(turn.load(ordering: .relaxed) &+ 1, ordering: .releasing) }

    /// Waits before a handler is tried again, by the monotonic clock.
    ///
    /// - Returns: false when the worker is leaving meanwhile.
    func pause(milliseconds: Int) -> Bool {
        let end = MonotonicClock.now + Int64(milliseconds) * 1_000_000
        while !stopping.isSet, MonotonicClock.now < end {
            status.touch()
            usleep(5_000)
        }
        return !stopping.isSet
    }

    // MARK: The watchdog's side

    var step: UInt64 { turn.load(ordering: .acquiring) }

    /// A lane that gets through its events is alive, however long its transaction is.
    func seenMoving() { status.touch() }

    /// The handler that runs now will not come back.
    func seenHanging() { status.giveUp("a handler hangs") }

    /// What the handler that runs now is at.
    var current: HandledRecord? {
        let offset = offset.load(ordering: .relaxed)
        let (batch, partition) = subject.withLock { ($0.batch, $0.partition) }
        guard let partition else { return nil }
        var event: Event?
        for run in batch?.runs ?? [] where run.partition == partition && event == nil {
            for record in batch?.records[run.records] ?? [] where record.offset == offset {
                if case .event(let found, _) = record.content { event = found }
            }
        }
        return HandledRecord(partition: partition, offset: offset, event: event)
    }

    var overrunLog: (any OverrunLog)? { subject.withLock { $0.log } }
}

/// A record in a handler's hands.
struct HandledRecord: Sendable {
    let partition: PartitionKey
    let offset: Int64
    let event: Event?

    var description: String {
        // Timers have places of their own, below all offsets.
        let place = offset < -1 ? "a timer of \(partition)" : "\(partition) at offset \(offset)"
        guard let event else { return place }
        return "\(place): event \(event.id) of \(event.source), type \(event.type)"
    }
}
