import EventCatalogue
import Hashing
import PluginKit
import ProjectionStore
import Threads

/// Does one `DeadLetterCommand` in bounded steps, each a transaction of its own with the compare-and-swap of the
/// partitions concerned, so that live traffic goes on between them (rules 23 and 29).
///
/// First the letters that were named are looked at; then the sequences to be replayed, each from its first open entry in
/// order, until it is empty or an entry fails again. What arrives meanwhile for such a sequence parks behind, and is
/// replayed as well. Every step asks the store what is still open, so that a second caller, or the same one after a
/// crash, finds done what is done and goes on with the rest.
///
/// The lane's thread only, between its transactions: nothing may be gathered.
final class DeadLetterRepair {
    private let command: DeadLetterCommand
    private let engine: LaneTransaction
    private let replay: SequenceReplay
    private var plan: RepairPlan
    private var isReplaying = false
    /// A row was refused: rows are written after each entry, to see whose it is.
    private var isCareful = false

    /// What one step takes at most, whichever comes first.
    private static let mostEntries = 500
    private static let mostTime: Int64 = 50_000_000
    private static let mostTrialTime: Int64 = 1_000_000_000

    /// - Parameter stage: decodes what the store kept.
    init(_ command: DeadLetterCommand, _ engine: LaneTransaction, _ stage: DecodeStage) {
        self.command = command
        self.engine = engine
        replay = SequenceReplay(command, engine, stage)
        plan = RepairPlan(letters: Set(command.letters).sorted())
    }

    /// Goes on with sequences whose replay was interrupted.
    convenience init(released: [ParkedSequence], _ engine: LaneTransaction, _ stage: DecodeStage) {
        let command = DeadLetterCommand(
            action: .redrive, letters: [], actor: "diwan", reason: "the replay of this sequence was interrupted",
            at: UTCTime.now)
        self.init(command, engine, stage)
        for sequence in released { plan.enqueue(ReplayedSequence(sequence.partition, sequence.id), isAsked: false) }
    }

    deinit { if isReplaying { engine.parking.endReplay(isAbandoned: !command.isDryRun) } }

    /// One step. After a failure nothing of it happened, and it may be called again.
    ///
    /// - Throws: `LaneFailure`; a row that a table refuses is an entry's failure and does not come out here.
    func step() throws(LaneFailure) -> DeadLetterOutcome {
        guard engine.isSettled else {
            throw .store(StoreError(.retry, "the lane is in the middle of a transaction: ask again"))
        }
        if !isReplaying {
            isReplaying = true
            engine.parking.beginReplay()
        }
        replay.refused = [:]
        while true {
            let failure: LaneFailure
            switch attempt() {
            case .success(let (plan, outcome)):
                isCareful = false
                guard !command.isDryRun else { return finished(outcome) }
                self.plan = plan
                return outcome.isFinished ? finished(outcome) : outcome
            case .failure(let reason): failure = reason
            }
            guard case .store(let error) = failure, error.code == .constraint else { throw failure }
            if isCareful {
                guard let last = replay.last, replay.refused[last] == nil else { throw failure }
                replay.refused[last] = error.message
            }
            isCareful = true
        }
    }

    private func finished(_ outcome: DeadLetterOutcome) -> DeadLetterOutcome {
        if isReplaying {
            isReplaying = false
            engine.parking.endReplay()
        }
        var outcome = outcome
        outcome.isFinished = true
        return outcome
    }

    private func attempt() -> Result<(RepairPlan, DeadLetterOutcome), LaneFailure> {
        var trial = plan
        var outcome = DeadLetterOutcome()
        do {
            try run(&trial, &outcome)
        } catch {
            engine.script.changes.willApply = nil
            engine.drop()
            return .failure(LaneFailure(error))
        }
        return .success((trial, outcome))
    }

