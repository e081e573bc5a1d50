import KafkaClient
import PluginKit
import ProjectionStore
import Threads

/// Turns decoded batches into SQL transactions of one plugin: rows, offsets, outbox, dead letters, dedupe and counters,
/// all or nothing (rule 17).
///
/// A transaction is *gathered* into a script; the lane's thread writes it (`commit`), or hands it to a second thread and
/// gathers the next one meanwhile (`handOver`). Whatever needs the store in the middle calls `inline`: from there to
/// the commit the transaction is the lane's thread's own.
///
/// What it holds in memory is the state of partitions as last committed, and what was gathered since; `drop` forgets the
/// latter, and the caller brings the same records again (rule 14).
///
/// Threading: the lane's thread only.
final class LaneTransaction {
    private let writer: any StoreWriter
    private let lookup: (any AppliedLookup)?
    private let thread: WriteThread
    let dispatcher: EventDispatcher
    let settings: LaneSettings
    private var unknownTypes: UnknownTypes
    /// What waits for an operator, and what waits behind that.
    let parking: Parking
    /// What is being gathered.
    private(set) var script: TransactionScript
    /// What is being written by the other thread.
    private var handed: TransactionScript?
    private var spare: TransactionScript
    /// Whether the gathered transaction is open on this thread.
    private(set) var isInline = false
    private var committed = CommitSummary()
    /// What to say about work after a commit that did not go well.
    private var checkpointFailure: StoreError?
    private var newestRecord: Int64 = 0
    private var transactions = 0
    private var guests: [any TransactionGuest] = []
    /// When timers are due.
    let timers = TimerEngine()
    private let journal: JournalKeeper?
    /// Messages of records below these offsets are held for the operator (rule 20).
    private var heldBelow: [PartitionKey: Int64] = [:]

    /// The partitions this lane owns, as committed.
    private(set) var partitions: [PartitionKey: PartitionState] = [:]
    /// The same as gathered: where the next record goes on.
    private var heads: [PartitionKey: PartitionState] = [:]

    init(
        package: PluginPackage, writer: any StoreWriter, settings: LaneSettings, renderer: NoticeRenderer,
        guarding: HandlerGuard
    ) throws(StoreError) {
        self.writer = writer
        self.settings = settings
        unknownTypes = try UnknownTypes(writer)
        lookup = settings.dedupes ? try writer.appliedLookup() : nil
        thread = WriteThread(plugin: package.manifest.name)
        let sorter = KeySort()
        script = TransactionScript(tables: package.manifest.tables, sorter: sorter)
        spare = TransactionScript(tables: package.manifest.tables, sorter: sorter)
        dispatcher = EventDispatcher(package: package, settings: settings, renderer: renderer, guarding: guarding)
        parking = Parking(settings.parking)
        guests = [timers, parking, guarding]
        journal = JournalKeeper(topics: settings.journaledTopics)
        script.latches = settings.latches
        spare.latches = settings.latches
        if let journal { guests.append(journal) }
        guests += PreparedAnswers.of(lookup)
    }

    /// Ends the second thread after what it has in hand. The writer stays open.
    func close() {
        thread.close()
        lookup?.close()
    }

    func own(_ state: PartitionState) {
        partitions[state.key] = state
        heads[state.key] = state
        timers.forget(state.key)
        parking.own(state.key)
    }

    /// Forgets a partition. Nothing of it may be gathered: commit or drop first.
    func disown(_ key: PartitionKey) {
        partitions[key] = nil
        heads[key] = nil
        timers.forget(key)
        parking.disown(key)
    }

    func holdMessages(_ restored: RestoredStore) { (heldBelow, timers.heldDue) = (restored.below, restored.due) }

    /// Has `guest` told of every commit and of every failure.
    func add(_ guest: any TransactionGuest) { guests.append(guest) }

    // MARK: What there is

    /// Records gathered and not handed over.
    var gathered: Int { script.summary.records }
    /// Nothing is gathered and nothing is being written.
    var isSettled: Bool { script.isEmpty && handed == nil && !isInline }
    var isWriting: Bool { handed != nil && !thread.isDone }
    var isFull: Bool {
        script.summary.records >= settings.maximumRecords || script.footprint >= settings.scriptBytes
            || script.changes.isFull
    }
    /// The next offset of each partition of which something is gathered or being written.
    var ahead: [PartitionKey: Int64] {
        heads.compactMapValues { state in
            state.nextOffset == partitions[state.key]?.nextOffset ? nil : state.nextOffset
        }
    }

