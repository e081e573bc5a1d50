import PluginKit
import ProjectionStore

/// How a plugin's handlers are run.
struct HandlingSettings: Sendable {
    /// How often a handler that throws is run in all before its event becomes a dead letter.
    var attempts = 1
    /// Milliseconds before the second attempt; doubled for each further one, with jitter.
    var backoff = 200
    /// Milliseconds that one call may take.
    var timeout = 30_000
}

/// What stands around a plugin's handlers: the watchdog's eye, and what is known of records at which they hung. The lane's
/// thread only.
final class HandlerGuard {
    let settings: HandlingSettings
    private let watch: HandlerWatch?
    private var topic = ""
    private var partition: Int32 = -1
    /// By record, how often its handler hung.
    private var overruns: [PartitionKey: [Int64: Int64]] = [:]
    private weak var writer: (any StoreWriter)?
    /// Timers that have fired or are parked, in the open transaction: where their handler hung is of no use any more.
    private var forgiven: [RecordPosition] = []

    init(_ settings: HandlingSettings, _ watch: HandlerWatch?) {
        self.settings = settings
        self.watch = watch
    }

    /// The store is open: what it knows of handlers that hung, and where the next one is noted.
    func arm(_ writer: any StoreWriter) throws(StoreError) {
        self.writer = writer
        try read(writer)
        watch?.arm(writer.overrunLog)
    }

    /// Partitions have come: another worker's handler may have hung there. A store that cannot say it now says it when
    /// the next ones come.
    func look() { if let writer { try? read(writer) } }

    private func read(_ writer: any StoreWriter) throws(StoreError) {
        let found = try writer.overruns()
        overruns = [:]
        for overrun in found { overruns[overrun.partition, default: [:]][overrun.offset] = overrun.attempts }
    }

    func hold(_ batch: DecodedBatch?) { watch?.hold(batch) }

    /// Runs a handler under the watchdog's eye.
    @inline(__always)
    func watching<Value>(_ position: RecordPosition, _ body: () throws -> Value) rethrows -> Value {
        guard let watch else { return try body() }
        if position.partition != partition || position.topic != topic {
            topic = position.topic
            partition = position.partition
            watch.turn(to: PartitionKey(topic: topic, partition: partition))
        }
        watch.enter(position.offset)
        defer { watch.leave() }
        return try body()
    }

    /// - Throws: `Refusal` for a record at which the handler hung as often as it may be tried.
    @inline(__always)
    func check(_ position: @autoclosure () -> RecordPosition) throws {
        if overruns.isEmpty { return }
        try checkKnown(position())
    }

    private func checkKnown(_ position: RecordPosition) throws {
        let known = overruns[PartitionKey(topic: position.topic, partition: position.partition)]
        guard let times = known?[position.offset], times >= settings.attempts else { return }
        throw Refusal(
            reason: "handler-timeout",
            detail:
                "the handler ran longer than \(settings.timeout) ms, \(times) time\(times == 1 ? "" : "s"); each time "
                + "the worker ended itself. Mend the plugin, or raise its handler-timeout, then redrive")
    }

    /// The open transaction has settled the timer at this place. A record's note goes with the offset that moves past it.
    func forgive(_ timer: RecordPosition) { if !overruns.isEmpty { forgiven.append(timer) } }

    /// - Returns: false when the worker is leaving meanwhile.
    func pause(milliseconds: Int) -> Bool { watch?.pause(milliseconds: milliseconds) ?? true }
}

extension HandlerGuard: TransactionGuest {
    func transactionCommitted() {
        for place in forgiven {
            let key = PartitionKey(topic: place.topic, partition: place.partition)
            guard overruns[key]?.removeValue(forKey: place.offset) != nil else { continue }
            if overruns[key]?.isEmpty == true { overruns[key] = nil }
            // A note that stays counts against this timer alone, should it be set again for the same time.
            try? writer?.forgetOverruns(of: key, at: place.offset)
        }
        forgiven.removeAll()
    }

    func transactionFailed() { forgiven.removeAll() }
}

extension EventDispatcher {
    /// Hands the event to the plugin, again where it fails and may be tried again.
    ///
    /// - Throws: what the last attempt threw.
    func dispatch(
        _ event: Event, _ state: PartitionState, _ effects: Effects, _ changes: ChangeSet,
        store: () throws(LaneFailure) -> any StoreWriter
    ) throws -> EventOutcome {
        guard guarding.settings.attempts > 1 else {
            return try attempt(event, state, effects, changes, store: store)
        }
        let mark = effects.buffer.count
        var backoff = Backoff(first: guarding.settings.backoff, most: max(guarding.settings.backoff, 60_000))
        var left = guarding.settings.attempts
        while true {
            left -= 1
            let result = Result { try attempt(event, state, effects, changes, store: store) }
            guard case .failure(let error) = result, left > 0, isWorthAnother(error) else { return try result.get() }
            effects.rollback(toBytes: mark)
            guard guarding.pause(milliseconds: backoff.next()) else {
                throw StoreError(.retry, "the worker is leaving; the event is handled again at the next start")
            }
        }
    }

    /// A refusal is an answer, and a store that is away is no fault of the event's.
    private func isWorthAnother(_ error: any Error) -> Bool {
        !(error is Refusal || error is EnvelopeRefusal || error is StoreError || error is LaneFailure)
    }
}
