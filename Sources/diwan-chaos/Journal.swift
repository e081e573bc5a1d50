import Foundation
import Threads

/// What happened when: for who reads along, and beside the workers' logs for who looks into a failure.
final class Journal {
    private let began = MonotonicClock.now
    private var file: FileHandle?
    private(set) var counts: [String: Int] = [:]

    func open(_ folder: URL) {
        let path = folder.appendingPathComponent("faults.log").path
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        file = FileHandle(forWritingAtPath: path)
    }

    func say(_ text: String) {
        let seconds = Double(MonotonicClock.now - began) / 1e9
        let line = "[\(String(format: "%7.1f", seconds)) s] \(text)"
        Self.print(line)
        try? file?.write(contentsOf: Data((line + "\n").utf8))
    }

    func count(_ what: String) { counts[what, default: 0] += 1 }

    /// At once, also where the output is a file.
    static func print(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