    /// What was committed since it was last asked.
    func takeSummary() -> CommitSummary {
        defer { committed = CommitSummary() }
        return committed
    }

    func takeCheckpointFailure() -> StoreError? {
        defer { checkpointFailure = nil }
        return checkpointFailure
    }

    /// How many records before it is dealt with one is looked up.
    private static let ahead = 8
    /// How many batches are kept for the sake of their last records.
    private static let mostKeptBatches = 8
    /// To so many records of a partition the hash of the last one adds nothing to speak of.
    private static let recordsWorthHashing = 64

    // MARK: Transactions

    /// Takes the batch's records into the open transaction.
    func gather(_ batch: DecodedBatch) throws(LaneFailure) {
        do {
            try lookup?.prepare(batch)
            for run in batch.runs { try take(run, of: batch) }
            // What is kept counts against the budget of decoded batches: one that fills it would have to be waited for.
            let isLong = batch.records.count >= batch.runs.count * Self.recordsWorthHashing
            if isLong || script.progress.count > Self.mostKeptBatches { script.letGoOfBatches() }
        } catch {
            throw LaneFailure(error)
        }
    }

    /// Applies the batches, on this thread, and moves their partitions on. On failure nothing was done.
    func commit(_ batches: some Sequence<DecodedBatch>, settlements: [OutboxResult] = []) throws(LaneFailure) {
        do throws(LaneFailure) {
            for batch in batches { try gather(batch) }
            try commit(settlements: settlements)
        } catch {
            drop()
            throw error
        }
    }

    /// Commits what is gathered, on this thread.
    func commit(settlements: [OutboxResult] = []) throws(LaneFailure) {
        try settle()
        finish(settlements)
        guard isInline || !script.isEmpty else { return }
        if isInline {
            do {
                try script.write(to: writer)
                CrashPoint.reach(.beforeCommit)
                try writer.commit()
                CrashPoint.reach(.afterCommit)
            } catch {
                throw LaneFailure(error)
            }
            isInline = false
        } else {
            try script.commit(to: writer)
        }
        note(script)
        script.removeAll()
    }

    /// Gives what is gathered to the second thread, after the one before it is committed. One that is open on this
    /// thread is committed here.
    func handOver(settlements: [OutboxResult]) throws(LaneFailure) {
        if isInline { return try commit(settlements: settlements) }
        try settle()
        finish(settlements)
        guard !script.isEmpty else { return }
        do throws(OSThread.StartFailure) {
            try thread.start(script, writer)
        } catch {
            // Slower, and otherwise the same.
            return try commit()
        }
        handed = script
        script = spare
    }

    /// Waits until what the second thread has is committed.
    func settle() throws(LaneFailure) {
        guard let written = handed else { return }
        if thread.isInUse { checkpointFailure = try thread.wait().get() }
        handed = nil
        note(written)
        written.removeAll()
        spare = written
    }

    /// The writer, inside the open transaction, for what cannot wait until all is gathered: waits for the transaction
    /// before this one and begins. Row changes of earlier events may still wait in memory: see `writeRows`.
    func inline() throws(LaneFailure) -> any StoreWriter {
        if isInline { return writer }
        try settle()
        do throws(StoreError) {
            try writer.begin()
        } catch {
            throw .store(error)
        }
        isInline = true
        CrashPoint.reach(.transactionBegun)
        return writer
    }

    /// The writer, for reading between transactions: nothing may be gathered.
    func reader() throws(LaneFailure) -> any StoreWriter {
        try settle()
        return writer
    }

    /// Writes the row changes gathered so far into the open transaction, for what must see them or come after them.
    func writeRows() throws(LaneFailure) {
        let writer = try inline()
        do throws(StoreError) {
            try script.writeRows(to: writer)
        } catch {
            throw .store(error)
        }
        script.changes.removeAll()
    }

    /// Forgets everything that is not committed; what the second thread has in hand is waited for.
    ///
    /// - Returns: settlements of messages that were to be written: bring them again.
    @discardableResult
    func drop() -> [OutboxResult] {
        if thread.isInUse, case .success = thread.wait(), let handed { note(handed) }
        var settlements: [OutboxResult] = []
        if let handed {
            settlements = handed.settlements
            handed.removeAll()
            spare = handed
        }
        handed = nil
        settlements += script.settlements
        writer.rollback()
        isInline = false
        script.removeAll()
        heads = partitions
        for guest in guests { guest.transactionFailed() }
        return settlements
    }

