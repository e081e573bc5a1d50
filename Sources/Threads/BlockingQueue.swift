/// A bounded first-in first-out queue between OS threads. Waiting blocks the calling thread.
///
/// `@unchecked Sendable`: all state is guarded by the monitor, and elements are Sendable.
public final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
    public let capacity: Int
    private let monitor = Monitor()
    private var elements: [Element?] = []
    private var head = 0
    private var closed = false

    /// A capacity below 1 counts as 1.
    public init(capacity: Int) { self.capacity = max(1, capacity) }

    /// Elements now waiting.
    public var count: Int { monitor.withLock { held } }

    public var isClosed: Bool { monitor.withLock { closed } }

    /// Appends, waiting while the queue is full. False: closed, or still full after `timeout`; nothing was added.
    @discardableResult
    public func put(_ element: Element, timeout: Duration? = nil) -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        return monitor.withLock {
            while !closed && held >= capacity {
                if !monitor.wait(until: deadline) && held >= capacity { return false }
            }
            return append(element)
        }
    }

    /// Appends without waiting. False: closed or full.
    @discardableResult
    public func tryPut(_ element: Element) -> Bool {
        monitor.withLock { held < capacity && append(element) }
    }

    /// The oldest element, waiting for one up to `timeout` (nil: without end). Nil: none came in time, or the queue is
    /// closed and drained.
    public func take(timeout: Duration? = nil) -> Element? {
        let deadline = MonotonicClock.deadline(after: timeout)
        return monitor.withLock {
            while held == 0 {
                if closed { return nil }
                if !monitor.wait(until: deadline) && held == 0 { return nil }
            }
            return removeFirst()
        }
    }

    /// The oldest element if one is there.
    public func tryTake() -> Element? {
        monitor.withLock { held == 0 ? nil : removeFirst() }
    }

    /// All waiting elements, oldest first; empty when there are none.
    public func takeAll() -> [Element] {
        monitor.withLock {
            let all = elements[head...].compactMap { $0 }
            elements.removeAll(keepingCapacity: true)
            head = 0
            monitor.broadcast()
            return all
        }
    }

    /// Refuses further elements and wakes everybody who waits; what is in the queue can still be taken.
    public func close() {
        monitor.withLock {
            closed = true
            monitor.broadcast()
        }
    }

    private var held: Int { elements.count - head }

    private func append(_ element: Element) -> Bool {
        if closed { return false }
        elements.append(element)
        monitor.broadcast()
        return true
    }

    private func removeFirst() -> Element? {
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 64 && head * 2 >= elements.count {
            elements.removeFirst(head)
            head = 0
        }
        monitor.broadcast()
        return element
    }
}
