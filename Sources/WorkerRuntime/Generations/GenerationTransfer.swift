import ProjectionStore

/// Gives a generation what it needs to go on in another one's place: which messages were sent and which still have to
/// be, where it speaks from, who was erased, what was done by hand (rules 25, 30 and 32).
///
/// One transaction of the receiving store; done again from the beginning it leaves the same. Both stand at the same
/// offsets, and nobody else writes to either.
struct GenerationTransfer {
    let from: any StoreReader
    let to: any StoreWriter
    /// The receiving store, for looking through it page by page.
    let toReader: any StoreReader

    private static let page = 500
    /// The setting that names the generation which was live before.
    static let previousSetting = "previous-generation"

    /// What became of messages.
    struct Outcome: Sendable, Equatable {
        /// Still to be sent, by the receiving store from now on.
        var pending = 0
        /// In both, and settled in the other.
        var settled = 0
        /// Only in the receiving store: never to be sent.
        var closed = 0
        /// To be sent and not among the receiving store's own: held for the operator.
        var held = 0
    }

    /// Brings the receiving store to the other's offsets, which it has reached but for offsets that no record has, and
    /// takes everything over.
    func run(at now: Int64, actor: String) throws -> Outcome {
        try to.begin()
        do {
            let outcome = try from.snapshot { try write(now, actor) }
            try to.commit()
            return outcome
        } catch {
            to.rollback()
            throw error
        }
    }

    private func write(_ now: Int64, _ actor: String) throws -> Outcome {
        try alignPartitions()
        let outcome = try carryMessages(now)
        try carryFirings()
        try carryErased()
        try carryAudit()
        try to.set(Self.previousSetting, to: String(from.generation))
        try to.audit(
            AuditEntry(
                at: now, actor: actor, action: "make-live", reason: "",
                detail: "generation \(to.generation) in place of generation \(from.generation): "
                    + "\(outcome.pending) messages to be sent, \(outcome.held) held, \(outcome.closed) never to be sent"
            ))
        return outcome
    }

    // MARK: Partitions

    private func alignPartitions() throws {
        var mine: [PartitionKey: PartitionState] = [:]
        for state in try to.partitions() { mine[state.key] = state }
        for state in try from.partitions() {
            guard let own = mine[state.key] else {
                throw StoreError(.retry, "\(state.key): generation \(to.generation) has not read this partition yet")
            }
            guard own.nextOffset <= state.nextOffset else {
                throw StoreError(
                    .retry,
                    "\(state.key): generation \(to.generation) stands at \(own.nextOffset), past generation "
                        + "\(from.generation) at \(state.nextOffset)")
            }
            // Also where nothing is to be moved: a stale owner finds out here.
            guard
                try to.advance(
                    state.key, expected: own.nextOffset, epoch: own.epoch, to: state.nextOffset,
                    last: state.last ?? own.last)
            else { throw StoreError(.retry, "\(state.key): somebody else writes generation \(to.generation)") }
            try to.setActivation(state.key, to: state.activationOffset)
        }
        for (partition, offset) in try from.heldBelow() { try to.setHeldBelow(offset, of: partition) }
        if let moment = try from.setting(RestoredStore.acceptedSetting) {
            try to.set(RestoredStore.acceptedSetting, to: moment)
        }
    }

    // MARK: Messages

    /// Goes through both outboxes in the order of their ids.
    private func carryMessages(_ now: Int64) throws -> Outcome {
        try to.removeHeld(reason: CarriedReason.onlyBefore)
        var outcome = Outcome()
        var ours = OutboxPages(reader: toReader, size: Self.page)
        var last = ""
        while true {
            let page = try from.outbox(above: last, limit: Self.page)
            guard let end = page.last?.content.id else { break }
            let known = try ours.ids(through: end)
            var carried: [CarriedMessage] = []
            var held: [OutboxDraft] = []
            for message in page {
                let isOpen = message.state == .pending || message.state == .waiting
                if known[message.content.id] != nil {
                    carried.append(
                        CarriedMessage(
                            id: message.content.id, state: message.state, reason: message.reason,
                            settled: message.settled))
                    if isOpen { outcome.pending += 1 } else { outcome.settled += 1 }
                } else if isOpen || message.state == .held {
                    held.append(message.content)
                }
            }
            outcome.held += held.count
            try to.carry(carried)
            try to.carryHeld(held, reason: CarriedReason.onlyBefore)
            last = end
        }
        outcome.closed = try max(0, ours.total() - outcome.pending - outcome.settled)
        try to.closeLatched(reason: CarriedReason.beforePromotion, at: now)
        return outcome
    }

