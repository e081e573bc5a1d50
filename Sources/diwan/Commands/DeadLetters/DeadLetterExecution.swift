import Configuration
import Glibc
import ProjectionStore
import Threads
import WorkerRuntime

/// Has a command done: by the worker that holds the store, or here where no worker does (rule 23).
struct DeadLetterExecution {
    let deployment: Deployment
    let plugin: String

    init(_ deployment: Deployment, _ plugin: String) {
        self.deployment = deployment
        self.plugin = plugin
    }

    /// How long a worker that holds the store may take to answer: it may be coming up.
    private static let patience: Duration = .seconds(10)

    /// - Parameter outcome: called after each step.
    func run(_ command: DeadLetterCommand, _ outcome: (DeadLetterOutcome) -> Void) throws {
        let deadline = MonotonicClock.deadline(after: Self.patience)
        if let left = try askOwners(command, outcome) {
            if left.letters.isEmpty { return }
            return try doHere(left, outcome)
        }
        while true {
            if try askWorker(command, outcome) { return }
            do {
                return try doHere(command, outcome)
            } catch let error as WorkerFailure {
                // Somebody holds the store and did not answer: a worker that is coming up, or another command.
                guard error.kind == .storeHeld, MonotonicClock.remaining(until: deadline) != .zero else { throw error }
            }
            usleep(250_000)
        }
    }

    private func doHere(_ command: DeadLetterCommand, _ outcome: (DeadLetterOutcome) -> Void) throws {
        try deployment.worker(reachesKafka: false).repair(plugin, command, progress: outcome)
    }

    /// - Returns: false where no worker answers, or where it cannot do it just now.
    private func askWorker(_ command: DeadLetterCommand, _ outcome: (DeadLetterOutcome) -> Void) throws -> Bool {
        guard let client = try connect() else { return false }
        let reply: ControlReply
        do throws(ControlClient.Failure) {
            reply = try client.ask(ControlRequest(.deadLetters, plugin: plugin, command: command)) { progress in
                if let done = progress.outcome { outcome(done) }
            }
        } catch {
            throw CommandFailure(.tempFail, "\(error.message): ask again for what is left")
        }
        if let done = reply.outcome { outcome(done) }
        guard reply.reply == .error else { return true }
        let message = reply.message ?? "the worker refused"
        switch reply.code {
        case .notNow, .busy, .store: throw CommandFailure(.tempFail, message)
        default: throw CommandFailure(.unavailable, message)
        }
    }

    private func connect() throws -> ControlClient? {
        guard let folder = deployment.controlFolder else { return nil }
        do throws(ControlClient.Failure) {
            return try ControlClient.connect(storeFolder: folder)
        } catch {
            throw CommandFailure(.noPerm, error.message)
        }
    }
}

/// Who runs this command.
enum LoginName {
    static var current: String {
        guard let entry = getpwuid(geteuid()), let name = entry.pointee.pw_name else { return "user \(geteuid())" }
        return String(cString: name)
    }
}
