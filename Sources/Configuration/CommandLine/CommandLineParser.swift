/// Reads a command line by the specification of its commands.
public struct CommandLineParser: Sendable {
    public let root: CommandSpec

    public init(_ root: CommandSpec) { self.root = root }

    /// Reads the words after the program's name. Throws `UsageError` (64) for what is wrong with them.
    public func parse(_ words: [String]) throws(UsageError) -> CommandLineOutcome {
        var reading = CommandLineReading(root: root)
        return try reading.read(words)
    }
}
