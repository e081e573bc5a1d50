import Glibc
import ProjectionStore
import Threads

/// Sends a lane's outbox messages to one destination on a thread of its own, so that a slow or failing destination
/// holds only itself (rules 24 and 27).
///
/// The lane feeds it messages in order and writes what became of them in its own transactions.
final class OutboxSender: Sendable {
    let destinationName: String
    private let queue: BlockingQueue<Item>
    private let round = SendingRound()
    private let results: @Sendable ([OutboxResult]) -> Void
    private let log: WorkerLog
    private let stopping = Flag()
    private let thread: OneShot<OSThread>

    /// A message, and the round in which it was handed on.
    private struct Item: Sendable {
        let message: OutboxMessage
        let round: Int
    }

    /// - Parameters:
    ///   - makeDestination: called on the sender's thread, with a flag that is set when the sender is to end.
    ///   - results: takes what became of messages; called on the sender's thread.
    init(
        makeDestination: @escaping @Sendable (_ stopping: Flag) throws -> any Destination, name: String, log: WorkerLog,
        results: @escaping @Sendable ([OutboxResult]) -> Void
    ) throws {
        destinationName = name
        queue = BlockingQueue(capacity: 4096)
        self.results = results
        self.log = log
        thread = OneShot()
        thread.give(try OSThread.start(name: "send-\(name)") { [self] in run(makeDestination) })
    }

    /// Takes a message; false when so many wait that the lane should come back later.
    func offer(_ message: OutboxMessage) -> Bool { queue.tryPut(Item(message: message, round: round.current)) }

    /// Forgets every message that is not being sent at this moment: others may own them soon.
    ///
    /// - Returns: false where something was still being sent at the deadline (monotonic, in nanoseconds).
    func recall(until deadline: Int64) -> Bool {
        let isQuiet = round.next(until: deadline)
        // What was offered in the round before; the thread drops what it has of it.
        _ = queue.takeAll()
        return isQuiet
    }

    /// Lets the batch in hand finish and ends the thread; what was not sent stays in the outbox.
    func stop() {
        stopping.set()
        queue.close()
        thread.wait()?.join()
    }

    // MARK: On the sender's thread

    private func run(_ makeDestination: (Flag) throws -> any Destination) {
        var backoff = Backoff(first: 200, most: 30_000)
        var destination: (any Destination)?
        var pending: [Item] = []
        var parked: [Item] = []
        var nextParkedTry = MonotonicClock.now
        defer { destination?.close() }
        while !stopping.isSet {
            if pending.isEmpty { pending = take(wait: parked.isEmpty ? nil : .milliseconds(500)) }
            if !parked.isEmpty, MonotonicClock.now >= nextParkedTry {
                pending = parked + pending
                parked = []
                nextParkedTry = MonotonicClock.now + 2_000_000_000
            }
            let current = round.current
            pending.removeAll { $0.round != current }
            parked.removeAll { $0.round != current }
            guard !pending.isEmpty, round.begin(current) else { continue }
            let failure: String?
            do {
                let target = try destination ?? makeDestination(stopping)
                destination = target
                let outcomes = target.deliver(pending.prefix(256).map(\.message))
                CrashPoint.reach(.afterSendBeforeSettle)
                failure = settle(&pending, &parked, outcomes)
            } catch {
                failure = String(describing: error)
            }
            round.end()
            guard let failure else {
                backoff.reset()
                continue
            }
            log.warning("delivery to \(destinationName) pauses: \(failure)")
            pause(backoff.next())
        }
    }

    private func take(wait: Duration?) -> [Item] {
        guard let first = queue.take(timeout: wait) else { return [] }
        var taken = [first]
        while taken.count < 256, let next = queue.tryTake() { taken.append(next) }
        return taken
    }

    /// Reports what is settled and keeps the rest; returns why the destination failed, if it did.
    private func settle(
        _ pending: inout [Item], _ parked: inout [Item], _ outcomes: [DeliveryOutcome]
    ) -> String? {
        var settled: [OutboxResult] = []
        var failure: String?
        let now = UTCTime.now
        var kept: [Item] = []
        for (item, outcome) in zip(pending, outcomes) {
            let message = item.message
            switch outcome {
            case .sent: settled.append(OutboxResult(number: message.number, state: .sent, reason: "", at: now))
            case .closed(let reason):
                settled.append(OutboxResult(number: message.number, state: .closed, reason: reason, at: now))
            case .held(let reason):
                log.error("a message to \(destinationName) is held for the operator: \(reason)")
                settled.append(OutboxResult(number: message.number, state: .held, reason: reason, at: now))
            case .waiting(let reason):
                if message.state != .waiting || message.reason != reason {
                    settled.append(OutboxResult(number: message.number, state: .waiting, reason: reason, at: now))
                }
                parked.append(Item(message: message.waiting(reason), round: item.round))
            case .failed(let reason):
                failure = failure ?? reason
                kept.append(item)
            }
        }
        pending = kept + pending.dropFirst(outcomes.count)
        if !settled.isEmpty { results(settled) }
        return failure
    }

    private func pause(_ milliseconds: Int) {
        let end = MonotonicClock.now + Int64(milliseconds) * 1_000_000
        while !stopping.isSet, MonotonicClock.now < end { usleep(20_000) }
    }
}

extension OutboxMessage {
    fileprivate func waiting(_ reason: String) -> OutboxMessage {
        OutboxMessage(number: number, state: .waiting, reason: reason, settled: nil, content: content)
    }
}
