import Synchronization

/// What a worker logged.
final class Said: Sendable {
    private let content = Mutex<[String]>([])

    func add(_ line: String) { content.withLock { $0.append(line) } }
    var lines: [String] { content.withLock { $0 } }
    func contains(_ text: String) -> Bool { lines.contains { $0.contains(text) } }
}
