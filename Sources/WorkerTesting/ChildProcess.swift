public import Foundation
import Glibc
import Synchronization
import Threads

/// A program that a test runs: its output lies in files, and it can be killed as a machine's fault would kill it.
/// Killed for good when nobody refers to it any more. May be used by many threads.
public final class ChildProcess: Sendable {
    public enum End: Sendable, Equatable, CustomStringConvertible {
        case exit(Int32)
        case signal(Int32)

        public var description: String {
            switch self {
            case .exit(let code): "exit code \(code)"
            case .signal(let number): "signal \(number)"
            }
        }
    }

    public struct StartFailure: Error, CustomStringConvertible {
        public let description: String
    }

    public let processID: Int32
    private let outputFile: URL
    private let errorFile: URL
    private let ended = Mutex<End?>(nil)

    /// - Parameters:
    ///   - environment: all of it but PATH, HOME and LANG, which the test's own environment gives.
    ///   - folder: where the files `<name>.out` and `<name>.err` are made.
    public init(
        program: String, arguments: [String], environment: [String: String] = [:], folder: URL, name: String
    ) throws {
        outputFile = folder.appendingPathComponent("\(name).out")
        errorFile = folder.appendingPathComponent("\(name).err")
        var variables = environment
        for name in ["PATH", "HOME", "LANG"] where variables[name] == nil {
            variables[name] = ProcessInfo.processInfo.environment[name]
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let create = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputFile.path, create, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorFile.path, create, 0o600)
        // No lock and no socket of the test's reaches the child; closing what is closed already is no error here.
        for descriptor in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap({ Int32($0) })
        where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The test's runner may block signals; a child that inherits that cannot be asked to leave.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process: pid_t = 0
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + settings { free(pointer) } }
        let failure = posix_spawn(&process, program, &actions, &attributes, words, settings)
        guard failure == 0 else {
            throw StartFailure(description: "cannot run \(program): \(String(cString: strerror(failure)))")
        }
        processID = process
    }

    deinit { kill() }

    // MARK: What it said

    public var output: String { Self.text(outputFile) }
    public var errors: String { Self.text(errorFile) }

    private static func text(_ file: URL) -> String {
        String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
    }

    /// Waits until standard error holds the text; false when the process ended or the time passed without it.
    public func says(_ text: String, within timeout: Duration = .seconds(60)) -> Bool {
        let deadline = MonotonicClock.deadline(after: timeout)
        while true {
            let hasEnded = end != nil
            if errors.contains(text) { return true }
            if hasEnded || MonotonicClock.remaining(until: deadline) == .zero { return false }
            usleep(20_000)
        }
    }

    // MARK: Its end

    public var isRunning: Bool { end == nil }

    /// How it ended; nil while it runs.
    public var end: End? {
        ended.withLock { ended in
            if ended != nil { return ended }
            var status: Int32 = 0
            guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
            ended = status & 0x7f == 0 ? .exit(status >> 8 & 0xff) : .signal(status & 0x7f)
            return ended
        }
    }

    /// Waits for the end; nil when it still runs after `timeout`.
    public func wait(_ timeout: Duration = .seconds(60)) -> End? {
        let deadline = MonotonicClock.deadline(after: timeout)
        while true {
            if let end { return end }
            if MonotonicClock.remaining(until: deadline) == .zero { return nil }
            usleep(5_000)
        }
    }

    public func signal(_ number: Int32) {
        // Under the lock, so that the id cannot belong to another process by now.
        ended.withLock { ended in if ended == nil { _ = Glibc.kill(processID, number) } }
    }

    /// Asks it to leave, as a supervisor does.
    public func terminate() { signal(SIGTERM) }

    /// `kill -9`, and waits until it is gone.
    @discardableResult
    public func kill() -> End? {
        signal(SIGKILL)
        return wait(.seconds(10))
    }
}
