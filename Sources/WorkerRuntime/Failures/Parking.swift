import Hashing
import PluginKit
import ProjectionStore

/// Which sequences of the lane's partitions are parked, with how many open entries: what the store holds, kept in memory so
/// that an event costs one look at a flag while nothing is parked (rule 29).
///
/// It is read from the store when a partition is first used after a claim or a failure, and changed within
/// transactions; a failed one has it read again. The lane's thread only.
final class Parking: TransactionGuest {
    /// How many entries may wait before a partition is paused, in one sequence and in all partitions of the lane.
    struct Limits: Sendable {
        var perSequence = 10_000
        var inAll = 100_000
        /// A generation beside the live one is filled: nobody can redrive there.
        var isRebuild = false
    }

    /// Why a partition is not read on.
    struct Pause: Equatable {
        let sequence: Fingerprint
        let isOfAll: Bool
        /// What is said to the operator.
        let reason: String
    }

    private let limits: Limits
    private var sequences: [PartitionKey: [Fingerprint: Int]] = [:]
    private var total = 0
    private var owned: Set<PartitionKey> = []
    /// Partitions of which the store has to be asked first.
    private var unread: Set<PartitionKey> = []
    private var digest = SHA256()
    /// As committed, and found in the open transaction.
    private(set) var paused: [PartitionKey: Pause] = [:]
    private var pausing: [PartitionKey: Pause] = [:]
    private var hasNewPause = false
    /// Commands that replay sequences now: what they make room for they may still need themselves.
    private var replays = 0

    /// Sequences whose replay was interrupted, as far as they were read: to be replayed by whoever takes them.
    private var released: [ParkedSequence] = []

    /// Whether any sequence is parked, or may be.
    private(set) var isActive = false

    init(_ limits: Limits) { self.limits = limits }

    // MARK: Partitions

    func own(_ partition: PartitionKey) {
        forget(partition)
        owned.insert(partition)
        unread.insert(partition)
        isActive = true
    }

    func disown(_ partition: PartitionKey) {
        forget(partition)
        owned.remove(partition)
        unread.remove(partition)
        if paused.removeValue(forKey: partition) != nil { hasNewPause = true }
        pausing[partition] = nil
        settle()
    }

    private func forget(_ partition: PartitionKey) {
        total -= sequences.removeValue(forKey: partition)?.values.reduce(0, +) ?? 0
    }

    /// Asks the store what is parked in the partition, unless that is known.
    func read(_ partition: PartitionKey, _ writer: () throws(LaneFailure) -> any StoreWriter) throws {
        guard unread.contains(partition) else { return }
        var counts: [Fingerprint: Int] = [:]
        for sequence in try writer().parkedSequences(of: partition) {
            counts[sequence.id] = sequence.count
            if sequence.isReleased, replays == 0 { released.append(sequence) }
        }
        forget(partition)
        if !counts.isEmpty { sequences[partition] = counts }
        total += counts.values.reduce(0, +)
        unread.remove(partition)
        settle()
    }

    var hasUnread: Bool { !unread.isEmpty }
    /// The owned partitions of which the store has to be asked first.
    var toRead: [PartitionKey] { unread.sorted() }

    var hasReleased: Bool { !released.isEmpty && replays == 0 }

    func takeReleased() -> [ParkedSequence] {
        defer { released = [] }
        return released
    }

    private func settle() { isActive = !sequences.isEmpty || !unread.isEmpty }

    // MARK: Sequences

    func sequence(of event: Event) -> SequenceID { SequenceID(event, &digest) }

    func sequence(of timer: TimerDraft) -> SequenceID? { SequenceID(timer, &digest) }

    /// The event's sequence, if it is parked.
    func holds(_ event: Event, in partition: PartitionKey) -> SequenceID? {
        guard let mine = sequences[partition], event.hasKey else { return nil }
        let sequence = SequenceID(event, &digest)
        return mine[sequence.fingerprint] == nil ? nil : sequence
    }