    /// Asks the store where the partitions stand: after a lost answer to COMMIT it alone knows. Nothing may be gathered.
    ///
    /// - Throws: `.fenced` where another owner has claimed one meanwhile.
    func reload() throws(LaneFailure) {
        var stored: [PartitionKey: PartitionState] = [:]
        do throws(StoreError) {
            for state in try writer.partitions() { stored[state.key] = state }
        } catch {
            throw .store(error)
        }
        for (key, mine) in partitions {
            guard let state = stored[key], state.epoch == mine.epoch else { throw .fenced(key) }
            own(state)
        }
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
        // Under our own epoch: what another owner did is not ours to go on from.
        let isReached = wanted.allSatisfy { key, next in
            guard let state = stored[key], state.epoch == partitions[key]?.epoch else { return false }
            return state.nextOffset >= next
        }
        guard isReached else { return false }
        for key in wanted.keys {
            if let state = stored[key] { own(state) }
        }
        return true
    }

    /// The last touches before the script is written.
    private func finish(_ settlements: [OutboxResult]) {
        script.settlements += settlements
        script.summary.outbox = script.outbox.count
        newestRecord = max(newestRecord, script.newestRecord)
        // Bounded work, now and then: what is older than the window by Kafka's clock is forgotten (rule 6).
        if !script.applied.events.isEmpty {
            if transactions.isMultiple(of: 32) { script.forgetBefore = newestRecord - settings.dedupeWindow }
            transactions += 1
            // A look-up that fails says so at the next event.
            try? lookup?.advance(script.applied.events.count)
        }
        script.seal()
    }

    private func note(_ script: TransactionScript) {
        for (key, progress) in script.progress {
            partitions[key]?.nextOffset = progress.next
            if let last = progress.last { partitions[key]?.last = last }
            script.summary.partitions.insert(key)
        }
        committed += script.summary
        for guest in guests { guest.transactionCommitted() }
    }

    // MARK: Records

    /// Records of one partition, in order.
    private func take(_ run: DecodedBatch.Run, of batch: DecodedBatch) throws {
        guard var state = heads[run.partition], !parking.isPaused(run.partition) else { return }
        if parking.isActive { try parking.read(run.partition) { () throws(LaneFailure) in try inline() } }
        let source = RecordSource(
            partition: run.partition, state: state, erases: settings.peopleTopics.contains(run.partition.topic),
            batch: batch)
        let alarm = try timers.alarm(of: run.partition) ?? timers.load(run.partition, from: inline())
        dispatcher.guarding.hold(batch)
        defer { dispatcher.guarding.hold(nil) }
        if let journal, journal.keeps(run.partition.topic) {
            try journal.take(run, of: batch, from: state.nextOffset, try inline())
        }
        let held = heldBelow.isEmpty ? Int64.min : heldBelow[run.partition] ?? .min
        var last: Int?
        var newest = script.newestRecord
        var taken = 0
        for place in run.records {
            let record = batch.records[place]
            if settings.dedupes, place + Self.ahead < run.records.upperBound,
                case .event(_, let fingerprint) = batch.records[place + Self.ahead].content
            {
                script.applied.ask(for: fingerprint)
            }
            // A record that was fetched twice, or before the lane moved on without it.
            guard record.offset >= state.nextOffset else { continue }
            let said = script.outbox.count
            defer { if record.offset < held { script.hold(from: said) } }
            if alarm.mayPrecede(record.timestamp, record.offset) {
                let place = LogPlace(after: state.nextOffset - 1, next: record.offset)
                try fireTimers(of: run.partition, by: record.timestamp, at: place)
            }
            // Too much is parked: this record and those behind it are left for later.
            guard try take(record, source) else { break }
            state.nextOffset = record.offset + 1
            last = record.index
            taken += 1
            newest = max(newest, record.timestamp)
        }
        guard let last else {
            // Timers may have fired before a record that found no room.
            if isInline { standStill(source.state) }
            return
        }
        script.summary.records += taken
        script.newestRecord = newest
        heads[run.partition] = state
        let first = script.progress[run.partition]?.expected ?? source.state.nextOffset
        script.progress[run.partition] = TransactionScript.Progress(
            expected: first, epoch: state.epoch, next: state.nextOffset, last: nil, source: (batch, last))
        CrashPoint.reach(.recordsTaken)
    }

