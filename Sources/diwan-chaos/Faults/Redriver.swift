import Foundation
import ProjectionStore
import WorkerTesting

/// Operators who have dead letters handled again, through the program's own command.
final class Redriver {
    private let site: Site
    private let watch: Watch
    private var callers: [ChildProcess] = []
    private(set) var calls = 0
    /// Commands that ended otherwise than such a command may among faults.
    private(set) var problems: [String] = []

    /// All went well; some letters failed again; the worker is away, or died meanwhile, and the caller is asked to try
    /// again.
    private static let ends: [ChildProcess.End] = [.exit(0), .exit(65), .exit(69), .exit(75)]
    private static let reason = "poisoned"

    init(_ site: Site, _ watch: Watch) {
        self.site = site
        self.watch = watch
    }

    var isAtWork: Bool { !callers.isEmpty }

    /// So many callers at once ask for all that failed.
    func start(callers count: Int) throws {
        for _ in 0..<count {
            calls += 1
            callers.append(
                try ChildProcess(
                    program: Diwan.path,
                    arguments: [
                        "dead-letters", "redrive", "--reason", Self.reason, "--why", "trial", "--actor",
                        "caller-\(calls)",
                        "--config", site.configurationFile,
                    ], environment: ["DIWAN_TEST_PLUGINS": "1"], folder: site.folder, name: "redrive-\(calls)"))
        }
    }

    /// Starts one where none is at work.
    func nudge() throws {
        reap()
        if callers.isEmpty { try start(callers: 1) }
    }

    func reap() {
        callers.removeAll { caller in
            guard let end = caller.end else { return false }
            if !Self.ends.contains(end) {
                problems.append("a redrive ended with \(end): \(caller.errors.suffix(400))")
            }
            return true
        }
    }

    /// Waits until all have answered.
    func wait(within timeout: Duration, tick: () throws -> Void) throws {
        let patience = Patience(timeout)
        while isAtWork {
            try tick()
            reap()
            if patience.isOver, isAtWork {
                problems.append("a redrive did not answer within \(timeout)")
                callers.removeAll()
            }
            Pause.milliseconds(10)
        }
    }

    /// Has letters handled until none is left that can be; what is left all the same shows in the comparison.
    func finish(tick: () throws -> Void) throws {
        for _ in 0..<30 {
            if let open = openLetters() {
                if open == 0 { return }
                try start(callers: 2)
                try wait(within: .seconds(120), tick: tick)
            }
            Pause.milliseconds(300)
        }
    }

    /// How many events wait because a handler failed; nil where the store cannot be read.
    private func openLetters() -> Int? { watch.ask { try $0.parkedCount(owner: nil) } }
}