    func count(_ sequence: Fingerprint, in partition: PartitionKey) -> Int { sequences[partition]?[sequence] ?? 0 }

    /// An entry was added to a sequence, in the open transaction.
    func add(_ sequence: Fingerprint, in partition: PartitionKey) {
        sequences[partition, default: [:]][sequence, default: 0] += 1
        total += 1
        isActive = true
    }

    /// An open entry left its sequence, in the open transaction.
    func remove(_ sequence: Fingerprint, in partition: PartitionKey) {
        guard let count = sequences[partition]?[sequence] else { return }
        sequences[partition]?[sequence] = count > 1 ? count - 1 : nil
        if sequences[partition]?.isEmpty == true { sequences[partition] = nil }
        total -= 1
        settle()
    }

    /// Entries went that nobody counted: an erasure. What is parked is asked for again.
    func readAgain() {
        unread = owned
        settle()
    }

    // MARK: Limits

    /// Whether one entry more would be too many.
    func isFull(_ sequence: Fingerprint, in partition: PartitionKey) -> Bool {
        total >= limits.inAll || count(sequence, in: partition) >= limits.perSequence
    }

    /// Whether the partition's records are left alone.
    func isPaused(_ partition: PartitionKey) -> Bool {
        guard !paused.isEmpty || !pausing.isEmpty else { return false }
        return paused[partition] != nil || pausing[partition] != nil
    }

    /// Leaves the partition's records alone from here on, because of a sequence that is full.
    ///
    /// - Parameter head: the number of the sequence's first entry.
    func pause(_ partition: PartitionKey, at offset: Int64, for sequence: SequenceID, head: Int64?) {
        let isOfAll = total >= limits.inAll
        let count = count(sequence.fingerprint, in: partition)
        let first = head.map { " behind dead letter \($0)" } ?? ""
        let words =
            isOfAll
            ? "\(total) events wait for an operator, which is limits.parked"
            : "\(count) events of one sequence wait\(first), which is limits.parked-per-sequence"
        pausing[partition] = Pause(
            sequence: sequence.fingerprint, isOfAll: isOfAll,
            reason: "parked-limit: \(partition) is not read beyond offset \(offset): \(words). "
                + (limits.isRebuild ? Self.wayOnInRebuild : Self.wayOn))
    }

    private static let wayOn =
        "Redrive or discard dead letters ('diwan dead-letters list' names them), or raise the limit; it goes on by itself"
    private static let wayOnInRebuild =
        "Raise the limit in the configuration and give the command again, which goes on from there; or mend the plugin, "
        + "'diwan plugin discard' what was built, and rebuild. The live generation is as it was"

    /// Whether a pause began or ended since this was last asked: then partitions are to be assigned anew.
    func takePauseChange() -> Bool {
        resumeWhereRoom()
        defer { hasNewPause = false }
        return hasNewPause
    }

    /// Ends the pauses for which there is room again.
    func resumeWhereRoom() {
        guard !paused.isEmpty, replays == 0 else { return }
        let still = paused.filter { partition, pause in
            total >= limits.inAll || (!pause.isOfAll && count(pause.sequence, in: partition) >= limits.perSequence)
        }
        guard still.count < paused.count else { return }
        paused = still
        hasNewPause = true
    }

    func beginReplay() { replays += 1 }

    /// - Parameter isAbandoned: it was not finished: what it released is looked for, and replayed all the same.
    func endReplay(isAbandoned: Bool = false) {
        replays -= 1
        if isAbandoned { readAgain() }
    }

    // MARK: Transactions

    func transactionCommitted() {
        guard !pausing.isEmpty else { return }
        paused.merge(pausing) { _, new in new }
        pausing = [:]
        hasNewPause = true
    }

    func transactionFailed() {
        pausing = [:]
        unread = owned
        settle()
    }
}
