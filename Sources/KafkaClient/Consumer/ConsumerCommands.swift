import Threads

/// What other threads ask of the consumer's thread, which alone makes the calls that change the client.
enum ConsumerCommand: Sendable {
    typealias Answer<Value: Sendable> = OneShot<Result<Value, KafkaError>>

    case assign([TopicPartitionOffset], Answer<UInt64>)
    case unassign(Answer<UInt64>)
    case pause([TopicPartition], Answer<Bool>)
    case resume([TopicPartition], Answer<Bool>)
    case commit([CommittedOffset], Consumer.CommitCompletion)
    case close(deadline: Int64?)

    func fail(_ error: KafkaError) {
        switch self {
        case .assign(_, let answer), .unassign(let answer): answer.give(.failure(error))
        case .pause(_, let answer), .resume(_, let answer): answer.give(.failure(error))
        case .commit(_, let completion): completion(.failure(error))
        case .close: break
        }
    }
}

/// Commands in their order, and the signal that wakes the thread. Once closed, what comes or still waits is failed.
///
/// `@unchecked Sendable`: all state is guarded by the monitor.
final class CommandQueue: @unchecked Sendable {
    private let monitor = Monitor()
    private let wakeup: Wakeup
    private var commands: [ConsumerCommand] = []
    private var closed = false

    init(wakeup: Wakeup) { self.wakeup = wakeup }

    func post(_ command: ConsumerCommand) {
        let accepted = monitor.withLock {
            if !closed { commands.append(command) }
            return !closed
        }
        if accepted { wakeup.signal() } else { command.fail(.closed("consumer")) }
    }

    func takeAll() -> [ConsumerCommand] {
        monitor.withLock {
            defer { commands = [] }
            return commands
        }
    }

    func close() {
        let rest = monitor.withLock {
            closed = true
            defer { commands = [] }
            return commands
        }
        for command in rest { command.fail(.closed("consumer")) }
    }
}