    // MARK: Timers

    /// What has fired does not fire again, also where the receiving version set the timer and had no reason to fire it.
    private func carryFirings() throws {
        var after: Int64 = 0
        while true {
            let page = try from.firings(limit: Self.page, after: after)
            guard let end = page.last?.number else { return }
            for firing in page.map(\.content) where firing.outcome.isEffective {
                let asked = TimerDraft(
                    owner: firing.owner, name: firing.name, due: firing.due, payload: "", sequence: nil,
                    source: firing.source, id: firing.id, partition: firing.partition)
                guard try toReader.effectiveFiring(of: asked) == nil else { continue }
                if let timer = try to.timer(owner: firing.owner, name: firing.name), timer.due == firing.due,
                    timer.source == firing.source, timer.id == firing.id
                {
                    _ = try to.remove(timer)
                }
                try to.log(firing)
            }
            after = end
        }
    }

    // MARK: People and acts

    private func carryErased() throws {
        var last = ""
        while true {
            let page = try from.erased(above: last, limit: Self.page)
            guard let end = page.last?.owner else { return }
            try to.noteErased(page)
            last = end
        }
    }

    /// Words about a dead letter stand with it, so that erasing its person finds them. Where the receiving store has no
    /// such letter, only who did what and when is taken over.
    private func carryAudit() throws {
        var letters: [RecordPlace: Int64] = [:]
        var number: Int64 = 0
        while true {
            let page = try toReader.deadLetters(limit: Self.page, after: number)
            guard let end = page.last?.number else { break }
            for letter in page { letters[RecordPlace(letter)] = letter.number }
            number = end
        }
        var after: Int64 = 0
        while true {
            let page = try from.audits(of: nil, limit: Self.page, after: after)
            guard let end = page.last?.number else { return }
            try to.carryAudit(try page.map { try translated($0, letters) })
            after = end
        }
    }

    private func translated(_ entry: AuditEntry, _ letters: [RecordPlace: Int64]) throws -> AuditEntry {
        guard let number = entry.letter else { return entry }
        let place = try from.deadLetter(number).map(RecordPlace.init)
        guard let own = place.flatMap({ letters[$0] }) else {
            return AuditEntry(
                at: entry.at, actor: entry.actor, action: entry.action, reason: "",
                detail: "dead letter \(number) of generation \(from.generation)")
        }
        return AuditEntry(
            at: entry.at, actor: entry.actor, action: entry.action, reason: entry.reason, detail: entry.detail,
            letter: own)
    }
}

/// Where a dead letter's record lies.
struct RecordPlace: Hashable {
    let partition: PartitionKey
    let offset: Int64

    init(_ letter: DeadLetter) {
        partition = letter.content.partition
        offset = letter.content.offset
    }
}

/// Messages of a store in the order of their ids, some at a time.
struct OutboxPages {
    private let reader: any StoreReader
    private let size: Int
    private var waiting: ArraySlice<OutboxMessage> = []
    private var last = ""
    private var isEnded = false
    private var count = 0

    init(reader: any StoreReader, size: Int) {
        self.reader = reader
        self.size = size
    }

    /// Those with an id up to `id` that were not given yet.
    mutating func ids(through id: String) throws(StoreError) -> [String: OutboxMessage] {
        var found: [String: OutboxMessage] = [:]
        while let message = try next(through: id) { found[message.content.id] = message }
        return found
    }

    /// The next one, unless it lies above `id`.
    mutating func next(through id: String? = nil) throws(StoreError) -> OutboxMessage? {
        if waiting.isEmpty, !isEnded {
            waiting = try reader.outbox(above: last, limit: size)[...]
            isEnded = waiting.count < size
            last = waiting.last?.content.id ?? last
        }
        guard let first = waiting.first else { return nil }
        if let id, id.utf8.lexicographicallyPrecedes(first.content.id.utf8) { return nil }
        waiting.removeFirst()
        count += 1
        return first
    }

    /// How many there are in all; ends the walk.
    mutating func total() throws(StoreError) -> Int {
        while try next() != nil {}
        return count
    }
}
