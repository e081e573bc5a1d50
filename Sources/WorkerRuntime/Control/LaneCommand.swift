import Synchronization
import Threads

/// Something that a lane is asked to do between its transactions, with a box for its replies. Crosses from the caller's
/// thread to the lane's.
final class LaneCommand: Sendable {
    enum Work: Sendable {
        case deadLetters(DeadLetterCommand)
        case hold(LaneHold)
    }

    let work: Work
    /// Never full: a lane does not wait for a caller.
    private let replies = BlockingQueue<ControlReply>(capacity: .max)
    private let abandoned = Flag()

    init(_ work: Work) { self.work = work }

    // MARK: The caller's side

    /// The next reply, waiting up to `timeout`; nil: none came.
    func next(timeout: Duration) -> ControlReply? { replies.take(timeout: timeout) }

    /// The caller is gone: no further step is begun. What was done in earlier steps is done as a whole.
    func abandon() {
        abandoned.set()
        if case .hold(let hold) = work { hold.release() }
    }

    // MARK: The lane's side

    var isAbandoned: Bool { abandoned.isSet }
    func reply(_ reply: ControlReply) { replies.tryPut(reply) }
}

/// A lane stays out of its store until this is released.
final class LaneHold: Sendable {
    private let released = Gate()

    func release() { released.open() }

    var isReleased: Bool { released.isOpen }

    /// Waits a while for the release.
    func wait(_ timeout: Duration) { released.wait(timeout: timeout) }
}

/// What a lane is still asked to do. Callers put, the lane takes: one after the other. A queue of its own, because the
/// inbox is full of records when there is a backlog.
final class LaneCommandBox: Sendable {
    private struct Content {
        var commands: [LaneCommand] = []
        var refusal: String?
    }

    private static let capacity = 16
    private let content = Mutex(Content())

    /// - Returns: why it is not taken; nil where it is.
    func put(_ command: LaneCommand) -> ControlReply? {
        content.withLock { content in
            if let refusal = content.refusal { return .error(.notNow, refusal) }
            guard content.commands.count < Self.capacity else {
                return .error(.busy, "\(Self.capacity) commands wait for this plugin already: try again later")
            }
            content.commands.append(command)
            return nil
        }
    }

    func take() -> LaneCommand? {
        content.withLock { $0.commands.isEmpty ? nil : $0.commands.removeFirst() }
    }

    /// Whether anybody waits.
    var isEmpty: Bool { content.withLock { $0.commands.isEmpty } }

    /// Refuses all that wait and all that come, until `accept`.
    func refuse(_ reason: String) {
        let waiting = content.withLock { content in
            content.refusal = reason
            defer { content.commands = [] }
            return content.commands
        }
        for command in waiting { command.reply(.error(.notNow, reason)) }
    }

    func accept() { content.withLock { $0.refusal = nil } }
}
