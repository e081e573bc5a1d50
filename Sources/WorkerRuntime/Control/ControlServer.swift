import Glibc
import Synchronization
import Threads

/// Listens on the store's socket and gives each caller a thread, so that none waits for another's slowness. What they
/// ask of one plugin is done one after the other, by its lane.
final class ControlServer: Sendable {
    private struct Content {
        var calls: [Int: Call] = [:]
        var next = 0
        var isStopping = false
    }

    private struct Call {
        let stream: ControlStream
        let thread: OneShot<OSThread>
    }

    /// More callers at a time are sent away.
    private static let mostCalls = 32

    private let folder: String
    private let desk: ControlDesk
    private let log: WorkerLog
    private let listener: Int32
    private let content = Mutex(Content())
    private let thread = OneShot<OSThread>()

    /// - Parameter folder: of the store, whose lock this process holds.
    /// - Throws: `ControlSocket.Failure`, `OSThread.StartFailure`.
    init(folder: String, desk: ControlDesk, log: WorkerLog) throws {
        self.folder = folder
        self.desk = desk
        self.log = log
        listener = try ControlSocket.listen(in: folder)
        do {
            thread.give(try OSThread.start(name: "control") { [self] in listen() })
        } catch {
            close(listener)
            throw error
        }
    }

    /// Takes the socket away and ends every call. To be called before the store's lock is given up.
    func stop() {
        let calls = content.withLock { content in
            content.isStopping = true
            return Array(content.calls.values)
        }
        ControlSocket.remove(in: folder)
        // Wakes `accept`.
        shutdown(listener, Int32(SHUT_RDWR))
        thread.wait()?.join()
        close(listener)
        for call in calls { call.stream.hangUp() }
        // One whose thread never started has none to wait for.
        for call in calls { call.thread.wait(timeout: .seconds(1))?.join() }
    }

    private var isStopping: Bool { content.withLock { $0.isStopping } }

    private func listen() {
        while !isStopping {
            let descriptor = accept(listener, nil, nil)
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                take(descriptor)
            } else if errno != EINTR, !isStopping {
                // Out of descriptors, for example: others may be freed.
                log.warning("the control socket: \(String(cString: strerror(errno)))")
                sleep(1)
            }
        }
    }

    private func take(_ descriptor: Int32) {
        let stream = ControlStream(descriptor, limit: ControlRequest.maximumBytes)
        guard ControlSocket.mayAsk(descriptor) else {
            log.warning("a caller of another user was sent away from the control socket")
            return
        }
        let call = Call(stream: stream, thread: OneShot())
        let number: Int? = content.withLock { content in
            guard !content.isStopping, content.calls.count < Self.mostCalls else { return nil }
            content.next += 1
            content.calls[content.next] = call
            return content.next
        }
        guard let number else {
            _ = stream.write(ControlLine.bytes(ControlReply.error(.busy, "too many callers: try again later")))
            return
        }
        do {
            call.thread.give(
                try OSThread.start(name: "control-call") { [self] in
                    desk.serve(stream)
                    // Cut at once: the object may live on in `stop`.
                    stream.hangUp()
                    content.withLock { _ = $0.calls.removeValue(forKey: number) }
                })
        } catch {
            content.withLock { _ = $0.calls.removeValue(forKey: number) }
            log.warning("the control socket: \(error)")
        }
    }
}
