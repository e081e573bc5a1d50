import Foundation
import WorkerTesting

/// A folder of its own in which a test runs the program. It goes with the object.
final class Workplace: Sendable {
    let folder: URL
    /// What the programs said: beside the folder, so that it holds nothing but what they made.
    private var said: URL { folder.appendingPathExtension("said") }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "diwan-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
        try? FileManager.default.removeItem(at: said)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// Runs the program here, as from a shell in this folder.
    func diwan(_ arguments: String..., environment: [String: String] = [:]) throws -> Answer {
        try answer(arguments, environment: environment)
    }

    func answer(_ arguments: [String], environment: [String: String] = [:]) throws -> Answer {
        let process = try child(arguments, environment)
        guard let end = process.wait(.seconds(120)) else {
            throw Diwan.Unexpected("diwan \(arguments.joined(separator: " ")) did not end")
        }
        return Answer(end: end, output: process.output, errors: process.errors)
    }

    /// Runs a command that has to succeed, and returns what it printed.
    @discardableResult
    func run(_ arguments: [String]) throws -> String {
        let answer = try answer(arguments)
        guard answer.code == 0 else {
            throw Diwan.Unexpected("diwan \(arguments.joined(separator: " ")): \(answer.end): \(answer.errors)")
        }
        return answer.output
    }

    /// Starts the program here and returns at once.
    func start(_ arguments: String...) throws -> ChildProcess { try child(arguments, [:]) }

    private func child(_ arguments: [String], _ environment: [String: String]) throws -> ChildProcess {
        try FileManager.default.createDirectory(at: said, withIntermediateDirectories: true)
        return try ChildProcess(
            program: "/bin/sh",
            arguments: ["-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder.path, Diwan.path] + arguments,
            environment: environment, folder: said, name: UUID().uuidString)
    }

    /// Asks again and again, for about ten seconds.
    func comesTrue(_ condition: () throws -> Bool) throws -> Bool {
        for _ in 0..<100 {
            if try condition() { return true }
            usleep(100_000)
        }
        return false
    }

    /// A configuration as `diwan.yaml`, with the broker at `servers`.
    func configure(
        servers: String, kafka: String = "", store: String = "store", plugins: String = "{mechanism-directory: {}}"
    ) throws {
        try write(
            """
            deployment: trial
            kafka:
              bootstrap-servers: [\(servers)]
            \(kafka)store: {sqlite: {folder: \(store)}}
            plugins: \(plugins)

            """, to: "diwan.yaml")
    }
}

/// What a command printed and how it ended.
struct Answer {
    let end: ChildProcess.End
    let output: String
    let errors: String

    /// The exit code; nil where a signal ended it.
    var code: Int32? {
        if case .exit(let code) = end { code } else { nil }
    }

    /// What it printed, as JSON.
    func json() throws -> Any {
        try JSONSerialization.jsonObject(with: Data(output.utf8), options: .fragmentsAllowed)
    }
}

/// A port of this machine on which nobody answers.
let deadServer = "127.0.0.1:1"
