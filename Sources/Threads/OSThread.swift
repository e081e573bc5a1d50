import Glibc

/// A thread of the operating system, for work that blocks and so must stay off Swift's cooperative pool.
///
/// `@unchecked Sendable`: the thread id is written once before the object is seen by others, and whether it was joined
/// is guarded by the monitor.
public final class OSThread: @unchecked Sendable {
    /// The system refused to start a thread; `errno` says why (`EAGAIN`: out of threads or memory).
    public struct StartFailure: Error, CustomStringConvertible {
        public let errno: Int32
        public var description: String {
            "cannot start a thread: \(String(cString: strerror(errno))); raise the limit on threads or memory"
        }
    }

    private let id: pthread_t
    private let monitor = Monitor()
    private var joined = false

    private init(id: pthread_t) { self.id = id }

    deinit {
        if !joined { pthread_detach(id) }
    }

    /// Starts a thread that runs `body` and ends with it. The name is shown by system tools, which keep 15 bytes.
    /// The thread is joinable; one that nobody joins frees itself when it ends.
    public static func start(name: String, stackSize: Int = 1 << 20, body: @escaping @Sendable () -> Void)
        throws(StartFailure) -> OSThread
    {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, max(stackSize, 64 << 10))
        let box = Unmanaged.passRetained(Body(name: name, run: body))
        var id = pthread_t()
        let failure = pthread_create(
            &id, &attributes,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                nameCurrentThread(body.name)
                body.run()
                return nil
            }, box.toOpaque())
        guard failure == 0 else {
            box.release()
            throw StartFailure(errno: failure)
        }
        return OSThread(id: id)
    }

    /// Waits for the thread's end. Calling it again, or from the thread itself, returns at once.
    public func join() {
        if isCurrent { return }
        let mine = monitor.withLock {
            defer { joined = true }
            return !joined
        }
        if mine { pthread_join(id, nil) }
    }

    /// Whether the caller runs on this thread.
    public var isCurrent: Bool { pthread_equal(id, pthread_self()) != 0 }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}

/// Glibc's call for this is hidden behind `_GNU_SOURCE`, so the kernel's file is written. A name that cannot be set is no
/// reason to fail: it is only shown to operators.
private func nameCurrentThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    if file < 0 { return }
    _ = Array(name.utf8.prefix(15)).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    close(file)
}
