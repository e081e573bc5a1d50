import PluginKit
import ProjectionStore

/// What keeps a timer that is due from firing: its handler refused it (rules 29 and 31).
///
/// The timer stays in the store, parked, and an entry among the dead letters keeps its place in the sequence. So whatever
/// is redriven before that entry may still set it anew or cancel it, and taking back its event ends it.
enum TimerParking {
    /// Makes the timer a dead letter.
    static func bury(
        _ timer: TimerDraft, _ refusal: Refusal, after offset: Int64, at now: Int64, in writer: any StoreWriter
    ) throws(StoreError) {
        guard try writer.park(timer) else { return }
        var letter = DeadLetterDraft(
            partition: timer.partition, offset: offset, timestamp: timer.due ?? 0, key: Array(timer.owner.utf8),
            headers: [], value: Array(timer.name.utf8), reason: refusal.reason, detail: refusal.detail,
            isEnvelope: false, type: nil, source: timer.source, id: timer.id, sequence: timer.sequence, recorded: now)
        letter.kind = .timer
        try writer.add(letter)
        try writer.log(Firing(timer, afterOffset: offset, at: now, outcome: .failed))
    }
}
