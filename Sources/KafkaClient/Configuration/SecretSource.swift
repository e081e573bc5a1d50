private import Foundation

/// Where a secret comes from. The secret itself is read when a client is made, and never printed.
public enum SecretSource: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The whole content of a file, less one line end.
    case file(path: String)
    /// An environment variable.
    case environment(name: String)
    /// The secret in the program or its configuration: for tests; others can read it there.
    case literal(String)

    public var description: String {
        switch self {
        case .file(let path): "file \(path)"
        case .environment(let name): "environment variable \(name)"
        case .literal: "a literal, not shown"
        }
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: ["source": description]) }

    /// Throws `.secretUnavailable`, naming option and source.
    func read(for option: String) throws(KafkaError) -> String {
        switch self {
        case .literal(let secret):
            return secret
        case .environment(let name):
            guard let secret = ProcessInfo.processInfo.environment[name], !secret.isEmpty else {
                throw unavailable(option, "environment variable \(name) is not set or empty; set it")
            }
            return secret
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw unavailable(option, "file \(path) cannot be read; create it, readable by this user only")
            }
            var bytes = [UInt8](data)
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            guard !bytes.isEmpty, let secret = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
                throw unavailable(option, "file \(path) is empty or not text; put the secret into it, in UTF-8")
            }
            return secret
        }
    }

    private func unavailable(_ option: String, _ reason: String) -> KafkaError {
        KafkaError(code: .secretUnavailable, message: "secret \(option): \(reason)")
    }
}
