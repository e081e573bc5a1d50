import ProjectionStore

/// Does what a lane is asked to do in bounded steps, each a transaction of its own, so that live traffic goes on between
/// them. One command after the other. The lane's thread only.
final class LaneCommandWork {
    /// Steps of one command. Each is a whole transaction; a step that throws has changed nothing.
    typealias Steps = () throws(LaneFailure) -> DeadLetterOutcome

    private let box: LaneCommandBox
    private let plan: (DeadLetterCommand) throws(LaneFailure) -> Steps
    private var current: (command: LaneCommand, step: Steps)?
    /// Set when the lane is asked to stay out of its store.
    private(set) var hold: LaneCommand?

    /// - Parameter plan: makes the steps of a command.
    init(_ box: LaneCommandBox, plan: @escaping (DeadLetterCommand) throws(LaneFailure) -> Steps) {
        self.box = box
        self.plan = plan
    }

    /// Whether there is something to do, so that the lane should not wait for records.
    var isActive: Bool { current != nil || !box.isEmpty }

    /// Does one step, if anything is asked for.
    ///
    /// - Throws: `LaneFailure.fenced`, which ends the command and concerns the lane; a failure of the store is the
    ///   command's alone.
    func step() throws(LaneFailure) {
        if current == nil { try begin() }
        guard let (command, step) = current else { return }
        if command.isAbandoned {
            current = nil
            return
        }
        do throws(LaneFailure) {
            let outcome = try step()
            command.reply(outcome.isFinished ? .done(outcome) : .progress(outcome))
            if outcome.isFinished { current = nil }
        } catch {
            current = nil
            command.reply(.error(.store, Self.words(error)))
            if case .fenced = error { throw error }
        }
    }

    /// The lane leaves: whoever waits is told, and sees that what was reported as done is done.
    func leave() {
        current?.command.reply(.error(.notNow, "the worker is leaving; what was reported as done is done"))
        current = nil
    }

    private func begin() throws(LaneFailure) {
        guard let command = box.take(), !command.isAbandoned else { return }
        switch command.work {
        case .hold: hold = command
        case .deadLetters(let wanted):
            do throws(LaneFailure) {
                current = (command, try plan(wanted))
            } catch {
                command.reply(.error(.store, Self.words(error)))
                if case .fenced = error { throw error }
            }
        }
    }

    private static func words(_ failure: LaneFailure) -> String {
        switch failure {
        case .store(let error): "\(error.message); nothing of this step was done, what was reported before is done"
        case .fenced(let key): "\(key) has another owner now; nothing of this step was done: try again"
        }
    }
}
