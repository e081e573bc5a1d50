public import Foundation

/// The program under test, as it was built together with the tests.
public enum Diwan {
    /// Beside the test bundle that runs now.
    public static let path: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("diwan").path
    }()

    /// The repository's folder.
    public static let repository: URL = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// What a command printed and how it ended.
    public struct Answer: Sendable {
        public let end: ChildProcess.End
        public let output: String
        public let errors: String
    }

    public struct Unexpected: Error, CustomStringConvertible {
        public let description: String

        public init(_ description: String) { self.description = description }
    }

    /// Runs a command to its end, whatever that is.
    public static func answer(
        _ arguments: [String], environment: [String: String] = [:], folder: URL, timeout: Duration = .seconds(120)
    ) throws -> Answer {
        let name = "command-\(UUID().uuidString.prefix(8))"
        let process = try ChildProcess(
            program: path, arguments: arguments, environment: environment, folder: folder, name: name)
        defer {
            for ending in ["out", "err"] {
                try? FileManager.default.removeItem(at: folder.appendingPathComponent("\(name).\(ending)"))
            }
        }
        guard let end = process.wait(timeout) else {
            throw Unexpected("diwan \(arguments.joined(separator: " ")) did not end within \(timeout)")
        }
        return Answer(end: end, output: process.output, errors: process.errors)
    }

    /// Runs a command that has to succeed, and returns what it printed.
    @discardableResult
    public static func run(_ arguments: [String], environment: [String: String] = [:], folder: URL) throws -> String {
        let answer = try answer(arguments, environment: environment, folder: folder)
        guard answer.end == .exit(0) else {
            throw Unexpected(
                "diwan \(arguments.joined(separator: " ")) ended with \(answer.end): \(answer.errors)\(answer.output)")
        }
        return answer.output
    }
}
