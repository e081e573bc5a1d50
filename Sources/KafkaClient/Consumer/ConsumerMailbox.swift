import Threads

/// Events on their way from the consumer's thread to the one that takes them. Records are bounded by bytes: while they
/// fill it, the consumer's thread takes no more records from librdkafka but still serves everything else.
///
/// `@unchecked Sendable`: all state is guarded by the monitor.
final class ConsumerMailbox: @unchecked Sendable {
    private let monitor = Monitor()
    private let byteBudget: Int
    private let wakeup: Wakeup
    private var events: [ConsumerEvent?] = []
    private var head = 0
    private var recordBytes = 0
    private var refused = false
    private var closed = false
    /// Repeated errors, broken connections and statistics that nobody takes must not grow without end.
    private let otherLimit = 1_000
    private var others = 0

    init(byteBudget: Int, wakeup: Wakeup) {
        self.byteBudget = max(1, byteBudget)
        self.wakeup = wakeup
    }

    /// Whether another batch is welcome. A no is remembered: the consumer's thread is woken when there is room again.
    func hasRoom() -> Bool {
        monitor.withLock {
            refused = recordBytes >= byteBudget
            return !refused
        }
    }

    func put(_ event: ConsumerEvent) {
        monitor.withLock {
            if closed { return }
            switch event {
            case .records(let batch): recordBytes += Self.cost(batch)
            case .rebalance, .closed: break
            case .endOfPartition, .error, .statistics, .allBrokersDown:
                if others >= otherLimit, !Self.matters(event) { return }
                others += 1
            }
            events.append(event)
            monitor.signal()
        }
    }

    /// Drops the records that nobody took. Once what else is here has been taken, `.closed` is the answer for ever.
    func close() {
        let dropped = monitor.withLock {
            closed = true
            let all = events[head...]
            events = all.filter { if case .records = $0 { false } else { true } }
            head = 0
            recordBytes = 0
            monitor.broadcast()
            return all
        }
        // Freed outside the lock: a batch may be the last to hold the client.
        withExtendedLifetime(dropped) {}
    }

    /// Nil when nothing came in time.
    func take(timeout: Duration?) -> ConsumerEvent? {
        let deadline = MonotonicClock.deadline(after: timeout)
        let (event, wakes): (ConsumerEvent?, Bool) = monitor.withLock {
            while head == events.count {
                if closed { return (.closed, false) }
                if !monitor.wait(until: deadline), head == events.count { return (closed ? .closed : nil, false) }
            }
            return removeFirst()
        }
        if wakes { wakeup.signal() }
        return event
    }

    private func removeFirst() -> (ConsumerEvent?, Bool) {
        let event = events[head]
        events[head] = nil
        head += 1
        if head == events.count {
            events.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64, head * 2 >= events.count {
            events.removeFirst(head)
            head = 0
        }
        switch event {
        case .records(let batch):
            recordBytes -= Self.cost(batch)
            let wakes = refused && recordBytes < byteBudget
            if wakes { refused = false }
            return (event, wakes)
        case .endOfPartition, .error, .statistics, .allBrokersDown: others -= 1
        case .rebalance, .closed, nil: break
        }
        return (event, false)
    }

    /// Bytes of the records and what librdkafka spends on each.
    private static func cost(_ batch: RecordBatch) -> Int { batch.byteCount + 256 * batch.count }

    private static func matters(_ event: ConsumerEvent) -> Bool {
        switch event {
        case .error(let error): error.fatal || error.code == .offsetOutOfRange || error.code == .fenced
        default: false
        }
    }
}
