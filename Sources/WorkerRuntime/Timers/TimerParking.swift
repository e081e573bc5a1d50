import PluginKit
import ProjectionStore

/// What keeps a timer that is due from firing: its sequence is parked, or its handler refused it (rules 29 and 31).
///
/// The timer stays in the store, parked, and an entry among the dead letters keeps its place in the sequence. So whatever
/// is redriven before that entry may still set it anew or cancel it, and taking back its event ends it. Timers are no
/// part of the limits of what may be parked: there are no more of them than events set.
extension LaneTransaction {
    /// Parks the timer where its sequence is parked.
    ///
    /// - Returns: false where it is not: then the timer fires now.
    func parkIfHeld(_ timer: TimerDraft, after offset: Int64, _ writer: any StoreWriter) throws -> Bool {
        guard parking.isActive else { return false }
        try parking.read(timer.partition) { writer }
        guard let sequence = parking.sequence(of: timer),
            parking.count(sequence.fingerprint, in: timer.partition) > 0
        else { return false }
        let waits = Refusal(reason: "parked", detail: "an event before it in its sequence could not be applied")
        try keep(timer, waits, after: offset, isParked: true, writer)
        return true
    }

    /// Makes the timer a dead letter, which parks its sequence.
    func bury(_ timer: TimerDraft, _ refusal: Refusal, after offset: Int64, _ writer: any StoreWriter) throws {
        try parking.read(timer.partition) { writer }
        try keep(timer, refusal, after: offset, isParked: false, writer)
        noteDeadLetter()
    }

    private func keep(
        _ timer: TimerDraft, _ refusal: Refusal, after offset: Int64, isParked: Bool, _ writer: any StoreWriter
    ) throws {
        guard try writer.park(timer) else { return }
        let sequence = parking.sequence(of: timer)
        let now = UTCTime.now
        var letter = DeadLetterDraft(
            partition: timer.partition, offset: offset, timestamp: timer.due ?? 0, key: Array(timer.owner.utf8),
            headers: [], value: Array(timer.name.utf8), reason: refusal.reason, detail: refusal.detail,
            isEnvelope: false, type: nil, source: timer.source, id: timer.id, sequence: sequence?.name, recorded: now,
            sequenceID: sequence?.fingerprint)
        letter.kind = .timer
        letter.isParked = isParked
        try writer.add(letter)
        if let sequence { parking.add(sequence.fingerprint, in: timer.partition) }
        try writer.log(Firing(timer, afterOffset: offset, at: now, outcome: isParked ? .parked : .failed))
        dispatcher.guarding.forgive(timer.place)
    }

    /// Fires the timer of a dead letter that is redriven.
    ///
    /// - Returns: `.skipped` when it is no longer there as it was set.
    func redriveTimer(_ letter: DeadLetter) throws -> EventFate {
        let writer = try inline()
        guard let timer = try timer(of: letter, writer) else { return .skipped }
        let occasion = FiringOccasion(after: lastOffset(of: timer.partition), now: UTCTime.now, isRedriven: true)
        return try fireNow(timer, occasion, writer)
    }

    /// The timer of a dead letter that is discarded will not fire.
    func discardTimer(_ letter: DeadLetter) throws {
        let writer = try inline()
        guard let timer = try timer(of: letter, writer), try writer.remove(timer) else { return }
        try writer.log(
            Firing(timer, afterOffset: lastOffset(of: timer.partition), at: UTCTime.now, outcome: .discarded))
    }

    private func timer(of letter: DeadLetter, _ writer: any StoreWriter) throws -> TimerDraft? {
        let content = letter.content
        guard
            let timer = try writer.timer(
                owner: String(decoding: content.key ?? [], as: UTF8.self),
                name: String(decoding: content.value ?? [], as: UTF8.self)),
            timer.due == content.timestamp, timer.source == content.source, timer.id == content.id
        else { return nil }
        return timer
    }

    private func lastOffset(of partition: PartitionKey) -> Int64 { (partitions[partition]?.nextOffset ?? 0) - 1 }
}
