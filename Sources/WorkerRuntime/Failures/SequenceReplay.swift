import EventCatalogue
import Hashing
import PluginKit
import ProjectionStore

/// Handles open entries again, one by one, inside a repair's open transaction: what each becomes, in the store, in the
/// audit and in the outcome.
final class SequenceReplay {
    private let command: DeadLetterCommand
    private let engine: LaneTransaction
    private let stage: DecodeStage
    /// The entry that was handled last.
    private(set) var last: Int64?
    /// Entries whose rows a table refused, with what it said: they are not handled in this step but fail.
    var refused: [Int64: String] = [:]

    init(_ command: DeadLetterCommand, _ engine: LaneTransaction, _ stage: DecodeStage) {
        self.command = command
        self.engine = engine
        self.stage = stage
    }

    // MARK: Letters that were named

    func look(
        at number: Int64, _ plan: inout RepairPlan, _ outcome: inout DeadLetterOutcome, _ writer: any StoreWriter
    ) throws {
        guard let letter = try writer.deadLetter(number) else {
            outcome.letters.append(.init(number: number, state: .notFound, attempts: 0))
            return
        }
        let partition = letter.content.partition
        guard engine.partitions[partition] != nil else {
            outcome.add(letter, .notOwned)
            return
        }
        try confirm(partition, writer)
        let sequence = letter.content.sequenceID.map { ReplayedSequence(partition, $0) }
        guard letter.state.isOpen else {
            outcome.add(letter, .settled)
            // Its replay may have been interrupted: what is parked behind it goes on.
            if let sequence { plan.enqueue(sequence, isAsked: false) }
            return
        }
        switch command.action {
        case .redrive: break
        case .discard:
            try discard(letter, writer)
            outcome.add(letter, .discarded)
            if let sequence { plan.enqueue(sequence, isAsked: false) }
            return
        case .edit:
            if let problem = try edit(letter, writer) {
                outcome.letters.append(
                    .init(
                        number: number, state: .failedAgain, attempts: letter.attempts, reason: problem.reason,
                        detail: problem.detail))
                return
            }
            outcome.add(letter, .edited)
        }
        if let sequence {
            plan.enqueue(sequence, isAsked: true, letter: number)
        } else if let edited = try writer.deadLetter(number) {
            _ = try take(edited, of: nil, &plan, &outcome, writer)
        }
    }

    private func discard(_ letter: DeadLetter, _ writer: any StoreWriter) throws {
        if letter.content.kind == .timer { try engine.discardTimer(letter) }
        try leave(letter, as: .discarded, writer)
        try audit(letter, "discard", "\(letter.content.reason): \(letter.content.detail)", writer)
    }

    /// - Returns: why nothing was changed.
    private func edit(_ letter: DeadLetter, _ writer: any StoreWriter) throws -> Refusal? {
        guard letter.content.kind == .event else {
            return Refusal(reason: "not-editable", detail: "a timer has no value: redrive or discard it")
        }
        guard command.letters.count == 1, let replacement = command.replacement else {
            return Refusal(reason: "not-editable", detail: "an edit takes one letter and its new value")
        }
        let value = Array(replacement.utf8)
        // Done before, and then a crash: only the redrive is left.
        guard letter.content.value != value else { return nil }
        var original: Fingerprint?
        if case .event(let event, _) = stage.decode(letter.content, into: EventDecoder.makeArena()) {
            original = Fingerprint(event.contentHash)
        }
        try writer.replaceValue(of: letter.number, by: value, original: original)
        let hash = (letter.content.value ?? []).withUnsafeBytes { ContentHash(words: SHA256.hash($0).words).hex }
        try audit(letter, "edit", "the value before had the SHA-256 \(hash)", writer)
        return nil
    }

    // MARK: Entries of a sequence

    /// The next open entries; as many at a time as fit into memory whatever their size.
    func entries(of sequence: ReplayedSequence, most: Int, _ writer: any StoreWriter) throws -> [DeadLetter] {
        guard engine.partitions[sequence.partition] != nil else { return [] }
        try confirm(sequence.partition, writer)
        return try writer.openEntries(
            of: sequence.id, in: sequence.partition, after: 0, limit: min(most, engine.settings.replayedAtOnce))
    }

    /// Says of named letters behind one that failed again that they wait for it.
    func block(
        after entry: DeadLetter, of sequence: ReplayedSequence, _ plan: RepairPlan, _ outcome: inout DeadLetterOutcome
    ) {
        for number in plan.named[sequence] ?? [] where number > entry.number {
            outcome.letters.append(
                .init(
                    number: number, state: .blocked, attempts: 0, reason: "blocked",
                    detail: "dead letter \(entry.number) before it in its sequence failed again"))
        }
    }

    /// Handles an entry again.
    ///
    /// - Parameter sequence: which it is replayed with; nil for what parks nothing.
    /// - Returns: false where it stands in the way of those behind it.
    func take(
        _ letter: DeadLetter, of sequence: ReplayedSequence?, _ plan: inout RepairPlan,
        _ outcome: inout DeadLetterOutcome, _ writer: any StoreWriter
    ) throws -> Bool {
        last = letter.number
        if let message = refused[letter.number] {
            return try fail(letter, Refusal(reason: "row-refused", detail: message), nil, sequence, &outcome, writer)
        }
        if letter.content.kind == .timer {
            switch try engine.redriveTimer(letter) {
            case .applied, .skipped, .behind: return try succeed(letter, &outcome, writer)
            case .refused(let refusal, _): return try fail(letter, refusal, nil, sequence, &outcome, writer)
            }
        }
        switch stage.decode(letter.content, into: EventDecoder.makeArena()) {
        // Nothing that the plugin handles: then nothing is left to do.
        case .notSubscribed, .tombstone: return try succeed(letter, &outcome, writer)
        case .unknownType(let type):
            engine.script.counts[StoreCounter.unknownType(type), default: 0] += 1
            return try succeed(letter, &outcome, writer)
        case .refused(let reason, let detail), .rejected(_, let reason, let detail):
            return try fail(letter, Refusal(reason: reason, detail: detail), nil, sequence, &outcome, writer)
        case .event(let event, let fingerprint):
            return try handle(letter, event, fingerprint, sequence, &plan, &outcome, writer)
        }
    }

