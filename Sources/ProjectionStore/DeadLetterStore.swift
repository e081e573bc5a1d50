/// What a store's writer does with records that could not be applied, and with what is parked behind them (rule 29).
///
/// An entry is open while it is dead or parked. The open entries of a sequence, in the order of their numbers, are what a
/// redrive takes; the first is the sequence's head. All calls within a transaction, but those that only read.
public protocol DeadLetterWriting: AnyObject {
    /// Adds an entry: dead, handled once without success; or parked, never handled.
    func add(_ deadLetter: DeadLetterDraft) throws(StoreError)
    func deadLetter(_ number: Int64) throws(StoreError) -> DeadLetter?
    /// The sequences of a partition that have open entries.
    func parkedSequences(of partition: PartitionKey) throws(StoreError) -> [ParkedSequence]
    /// The open entries of a sequence, in order, with a number above `after`.
    func openEntries(of sequence: Fingerprint, in partition: PartitionKey, after: Int64, limit: Int) throws(StoreError)
        -> [DeadLetter]
    /// Says that an open entry was redriven or discarded; leaves a settled one as it is.
    func settle(_ number: Int64, as state: DeadLetter.State, at time: Int64) throws(StoreError)
    /// Says that an open entry was handled and failed (again): it is dead then, with one attempt more. Where the
    /// envelope decides, it leaves its sequence, because it parks nothing any more.
    func fail(_ number: Int64, _ failure: DeadLetterFailure, at time: Int64) throws(StoreError)
    /// Puts an open entry that parks nothing behind the open ones of a sequence.
    func park(_ number: Int64, in sequence: String, _ id: Fingerprint) throws(StoreError)
    /// Puts another value in the place of an open entry's own.
    ///
    /// - Parameter original: the content hash of the event as it first came, if it was one: by it a repeat of that is
    ///   known later. The first one given stays.
    func replaceValue(of number: Int64, by value: [UInt8], original: Fingerprint?) throws(StoreError)
    /// Whether an event of this source and id was edited before it was redriven, and had this content then.
    func wasEdited(source: String, id: String, from original: Fingerprint) throws(StoreError) -> Bool
    func audit(_ entry: AuditEntry) throws(StoreError)
}

/// Why an entry failed again, and what could be read of it this time.
public struct DeadLetterFailure: Sendable, Equatable {
    public let reason: String
    public let detail: String
    public let isEnvelope: Bool
    /// nil leaves what is kept.
    public let type: String?
    public let source: String?
    public let id: String?
    public let sequence: String?
    public let sequenceID: Fingerprint?

    public init(
        reason: String, detail: String, isEnvelope: Bool, type: String? = nil, source: String? = nil,
        id: String? = nil, sequence: String? = nil, sequenceID: Fingerprint? = nil
    ) {
        self.reason = reason
        self.detail = detail
        self.isEnvelope = isEnvelope
        self.type = type
        self.source = source
        self.id = id
        self.sequence = sequence
        self.sequenceID = sequenceID
    }
}

/// What a store's reader tells of records that could not be applied.
public protocol DeadLetterReading: AnyObject {
    /// Those that the filter wants, by number, with a number above `after`.
    func deadLetters(_ filter: DeadLetterFilter, limit: Int, after: Int64) throws(StoreError) -> [DeadLetter]
    func deadLetter(_ number: Int64) throws(StoreError) -> DeadLetter?
    /// How many there are of each state.
    func deadLetterCounts() throws(StoreError) -> [DeadLetter.State: Int]
    /// The sequences that have open entries, longest first.
    func parkedSequences(limit: Int) throws(StoreError) -> [ParkedSequence]
    /// How many events of this owner wait for the operator, and are in no row yet: those that a handler failed at, and
    /// those parked behind them; of all owners where nil.
    func parkedCount(owner: String?) throws(StoreError) -> Int
    /// What was done, oldest first, with a dead letter or with anything.
    func audits(of letter: Int64?, limit: Int, after: Int64) throws(StoreError) -> [AuditEntry]
}

extension DeadLetterReading {
    public func deadLetters(limit: Int, after: Int64) throws(StoreError) -> [DeadLetter] {
        try deadLetters(DeadLetterFilter(), limit: limit, after: after)
    }
}
