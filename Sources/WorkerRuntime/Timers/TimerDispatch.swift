import PluginKit
import ProjectionStore

extension EventDispatcher {
    /// Hands a timer that is due to the plugin; row changes stay in `effects`, everything else comes back.
    ///
    /// - Throws: `StoreError` where the store failed; anything else is the timer's or the plugin's fault.
    func fire(
        _ timer: TimerDraft, _ effects: Effects, _ writer: any StoreWriter, _ changes: ChangeSet,
        _ occasion: FiringOccasion
    ) throws -> EventOutcome {
        let fired = FiredTimer(timer)
        let place = timer.place
        // What is redriven is meant to be tried again, whatever happened to it before.
        if !occasion.isRedriven { try guarding.check(place) }
        effects.begin(fired)
        var reads = ReadSet()
        try guarding.watching(place) { try package.plugin.reads(fired, &reads) }
        let rows = TransactionRows(tables: package.manifest.tables, owner: fired.key)
        try rows.fetch(reads.reads, from: writer, changes: changes, buffer: effects.buffer)
        try guarding.watching(place) { try package.plugin.fire(fired, Rows(rows), effects) }
        var outcome = EventOutcome()
        for change in effects.timers { outcome.timers.append(try TimerDraft(change, setBy: timer, occasion.now)) }
        try collect(Cause(timer, fired), effects, occasion.now, &outcome)
        return outcome
    }
}

extension FiredTimer {
    init(_ timer: TimerDraft) {
        self.init(
            key: Text(timer.owner), name: timer.name, due: UTCTime.text(timer.due ?? 0), payload: timer.payload,
            source: timer.source, id: timer.id)
    }
}

extension TimerDraft {
    /// What a handler that hangs at this timer is known by, as others are by the offset of their record: below every
    /// offset, and the same in every process.
    var place: RecordPosition {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(owner)\0\(name)\0\(due ?? 0)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return RecordPosition(
            topic: partition.topic, partition: partition.partition, offset: -2 - Int64(hash >> 2), timestamp: due ?? -1)
    }

    /// What an event's handler says of a timer.
    ///
    /// - Parameters:
    ///   - silence: why the event is silent; nil where it is not. It counts where the timer is due already.
    ///   - now: the wall clock, milliseconds since 1970.
    /// - Throws: `EffectMisuse` when the due time is no RFC 3339 time.
    init(_ change: TimerChange, _ event: Event, silence: Silence?, _ now: Int64) throws {
        let parts = try TimerParts(change)
        self.init(
            owner: String(event.key), name: parts.name, due: parts.due, payload: parts.payload,
            sequence: event.hasKey ? String(event.sequenceKey) : nil, source: String(event.source),
            id: String(event.id), type: String(event.type), hops: event.hops,
            silence: parts.due.map { $0 <= now } == true ? silence?.rawValue : nil,
            partition: PartitionKey(topic: event.position.topic, partition: event.position.partition))
    }

    /// What a firing says of a timer: it belongs to the same event, so that taking that back ends the whole chain.
    ///
    /// - Throws: `EffectMisuse` when the due time is no RFC 3339 time, or not after the firing timer's own: a timer that
    ///   sets itself for the same moment would never let anything else happen.
    init(_ change: TimerChange, setBy timer: TimerDraft, _ now: Int64) throws {
        let parts = try TimerParts(change)
        if let due = parts.due, due <= timer.due ?? 0 {
            throw EffectMisuse(
                "the firing of timer \(timer.name), due at \(UTCTime.text(timer.due ?? 0)), sets timer \(parts.name) for "
                    + "\(UTCTime.text(due)): what a firing sets has to be due later than the timer that fires")
        }
        self.init(
            owner: timer.owner, name: parts.name, due: parts.due, payload: parts.payload, sequence: timer.sequence,
            source: timer.source, id: timer.id, type: timer.type, hops: timer.hops,
            silence: parts.due.map { $0 <= now } == true ? timer.silence : nil, partition: timer.partition)
    }
}

private struct TimerParts {
    let name: String
    let due: Int64?
    let payload: String

    init(_ change: TimerChange) throws {
        switch change {
        case .set(let name, let text, let payload):
            guard let time = UTCTime.milliseconds(text) else {
                throw EffectMisuse("the timer \(name) is due at \(text), which is no RFC 3339 time")
            }
            (self.name, due, self.payload) = (name, time, payload)
        case .cancel(let name): (self.name, due, payload) = (name, nil, "")
        }
    }
}
