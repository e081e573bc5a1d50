/// How large a document may be. The defaults leave room for any configuration or manifest that a person writes.
public struct YAMLLimits: Hashable, Sendable {
    /// Bytes of the file.
    public var bytes: Int
    /// Levels of nesting, aliases followed.
    public var depth: Int
    /// Nodes, each alias counted as everything it stands for: so a few lines cannot grow into gigabytes.
    public var nodes: Int

    public init(bytes: Int = 1 << 20, depth: Int = 64, nodes: Int = 100_000) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
    }
}
