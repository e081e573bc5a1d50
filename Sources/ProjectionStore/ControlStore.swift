/// What a store's writer keeps for operators: halted partitions, and records at which a handler hung.
public protocol ControlWriting: CommandTaking {
    /// Notes why a partition is halted, so that answers and commands can say it; nil: it is not. Within a transaction.
    func setHalt(_ halt: PartitionHalt?, of partition: PartitionKey) throws(StoreError)

    /// Where it is noted that a handler hung. Used by another thread than the writer's, also while the writer has a
    /// transaction open.
    var overrunLog: any OverrunLog { get }
    /// Records at which a handler hung since the last `forgetOverruns` for their partition.
    func overruns() throws(StoreError) -> [HandlerOverrun]
    /// Forgets those of the partition at records (from offset 0 on) that lie before an offset. Not within a transaction.
    func forgetOverruns(of partition: PartitionKey, before offset: Int64) throws(StoreError)
    /// Forgets those at one place, which may be a timer's, below all offsets. Not within a transaction.
    func forgetOverruns(of partition: PartitionKey, at offset: Int64) throws(StoreError)
    /// The names of counters that begin so, at most `limit`.
    func counterNames(prefix: String, limit: Int) throws(StoreError) -> [String]
}

/// What a store's reader tells operators.
public protocol ControlReading: AnyObject {
    func halts() throws(StoreError) -> [PartitionKey: PartitionHalt]
    /// What the workers that share the store said last, also those that are gone. In the order of workers and lanes.
    func workerReports() throws(StoreError) -> [StoredReport]
}

/// Notes at which record a handler hung, durably, before the process ends itself. May be used by any thread.
public protocol OverrunLog: Sendable {
    func note(_ partition: PartitionKey, offset: Int64, at time: Int64) throws(StoreError)
}

/// Why a partition is not read until the operator has decided something.
public struct PartitionHalt: Sendable, Equatable {
    /// A stable code in kebab case.
    public let code: String
    /// What happened and what to do.
    public let message: String
    /// When it was first found, milliseconds since 1970.
    public let at: Int64

    public init(code: String, message: String, at: Int64) {
        self.code = code
        self.message = message
        self.at = at
    }
}

/// A record at which a handler ran longer than it may, so that the worker ended itself.
public struct HandlerOverrun: Sendable, Equatable {
    public let partition: PartitionKey
    public let offset: Int64
    /// How often.
    public let attempts: Int64

    public init(partition: PartitionKey, offset: Int64, attempts: Int64) {
        self.partition = partition
        self.offset = offset
        self.attempts = attempts
    }
}
