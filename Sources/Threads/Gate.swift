private import Synchronization

/// A gate that opens once and stays open; threads wait before it.
///
/// `@unchecked Sendable`: the one variable is guarded by the monitor.
public final class Gate: @unchecked Sendable {
    private let monitor = Monitor()
    private var opened = false

    public init() {}

    public var isOpen: Bool { monitor.withLock { opened } }

    public func open() {
        monitor.withLock {
            opened = true
            monitor.broadcast()
        }
    }

    /// Waits until open. False: still closed after `timeout` (nil: waits without end).
    @discardableResult
    public func wait(timeout: Duration? = nil) -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        return monitor.withLock {
            while !opened {
                if !monitor.wait(until: deadline) { return opened }
            }
            return true
        }
    }
}

/// A yes that is said once and read from any thread without a lock.
public final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    public init() {}

    public var isSet: Bool { value.load(ordering: .acquiring) }

    /// Returns true for the one caller that set it.
    @discardableResult
    public func set() -> Bool { !value.exchange(true, ordering: .acquiringAndReleasing) }
}

/// A value that one thread gives and others wait for. The first value given counts.
///
/// `@unchecked Sendable`: the one variable is guarded by the monitor, and the value is Sendable.
public final class OneShot<Value: Sendable>: @unchecked Sendable {
    private let monitor = Monitor()
    private var value: Value?

    public init() {}

    /// Returns false where a value was given before; that one stays.
    @discardableResult
    public func give(_ value: Value) -> Bool {
        monitor.withLock {
            if self.value != nil { return false }
            self.value = value
            monitor.broadcast()
            return true
        }
    }

    /// Waits for the value. Nil: none was given within `timeout` (nil: waits without end).
    public func wait(timeout: Duration? = nil) -> Value? {
        let deadline = MonotonicClock.deadline(after: timeout)
        return monitor.withLock {
            while value == nil {
                if !monitor.wait(until: deadline) { return value }
            }
            return value
        }
    }
}
