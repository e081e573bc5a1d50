/// What a running worker says of itself.
public struct WorkerReport: Codable, Sendable, Equatable {
    public let process: Int32
    /// When it took the store, milliseconds since 1970.
    public let since: Int64
    public let lanes: [LaneReport]

    public init(process: Int32, since: Int64, lanes: [LaneReport]) {
        self.process = process
        self.since = since
        self.lanes = lanes
    }
}

/// What one lane is doing.
public struct LaneReport: Codable, Sendable, Equatable {
    public struct Partition: Codable, Sendable, Equatable {
        public let topic: String
        public let partition: Int32
        /// The offset of the next record to handle.
        public let next: Int64
        /// The end of the log when it was last heard of; nil before the first fetch.
        public let end: Int64?

        public init(topic: String, partition: Int32, next: Int64, end: Int64?) {
            self.topic = topic
            self.partition = partition
            self.next = next
            self.end = end
        }

        /// Records that are still to be handled.
        public var lag: Int64? { end.map { max(0, $0 - next) } }
    }

    public let plugin: String
    /// `starting`, `waiting`, `running`, `halted`, `holding`, `draining`, `stopped` or `failed`.
    public let state: String
    /// What is waited for, or why it failed.
    public let detail: String?
    /// Partitions that wait for the operator, with code and reason.
    public let halted: [String: String]
    /// Partitions that are not read on for now because too much of them is parked, with what to do.
    public let paused: [String: String]
    public let partitions: [Partition]
    /// Records committed since the start.
    public let records: Int64
    /// Milliseconds since the lane last came around.
    public let age: Int64

    init(_ status: LaneStatus) {
        let (state, halted, away) = (status.state, status.halted, status.away)
        plugin = status.plugin
        partitions = status.positions
        self.halted = halted
        paused = status.paused
        records = status.records
        age = status.age / 1_000_000
        (self.state, detail) = Self.words(state, away: away, isHalted: !halted.isEmpty && partitions.isEmpty)
    }

    private static func words(_ state: LaneStatus.State, away: String?, isHalted: Bool) -> (String, String?) {
        switch state {
        case .starting: ("starting", nil)
        case .waiting(let reason): ("waiting", reason)
        case .running: away.map { ("waiting", $0) } ?? (isHalted ? "halted" : "running", nil)
        case .holding: ("holding", "an operator's command asked for it")
        case .draining: ("draining", nil)
        case .stopped: ("stopped", nil)
        case .failed(let reason): ("failed", reason)
        }
    }
}
