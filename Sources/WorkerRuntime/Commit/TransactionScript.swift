import KafkaClient
import PluginKit
import ProjectionStore

/// Everything that a transaction is to write, gathered from events before the store is asked for anything.
///
/// Writing it changes nothing in it, and depends on nothing but the store. One thread at a time: the lane's while it
/// gathers, then whichever writes it.
final class TransactionScript {
    let effects: Effects
    let changes: ChangeSet
    /// How far it takes each partition.
    var progress: [PartitionKey: Progress] = [:]
    var counts: [String: Int64] = [:]
    let applied = AppliedSet()
    var outbox: [OutboxDraft] = []
    /// Ids of messages that are held for the operator as soon as they are in the outbox.
    private var held: [String] = []
    /// Whether messages are never to be sent, because the store is not live.
    var latches = false
    var silences: [SilenceEntry] = []
    var settlements: [OutboxResult] = []
    /// Applied events older than this are forgotten, some at a time (rule 6); nil leaves it to another transaction.
    var forgetBefore: Int64?
    var newestRecord: Int64 = 0
    var summary = CommitSummary()

    /// How far a transaction takes a partition.
    struct Progress {
        let expected: Int64
        let epoch: Int64
        var next: Int64
        var last: RecordFingerprint?
        /// Where the last record lies until its fingerprint is taken: hashing every record for it would cost more
        /// than decoding.
        var source: (batch: DecodedBatch, index: Int)?
    }

    /// - Parameter sorter: shared by the scripts of a lane.
    init(tables: [TableDefinition], sorter: KeySort) {
        effects = Effects(tables: tables)
        changes = ChangeSet(tables: tables, buffer: effects.buffer, sorter: sorter)
    }

    var isEmpty: Bool { progress.isEmpty && settlements.isEmpty }

    /// What it holds in memory, in bytes, about.
    var footprint: Int { effects.buffer.count + changes.footprint + applied.footprint + outbox.count * 512 }

    /// Says that nothing more comes: what still points into batches is taken out, so that they can go.
    func seal() {
        letGoOfBatches()
        effects.release()
        changes.sort()
    }

    /// Takes out what points into batches. With many partitions each last record would keep a batch of its own.
    func letGoOfBatches() {
        for (key, mine) in progress {
            guard let (batch, index) = mine.source else { continue }
            progress[key]?.last = RecordFingerprint(batch.raw[index])
            progress[key]?.source = nil
        }
    }

    func removeAll() {
        effects.removeAll()
        changes.removeAll()
        progress.removeAll(keepingCapacity: true)
        counts.removeAll()
        applied.removeAll()
        outbox.removeAll()
        held.removeAll()
        silences.removeAll()
        settlements.removeAll()
        forgetBefore = nil
        newestRecord = 0
        summary = CommitSummary()
    }

    /// Holds the messages from this place in the outbox on.
    func hold(from place: Int) { held += outbox[place...].map(\.id) }

    // MARK: Writing

    /// A transaction of its own. On failure nothing was written, unless the store cannot tell (`StoreWriter.commit`).
    func commit(to writer: any StoreWriter) throws(LaneFailure) {
        do {
            try writer.begin()
            CrashPoint.reach(.transactionBegun)
            try write(to: writer)
            CrashPoint.reach(.beforeCommit)
            try writer.commit()
            CrashPoint.reach(.afterCommit)
        } catch {
            writer.rollback()
            throw LaneFailure(error)
        }
    }

    /// Writes all of it into the open transaction. The offsets come last: a stale owner finds out there, and everything
    /// before is undone.
    func write(to writer: any StoreWriter) throws {
        try writeRows(to: writer)
        CrashPoint.reach(.rowsWritten)
        if !applied.events.isEmpty { try writer.recordApplied(applied.events) }
        if let forgetBefore { try writer.forgetApplied(before: forgetBefore) }
        if !outbox.isEmpty {
            try writer.enqueue(outbox)
            if !held.isEmpty { try writer.holdMessages(held, reason: CarriedReason.restored) }
            if latches { try writer.latchOutbox() }
        }
        for silence in silences { try writer.addSilence(silence) }
        if !settlements.isEmpty { try writer.settleOutbox(settlements) }
        if !counts.isEmpty { try writer.count(counts) }
        for (key, mine) in progress {
            // A trial may have it taken out: then the partition is moved on from wherever it is, and never back.
            let found = Guarantee.compareAndSwap.holds ? nil : try writer.partitions().first { $0.key == key }
            let moved = try writer.advance(
                key, expected: found?.nextOffset ?? mine.expected, epoch: found?.epoch ?? mine.epoch,
                to: max(mine.next, found?.nextOffset ?? mine.next), last: mine.last)
            guard moved else { throw LaneFailure.fenced(key) }
        }
    }

    func writeRows(to writer: any StoreWriter) throws(StoreError) {
        try changes.forEachTable { table, changes throws(StoreError) in
            try writer.apply(table: table, changes: changes, bytes: effects.buffer)
        }
    }
}

/// What commits did.
struct CommitSummary: Sendable {
    var records = 0
    var events = 0
    var deadLetters = 0
    var parked = 0
    var outbox = 0
    var partitions: Set<PartitionKey> = []

    static func += (sum: inout CommitSummary, other: CommitSummary) {
        sum.records += other.records
        sum.events += other.events
        sum.deadLetters += other.deadLetters
        sum.parked += other.parked
        sum.outbox += other.outbox
        sum.partitions.formUnion(other.partitions)
    }
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
