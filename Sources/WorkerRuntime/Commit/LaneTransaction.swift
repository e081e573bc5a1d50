import KafkaClient
import PluginKit
import ProjectionStore

/// Turns decoded batches into one SQL transaction of one plugin: rows, offsets, outbox, dead letters, dedupe and
/// counters, all or nothing (rule 17).
///
/// What it holds in memory is either the state of partitions as last committed, or of the open transaction alone; a
/// failure drops the latter, and the caller runs the same batches again (rule 14).
///
/// Threading: the lane's thread only.
final class LaneTransaction {
    private let writer: any StoreWriter
    private let dispatcher: EventDispatcher
    private let effects: Effects
    private var changes: ChangeSet
    private var open = OpenTransaction()
    private let settings: LaneSettings
    /// The newest Kafka timestamp met, and how many transactions there were: what the dedupe window is counted by.
    private var newestRecord: Int64 = 0
    private var transactions = 0

    /// The partitions this lane owns, as committed.
    private(set) var partitions: [PartitionKey: PartitionState] = [:]

    init(package: PluginPackage, writer: any StoreWriter, settings: LaneSettings, renderer: NoticeRenderer) {
        self.writer = writer
        self.settings = settings
        effects = Effects(tables: package.manifest.tables)
        changes = ChangeSet(tables: package.manifest.tables, buffer: effects.buffer)
        dispatcher = EventDispatcher(package: package, settings: settings, renderer: renderer)
    }

    func own(_ state: PartitionState) { partitions[state.key] = state }

    func disown(_ key: PartitionKey) { partitions[key] = nil }

    /// Applies the batches and moves their partitions on.
    ///
    /// - Returns: what was done. On failure nothing was.
    /// - Throws: `LaneFailure`.
    @discardableResult
    func commit(_ batches: some Sequence<DecodedBatch>, settlements: [OutboxResult] = []) throws(LaneFailure)
        -> CommitSummary
    {
        reset()
        do {
            try writer.begin()
            CrashPoint.reach(.transactionBegun)
            for batch in batches {
                for run in batch.runs { try take(run, of: batch) }
            }
            try finish(settlements)
            CrashPoint.reach(.beforeCommit)
            try writer.commit()
            CrashPoint.reach(.afterCommit)
        } catch {
            let failure = LaneFailure(error)
            writer.rollback()
            reset()
            throw failure
        }
        for (key, progress) in open.progress {
            partitions[key]?.nextOffset = progress.next
            partitions[key]?.last = progress.last
        }
        newestRecord = max(newestRecord, open.newestRecord)
        transactions += 1
        let summary = open.summary
        reset()
        return summary
    }

    /// Whether the store already holds what a lost answer to COMMIT left in doubt: each partition stands where
    /// `batches` would have brought it.
    func isCommitted(_ batches: some Sequence<DecodedBatch>) throws(StoreError) -> Bool {
        var wanted: [PartitionKey: Int64] = [:]
        for batch in batches {
            for run in batch.runs where partitions[run.partition] != nil {
                let next = (batch.records[run.records].last?.offset ?? -1) + 1
                wanted[run.partition] = max(wanted[run.partition] ?? 0, next)
            }
        }
        guard !wanted.isEmpty else { return false }
        var stored: [PartitionKey: PartitionState] = [:]
        for state in try writer.partitions() { stored[state.key] = state }
        guard wanted.allSatisfy({ stored[$0.key]?.nextOffset ?? 0 >= $0.value }) else { return false }
        for key in wanted.keys {
            if let state = stored[key] { partitions[key] = state }
        }
        return true
    }

    private func reset() {
        open = OpenTransaction()
        changes.removeAll()
        effects.removeAll()
    }

    // MARK: Records

    /// Records of one partition, in order.
    private func take(_ run: DecodedBatch.Run, of batch: DecodedBatch) throws {
        guard let state = partitions[run.partition] else { return }
        let erases = settings.peopleTopics.contains(run.partition.topic)
        let source = Source(partition: run.partition, state: state, erases: erases, batch: batch)
        var next = open.progress[run.partition]?.next ?? state.nextOffset
        var last: DecodedRecord?
        for record in batch.records[run.records] {
            // A record that was fetched twice, or before the lane moved on without it.
            guard record.offset >= next else { continue }
            next = record.offset + 1
            last = record
            open.summary.records += 1
            open.newestRecord = max(open.newestRecord, record.timestamp)
            switch record.content {
            case .notSubscribed: break
            case .event(let event, let fingerprint): try take(event, fingerprint, record, source)
            case .unknownType(let type): open.counts[StoreCounter.unknownType(type), default: 0] += 1
            case .tombstone: try tombstone(record, source)
            case .rejected(let event, let reason, let detail):
                try bury(record, source, event, Refusal(reason: reason, detail: detail), isEnvelope: false)
            case .refused(let reason, let detail):
                try bury(record, source, nil, Refusal(reason: reason, detail: detail), isEnvelope: true)
            }
        }
        if let last { open.progress[run.partition] = Progress(next: next, last: nil, batch: batch, index: last.index) }
    }