    private func run(_ plan: inout RepairPlan, _ outcome: inout DeadLetterOutcome) throws {
        let writer = try engine.inline()
        guard command.isDryRun else {
            try work(&plan, &outcome, writer, until: MonotonicClock.now + Self.mostTime)
            CrashPoint.reach(.redriveWritten)
            try engine.commit()
            CrashPoint.reach(.redriveCommitted)
            return
        }
        let script = engine.script
        let differences = RowDifferences(
            tables: writer.tables, writer: writer, buffer: script.effects.buffer)
        script.changes.willApply = { table, changes throws(StoreError) in try differences.note(table, changes) }
        defer { script.changes.willApply = nil }
        try work(&plan, &outcome, writer, until: MonotonicClock.now + Self.mostTrialTime)
        try engine.writeRows()
        outcome.rows = try differences.found()
        outcome.messages = script.outbox.map {
            DeadLetterOutcome.Message(
                id: $0.id, destination: $0.destination, kind: $0.kind.rawValue, key: $0.key, payload: $0.payload)
        }
        engine.drop()
    }

    private func work(
        _ plan: inout RepairPlan, _ outcome: inout DeadLetterOutcome, _ writer: any StoreWriter, until deadline: Int64
    ) throws {
        var handled = 0
        // However slow the machine is, a step comes on by one.
        func mayGoOn() -> Bool { handled == 0 || (handled < Self.mostEntries && MonotonicClock.now < deadline) }
        // All of them first: what is named is discarded or edited before anything is replayed.
        while mayGoOn(), let number = plan.nextLetter() {
            handled += 1
            try replay.look(at: number, &plan, &outcome, writer)
        }
        while plan.areLettersDone, let sequence = plan.sequences.first {
            guard mayGoOn() else { break }
            let entries = try replay.entries(of: sequence, most: Self.mostEntries - handled, writer)
            guard let head = entries.first, plan.isAsked(sequence) || head.state == .parked else {
                plan.finish(sequence)
                continue
            }
            for entry in entries {
                guard mayGoOn() else { break }
                handled += 1
                let goesOn = try replay.take(entry, of: sequence, &plan, &outcome, writer)
                plan.begin(sequence)
                if isCareful {
                    try engine.writeRows()
                    // An answer is waited for: only then is it known what the store says to the rows.
                    _ = try writer.deadLetter(entry.number)
                }
                if !goesOn {
                    replay.block(after: entry, of: sequence, plan, &outcome)
                    plan.finish(sequence)
                    break
                }
            }
        }
        outcome.isFinished = plan.areLettersDone && plan.sequences.isEmpty
        outcome.remaining =
            plan.lettersLeft
            + plan.concerned.reduce(0) { $0 + engine.parking.count($1.id, in: $1.partition) }
    }
}

/// A parked sequence that is replayed.
struct ReplayedSequence: Hashable {
    let partition: PartitionKey
    let id: Fingerprint

    init(_ partition: PartitionKey, _ id: Fingerprint) {
        self.partition = partition
        self.id = id
    }
}

/// What a command has still to do.
struct RepairPlan {
    private let letters: [Int64]
    private var next = 0
    /// To be replayed, one after the other.
    private(set) var sequences: [ReplayedSequence] = []
    /// All that were ever to be replayed.
    private(set) var concerned: Set<ReplayedSequence> = []
    /// Those whose first entry is tried even if it is dead. Others are only replayed where nothing stands before them.
    private var asked: Set<ReplayedSequence> = []
    /// The open letters that were named, by sequence.
    private(set) var named: [ReplayedSequence: [Int64]] = [:]

    init(letters: [Int64]) { self.letters = letters }

    var lettersLeft: Int { letters.count - next }
    var areLettersDone: Bool { next == letters.count }

    mutating func nextLetter() -> Int64? {
        guard next < letters.count else { return nil }
        defer { next += 1 }
        return letters[next]
    }

    mutating func enqueue(_ sequence: ReplayedSequence, isAsked: Bool, letter: Int64? = nil) {
        if concerned.insert(sequence).inserted { sequences.append(sequence) }
        if isAsked { asked.insert(sequence) }
        if let letter { named[sequence, default: []].append(letter) }
    }

    func isAsked(_ sequence: ReplayedSequence) -> Bool { asked.contains(sequence) }

    /// Its first entry was tried: from here on only what is parked follows.
    mutating func begin(_ sequence: ReplayedSequence) { asked.remove(sequence) }

    mutating func finish(_ sequence: ReplayedSequence) { sequences.removeAll { $0 == sequence } }
}
