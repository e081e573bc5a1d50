/// Where a secret is found; the configuration never holds the secret itself.
public enum SecretSource: Hashable, Sendable, CustomStringConvertible {
    case file(String)
    case environment(String)

    public var description: String {
        switch self {
        case .file(let path): "from file \(path)"
        case .environment(let name): "from environment variable \(name)"
        }
    }

    /// Reads the secret now: a file's text without the line end that editors leave, or a variable's value.
    ///
    /// Throws `secret` with where it was looked for, never with what was found.
    public func resolve(environment: [String: String]) throws(ConfigurationError) -> Secret {
        switch self {
        case .file(let path):
            let bytes: [UInt8]
            do { bytes = try FileBytes.read(path, limit: 64 * 1024) } catch {
                throw ConfigurationError(
                    .secret, at: .wholeFile(path), error.problems.first?.message ?? "cannot be read")
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw ConfigurationError(.secret, at: .wholeFile(path), "the secret is not UTF-8 text")
            }
            let value = text.hasSuffix("\r\n") || text.hasSuffix("\n") ? String(text.dropLast()) : text
            guard !value.isEmpty else {
                throw ConfigurationError(.secret, at: .wholeFile(path), "the secret is empty; write it into the file")
            }
            return Secret(value)
        case .environment(let name):
            guard let value = environment[name], !value.isEmpty else {
                throw ConfigurationError(.secret, at: .environment(name), "is not set; the secret is expected there")
            }
            return Secret(value)
        }
    }
}

/// A secret that cannot be printed by accident: every description of it is the same word.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself, for the one call that needs it.
    public let revealed: String

    public init(_ value: String) { revealed = value }

    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