    private func take(
        _ event: Event, _ fingerprint: Fingerprint, _ record: DecodedRecord, _ source: Source
    ) throws {
        let content = Fingerprint(event.contentHash)
        if settings.dedupes {
            if let known = try open.applied[fingerprint] ?? writer.applied(fingerprint) {
                if known == content {
                    open.counts[StoreCounter.duplicates, default: 0] += 1
                } else {
                    try bury(
                        record, source, event,
                        Refusal(
                            reason: "id-reused",
                            detail: "an event with this source and id, but other content, was applied before: "
                                + "publish it under an id of its own"), isEnvelope: true)
                }
                return
            }
        }
        if source.erases, try writer.isErased(owner: String(event.key)) {
            open.counts[StoreCounter.erased, default: 0] += 1
            return
        }
        let mark = effects.buffer.count
        let outcome: EventOutcome
        do {
            outcome = try dispatcher.dispatch(event, source.state, effects, writer, &changes)
        } catch let error as StoreError {
            throw error
        } catch {
            effects.rollback(toBytes: mark)
            let refusal =
                error as? Refusal ?? Refusal(reason: "handler-failed", detail: String(describing: error))
            try bury(record, source, event, refusal, isEnvelope: false)
            return
        }
        for change in effects.changes { changes.add(change) }
        open.outbox.append(contentsOf: outcome.outbox)
        open.silences.append(contentsOf: outcome.silences)
        for timer in outcome.timers { try writer.change(timer) }
        if let retraction = outcome.retraction { try writer.retract(retraction) }
        if settings.dedupes {
            open.applied[fingerprint] = content
            open.appliedEvents.append(
                AppliedEvent(fingerprint: fingerprint, content: content, recordTime: record.timestamp))
        }
        open.summary.events += 1
    }

    /// On the topic of people a tombstone erases (rules 8 and 10); elsewhere it is counted and means nothing.
    private func tombstone(_ record: DecodedRecord, _ source: Source) throws {
        open.counts[StoreCounter.tombstones, default: 0] += 1
        guard source.erases,
            let key = source.batch.raw[record.index].withKey({ $0.map { String(decoding: $0, as: UTF8.self) } })
        else { return }
        try drain()
        try writer.erase(owner: key, at: UTCTime.now)
    }

    private func bury(
        _ record: DecodedRecord, _ source: Source, _ event: Event?, _ refusal: Refusal, isEnvelope: Bool
    ) throws {
        let raw = source.batch.raw[record.index]
        let letter = DeadLetterDraft(
            partition: source.partition, offset: record.offset, timestamp: record.timestamp,
            key: raw.withKey { $0.map { Array($0) } },
            headers: raw.headers.map { RecordHeader(name: $0.name, value: $0.value) },
            value: raw.withValue { $0.map { Array($0) } }, reason: refusal.reason, detail: refusal.detail,
            isEnvelope: isEnvelope, type: event.map { String($0.type) }, source: event.map { String($0.source) },
            id: event.map { String($0.id) },
            sequence: isEnvelope ? nil : event.flatMap { $0.hasKey ? String($0.sequenceKey) : nil },
            recorded: UTCTime.now)
        try writer.add(letter)
        open.summary.deadLetters += 1
    }

    // MARK: Finishing

    private func drain() throws(StoreError) {
        try changes.drain { table, changes throws(StoreError) in
            try writer.apply(table: table, changes: changes, bytes: effects.buffer)
        }
    }

    /// Writes what gathered. The offsets come last: a stale owner finds out there, and everything before is undone.
    private func finish(_ settlements: [OutboxResult]) throws {
        try drain()
        CrashPoint.reach(.rowsWritten)
        if !open.appliedEvents.isEmpty {
            try writer.recordApplied(open.appliedEvents)
            // Bounded work, now and then: what is older than the window by Kafka's clock is forgotten (rule 6).
            if transactions.isMultiple(of: 32) {
                try writer.forgetApplied(before: max(newestRecord, open.newestRecord) - settings.dedupeWindow)
            }
        }
        if !open.outbox.isEmpty {
            try writer.enqueue(open.outbox)
            open.summary.outbox = open.outbox.count
        }
        for silence in open.silences { try writer.addSilence(silence) }
        if !settlements.isEmpty { try writer.settleOutbox(settlements) }
        if !open.counts.isEmpty { try writer.count(open.counts) }
        for key in open.progress.keys {
            guard let state = partitions[key], var progress = open.progress[key] else { continue }
            progress.last = progress.fingerprint
            open.progress[key] = progress
            let moved = try writer.advance(
                key, expected: state.nextOffset, epoch: state.epoch, to: progress.next, last: progress.last)
            guard moved else { throw LaneFailure.fenced(key) }
        }
    }
}

/// What a transaction gathers until it is written.
private struct OpenTransaction {
    var progress: [PartitionKey: Progress] = [:]
    var counts: [String: Int64] = [:]
    var applied: [Fingerprint: Fingerprint] = [:]
    var appliedEvents: [AppliedEvent] = []
    var outbox: [OutboxDraft] = []
    var silences: [SilenceEntry] = []
    var newestRecord: Int64 = 0
    var summary = CommitSummary()
}

/// Where records that are being taken in come from.
private struct Source {
    let partition: PartitionKey
    let state: PartitionState
    /// A tombstone here erases its key (rule 10).
    let erases: Bool
    let batch: DecodedBatch
}

/// How far a transaction takes a partition.
private struct Progress {
    var next: Int64
    var last: RecordFingerprint?
    var batch: DecodedBatch
    var index: Int

    /// Of the last record alone: hashing every record for it would cost more than decoding.
    var fingerprint: RecordFingerprint { RecordFingerprint(batch.raw[index]) }
}

/// What a commit did.
struct CommitSummary: Sendable {
    var records = 0
    var events = 0
    var deadLetters = 0
    var outbox = 0
}

/// Why a transaction did not happen.
enum LaneFailure: Error {
    /// The store refused or is away; its code says whose fault it is.
    case store(StoreError)
    /// Another owner has moved the partition: stop it here (rule 17).
    case fenced(PartitionKey)

    init(_ error: any Error) {
        switch error {
        case let failure as LaneFailure: self = failure
        case let error as StoreError: self = .store(error)
        default: self = .store(StoreError(.unavailable, String(describing: error)))
        }
    }
}