    private func handle(
        _ letter: DeadLetter, _ event: Event, _ fingerprint: Fingerprint, _ sequence: ReplayedSequence?,
        _ plan: inout RepairPlan, _ outcome: inout DeadLetterOutcome, _ writer: any StoreWriter
    ) throws -> Bool {
        let partition = letter.content.partition
        guard let state = engine.partitions[partition] else { return false }
        let own = engine.parking.sequence(of: event)
        // What was no event when it came, or was edited, may belong to another sequence than it is kept with.
        if own.fingerprint != letter.content.sequenceID, let name = own.name,
            let head = try writer.openEntries(of: own.fingerprint, in: partition, after: 0, limit: 1).first,
            head.number < letter.number
        {
            leaveSequence(letter)
            try writer.park(letter.number, in: name, own.fingerprint)
            engine.parking.add(own.fingerprint, in: partition)
            outcome.add(
                letter, .blocked,
                Refusal(reason: "parked", detail: "it belongs behind dead letter \(head.number), and is parked there"))
            return true
        }
        let fate = try engine.apply(
            event, fingerprint, letter.content.timestamp, state,
            erases: engine.settings.peopleTopics.contains(partition.topic), replays: true)
        switch fate {
        case .applied, .skipped, .behind: return try succeed(letter, &outcome, writer)
        case .refused(let refusal, let isEnvelope):
            let goesOn = try fail(letter, refusal, (event, own, isEnvelope), sequence, &outcome, writer)
            return goesOn
        }
    }

    /// Only the partition's owner changes what is kept of it (rule 23): the transaction checks that, although it moves
    /// the partition nowhere.
    private func confirm(_ partition: PartitionKey, _ writer: any StoreWriter) throws {
        if let state = engine.partitions[partition] { engine.standStill(state) }
        try engine.parking.read(partition) { writer }
    }

    // MARK: What became of it

    private func succeed(_ letter: DeadLetter, _ outcome: inout DeadLetterOutcome, _ writer: any StoreWriter) throws
        -> Bool
    {
        try leave(letter, as: .redriven, writer)
        try audit(letter, "redrive", "", writer)
        outcome.add(letter, .redriven)
        return true
    }

    private func fail(
        _ letter: DeadLetter, _ refusal: Refusal, _ read: (event: Event, sequence: SequenceID, isEnvelope: Bool)?,
        _ sequence: ReplayedSequence?, _ outcome: inout DeadLetterOutcome, _ writer: any StoreWriter
    ) throws -> Bool {
        // What could not be read stays in the sequence it is in: what is behind it still waits for it.
        let parks = read.map { !$0.isEnvelope } ?? (letter.content.sequenceID != nil)
        let belongs = parks ? read?.sequence : nil
        if !parks || (belongs.map { $0.fingerprint != letter.content.sequenceID } ?? false) { leaveSequence(letter) }
        if let belongs, belongs.fingerprint != letter.content.sequenceID {
            engine.parking.add(belongs.fingerprint, in: letter.content.partition)
        }
        try writer.fail(
            letter.number,
            DeadLetterFailure(
                reason: refusal.reason, detail: refusal.detail, isEnvelope: !parks,
                type: read.map { String($0.event.type) }, source: read.map { String($0.event.source) },
                id: read.map { String($0.event.id) }, sequence: belongs?.name, sequenceID: belongs?.fingerprint),
            at: UTCTime.now)
        try audit(letter, "redrive", "failed again: \(refusal.reason): \(refusal.detail)", writer)
        outcome.letters.append(
            .init(
                number: letter.number, state: .failedAgain, attempts: letter.attempts + 1, reason: refusal.reason,
                detail: refusal.detail))
        // Only what is still of this sequence stands before the others of it.
        return !(parks && (belongs?.fingerprint ?? letter.content.sequenceID) == sequence?.id)
    }

    private func leave(_ letter: DeadLetter, as state: DeadLetter.State, _ writer: any StoreWriter) throws {
        try writer.settle(letter.number, as: state, at: UTCTime.now)
        leaveSequence(letter)
    }

    private func leaveSequence(_ letter: DeadLetter) {
        guard let sequence = letter.content.sequenceID else { return }
        engine.parking.remove(sequence, in: letter.content.partition)
    }

    private func audit(_ letter: DeadLetter, _ action: String, _ detail: String, _ writer: any StoreWriter) throws {
        try writer.audit(
            AuditEntry(
                at: UTCTime.now, actor: command.actor, action: action, reason: command.reason, detail: detail,
                letter: letter.number))
    }
}

extension DeadLetterOutcome {
    fileprivate mutating func add(_ letter: DeadLetter, _ state: Letter.State, _ refusal: Refusal? = nil) {
        letters.append(
            Letter(
                number: letter.number, state: state, attempts: letter.attempts, reason: refusal?.reason ?? "",
                detail: refusal?.detail ?? ""))
    }
}