    /// - Returns: false where there is no room to park what the record asks to be parked.
    private func take(_ record: DecodedRecord, _ source: RecordSource) throws -> Bool {
        switch record.content {
        case .notSubscribed: return true
        case .event(let event, let fingerprint):
            switch try apply(event, fingerprint, record.timestamp, source.state, erases: source.erases) {
            case .applied, .skipped: return true
            case .behind(let sequence): return try park(record, source, event, sequence)
            case .refused(let refusal, let isEnvelope):
                return try bury(record, source, event, refusal, isEnvelope: isEnvelope)
            }
        case .unknownType(let type):
            script.counts[unknownTypes.counter(type), default: 0] += 1
            return true
        case .tombstone:
            try tombstone(record, source)
            return true
        case .rejected(let event, let reason, let detail):
            return try bury(record, source, event, Refusal(reason: reason, detail: detail), isEnvelope: false)
        case .refused(let reason, let detail):
            return try bury(record, source, nil, Refusal(reason: reason, detail: detail), isEnvelope: true)
        }
    }

    /// Handles an event and takes what it causes into the transaction.
    ///
    /// - Parameter replays: it comes out of parking: no parked sequence stands in its way.
    /// - Throws: `LaneFailure`, `StoreError`.
    func apply(
        _ event: Event, _ fingerprint: Fingerprint, _ recordTime: Int64, _ state: PartitionState, erases: Bool,
        replays: Bool = false
    ) throws -> EventFate {
        let content = Fingerprint(event.contentHash)
        if settings.dedupes, Guarantee.dedupe.holds, let known = try known(fingerprint) {
            if try known == content || isFormerContent(event, content) {
                script.counts[StoreCounter.duplicates, default: 0] += 1
                return .skipped
            }
            return .refused(
                Refusal(
                    reason: "id-reused",
                    detail: "an event with this source and id, but other content, was applied before: publish it under "
                        + "an id of its own"), isEnvelope: true)
        }
        if erases, try inline().isErased(owner: String(event.key)) {
            script.counts[StoreCounter.erased, default: 0] += 1
            return .skipped
        }
        if !replays, parking.isActive, let sequence = parking.holds(event, in: state.key),
            !dispatcher.isRetractionOnly(event)
        {
            return .behind(sequence)
        }
        let effects = script.effects
        let mark = effects.buffer.count
        let outcome: EventOutcome
        do {
            // What is redriven is meant to be tried again, whatever happened to it before.
            if !replays { try dispatcher.guarding.check(event.position) }
            outcome = try dispatcher.dispatch(event, state, effects, script.changes) {
                () throws(LaneFailure) in try inline()
            }
        } catch let error as StoreError {
            throw error
        } catch let error as LaneFailure {
            throw error
        } catch {
            effects.rollback(toBytes: mark)
            return EventFate(refusing: error)
        }
        script.changes.add(effects.changes)
        if !outcome.isEmpty { try take(outcome) }
        if settings.dedupes {
            lookup?.note(fingerprint)
            script.applied.insert(
                AppliedEvent(fingerprint: fingerprint, content: content, recordTime: recordTime))
        }
        script.summary.events += 1
        return .applied
    }

    /// The content under which the event was applied: in this transaction, in the one being written, or before.
    private func known(_ fingerprint: Fingerprint) throws -> Fingerprint? {
        if let known = script.applied.content(of: fingerprint) ?? handed?.applied.content(of: fingerprint) {
            return known
        }
        guard let lookup else { return try inline().applied(fingerprint) }
        return try lookup.applied(fingerprint)
    }

    /// On the topic of people a tombstone erases (rules 8 and 10); elsewhere it is counted and means nothing.
    private func tombstone(_ record: DecodedRecord, _ source: RecordSource) throws {
        script.counts[StoreCounter.tombstones, default: 0] += 1
        guard source.erases,
            let key = source.batch.raw[record.index].withKey({ $0.map { String(decoding: $0, as: UTF8.self) } })
        else { return }
        try writeRows()
        try writer.erase(owner: key, at: UTCTime.now)
        parking.readAgain()
    }
}
