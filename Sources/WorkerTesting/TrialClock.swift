public import Foundation
import Glibc

/// A wall clock for processes that a trial starts, and sets while they run: it jumps for all of them at once. The clocks
/// that nobody can set run on. The trial itself keeps the true clock.
///
/// What they are loaded with is the library `TrialClock`, which is built beside the program.
public final class TrialClock: Sendable {
    private let file: URL
    private let descriptor: Int32

    /// Beside the program under test.
    private static let library = URL(fileURLWithPath: Diwan.path).deletingLastPathComponent()
        .appendingPathComponent("libTrialClock.so").path

    /// - Parameter folder: where the file is made that holds how wrong the clock is.
    public init(_ folder: URL) throws {
        guard FileManager.default.fileExists(atPath: Self.library) else {
            throw Diwan.Unexpected("\(Self.library) is missing: build it with `swift build --product TrialClock`")
        }
        file = folder.appendingPathComponent("clock")
        descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Diwan.Unexpected("cannot write \(file.path)") }
        try set(.zero)
    }

    deinit { close(descriptor) }

    /// For the processes.
    public var environment: [String: String] { ["LD_PRELOAD": Self.library, "TRIAL_CLOCK": file.path] }

    /// - Parameter offset: from the true clock, in whole milliseconds.
    public func set(_ offset: Duration) throws {
        var milliseconds = Int64(offset / .milliseconds(1))
        guard pwrite(descriptor, &milliseconds, 8, 0) == 8 else {
            throw Diwan.Unexpected("cannot write \(file.path): \(String(cString: strerror(errno)))")
        }
    }
}
