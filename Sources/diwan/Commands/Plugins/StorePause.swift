import Configuration
import Glibc
import ProjectionStore
import Synchronization
import Threads
import WorkerRuntime

/// Keeps whoever works on the live store out of it for a while: takes the deployment's store where no worker has it, and
/// otherwise asks the worker to let go of this plugin's.
///
/// `@unchecked Sendable`: the client is used by one thread at a time, within the mutex.
final class StorePause: LivePause, @unchecked Sendable {
    private enum Held {
        case nothing
        case store(any StoreOwnership)
        case lane(ControlClient)
    }

    private let provider: any StoreProvider
    private let plugin: String
    private let lock = Mutex<Void>(())
    private var held = Held.nothing

    /// How long a lane that is coming up, or waits for something, is asked again.
    private static let patience: Duration = .seconds(30)

    init(_ deployment: Deployment, plugin: String) {
        provider = deployment.provider
        self.plugin = plugin
    }

    func pause() throws {
        try lock.withLock { _ in
            do throws(StoreError) {
                held = .store(try provider.takeOwnership(waiting: nil))
            } catch {
                guard error.code == .held, let folder = provider.controlFolder else { throw error }
                guard let client = try ControlClient.connect(storeFolder: folder) else { throw error }
                held = try hold(client)
            }
        }
    }

    func confirm() throws {
        try lock.withLock { _ in
            guard case .lane(let client) = held else { return }
            // A worker that was started anew meanwhile has no such connection.
            _ = try client.ask(ControlRequest(.status))
        }
    }

    func resume() {
        lock.withLock { _ in
            switch held {
            case .nothing: break
            case .store(let ownership): ownership.release()
            case .lane(let client): _ = try? client.ask(ControlRequest(.resume))
            }
            held = .nothing
        }
    }

    private func hold(_ client: ControlClient) throws -> Held {
        let deadline = MonotonicClock.deadline(after: Self.patience)
        while true {
            let reply = try client.ask(ControlRequest(.hold, plugin: plugin))
            guard reply.reply == .error else { return .lane(client) }
            // The worker that has the store does not run this plugin: nobody has its files open.
            if reply.code == .unknownPlugin { return .lane(client) }
            let isOver = MonotonicClock.remaining(until: deadline) == .zero
            guard reply.code == .notNow || reply.code == .busy, !isOver else {
                throw CommandFailure(.tempFail, "the worker cannot pause \(plugin): \(reply.message ?? "")")
            }
            usleep(250_000)
        }
    }
}
