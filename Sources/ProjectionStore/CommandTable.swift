/// The caller's side of commands to workers that share a store (rule 23): they lie in a table until the owner of their
/// partition takes them. One thread at a time.
public protocol CommandTable: AnyObject {
    /// Puts a request there for the owner of a partition; it counts for as long as the caller asks for its replies.
    func put(_ request: String, for partition: PartitionKey) throws(StoreError) -> Int64
    /// The replies with a number above `after`, and a sign that the caller is still there.
    func replies(to command: Int64, after: Int64) throws(StoreError) -> [StoredReply]
    /// Takes a request back that nobody has taken.
    ///
    /// - Returns: false where somebody has.
    func withdraw(_ command: Int64) throws(StoreError) -> Bool
    /// The caller has its answer, or leaves.
    func remove(_ command: Int64) throws(StoreError)
    func close()
}

/// A request that an owner has taken.
public struct StoredCommand: Sendable, Equatable {
    public let number: Int64
    public let request: String

    public init(number: Int64, request: String) {
        self.number = number
        self.request = request
    }
}

public struct StoredReply: Sendable, Equatable {
    public let number: Int64
    public let text: String

    public init(number: Int64, text: String) {
        self.number = number
        self.text = text
    }
}

/// The owner's side of it. Between transactions only. Stores of one process have no such table.
public protocol CommandTaking: AnyObject {
    /// Whether commands come through the store.
    var keepsCommands: Bool { get }
    /// Takes the oldest request for one of these partitions that nobody has taken, or whose taker has lost the partition,
    /// as long as its caller is there.
    func takeCommand(for partitions: [PartitionState]) throws(StoreError) -> StoredCommand?
    func answer(_ command: Int64, _ reply: String) throws(StoreError)
    /// Whether the caller is still there.
    func isWanted(_ command: Int64) throws(StoreError) -> Bool
}

extension CommandTaking {
    public var keepsCommands: Bool { false }
    public func takeCommand(for partitions: [PartitionState]) throws(StoreError) -> StoredCommand? { nil }
    public func answer(_ command: Int64, _ reply: String) throws(StoreError) {}
    public func isWanted(_ command: Int64) throws(StoreError) -> Bool { false }
}
