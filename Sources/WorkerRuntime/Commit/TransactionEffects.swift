import PluginKit
import ProjectionStore

/// What handlers say, on its way into the transaction.
extension LaneTransaction {
    func take(_ outcome: EventOutcome) throws {
        script.outbox.append(contentsOf: outcome.outbox)
        script.silences.append(contentsOf: outcome.silences)
        for timer in outcome.timers {
            try inline().change(timer)
            timers.note(timer)
        }
        if let retraction = outcome.retraction { try inline().retract(retraction) }
    }

    /// Runs a timer's handler, whose row changes are taken; everything else comes back.
    func run(_ timer: TimerDraft, _ writer: any StoreWriter, _ occasion: FiringOccasion) throws -> EventOutcome {
        let mark = script.effects.buffer.count
        do {
            let outcome = try dispatcher.fire(timer, script.effects, writer, script.changes, occasion)
            script.changes.add(script.effects.changes)
            return outcome
        } catch {
            script.effects.rollback(toBytes: mark)
            throw error
        }
    }

    /// The open transaction moves this partition by nothing: the store only sees whose it is.
    func standStill(_ state: PartitionState) {
        guard script.progress[state.key] == nil else { return }
        script.progress[state.key] = TransactionScript.Progress(
            expected: state.nextOffset, epoch: state.epoch, next: state.nextOffset)
    }

    func noteDeadLetter() { script.summary.deadLetters += 1 }
}
