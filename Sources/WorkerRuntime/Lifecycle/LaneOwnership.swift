import KafkaClient
import ProjectionStore
import Threads

/// What a lane does about its partitions between turns: answers the group where the store is shared, and looks whether
/// topics and store are still there and still the same. The lane's thread only.
final class LaneOwnership {
    private let status: LaneStatus
    private let connection: LaneConnection
    private let engine: LaneTransaction
    private let writer: any StoreWriter
    private let watch: TopicWatch
    private let claims: PartitionClaim
    /// nil where the lane owns all partitions.
    private let membership: GroupMembership?
    private var nextLook: Int64 = .min

    /// Between two looks at a store that nothing is written to, in nanoseconds: one that is lost shows within 10 s.
    private static let span: Int64 = 3_000_000_000

    init(
        _ context: LaneContext, _ status: LaneStatus, _ connection: LaneConnection, _ engine: LaneTransaction,
        _ writer: any StoreWriter, _ watch: TopicWatch
    ) {
        self.status = status
        self.connection = connection
        self.engine = engine
        self.writer = writer
        self.watch = watch
        claims = PartitionClaim(
            context: context, writer: writer, consumer: connection.consumer, status: status, patience: .seconds(5))
        membership = connection.rebalances.map { GroupMembership(context, status, $0, connection, engine, writer) }
    }

    /// At the beginning of each turn.
    func serve(_ loop: LaneLoop, _ stopping: Flag) throws {
        try membership?.serve(loop, stopping)
        guard MonotonicClock.now >= nextLook else { return }
        nextLook = MonotonicClock.now + Self.span
        watch.update(Array(engine.partitions.values))
        if connection.isShared, engine.isSettled { try lookAtStore() }
    }

    /// A turn ended early.
    func heed(_ interruption: LaneInterruption, _ loop: LaneLoop, _ stopping: Flag) throws {
        switch interruption {
        case .rebalance:
            try membership?.serve(loop, stopping)
            try loop.readAgain()
        case .fenced(let key):
            loop.abandon()
            try renewIfReplaced()
            try membership?.fenced(key, loop)
        }
    }

    /// Another generation of the store has become live, under the same name (rule 32).
    private func renewIfReplaced() throws {
        if case .success(true) = Result(catching: { () throws(StoreError) in try writer.isReplaced() }) {
            throw LaneRenewal()
        }
    }

    /// An idle lane learns here that its store is away, or that somebody else owns its partitions.
    private func lookAtStore() throws {
        try renewIfReplaced()
        switch Result(catching: { () throws(StoreError) in try writer.partitions() }) {
        case .failure(let error): status.setStoreAway(error.message)
        case .success(let states):
            status.setStoreAway(nil)
            membership?.reconsider(states)
            for state in states {
                guard let mine = engine.partitions[state.key] else { continue }
                // Another owner, or a server that lost its last commits in a crash (`durability: normal`).
                if mine.epoch != state.epoch || mine.nextOffset != state.nextOffset {
                    throw LaneInterruption.fenced(state.key)
                }
            }
        }
    }

    /// Looks closely at a topic that may have changed, and leaves to the operator what must not be read on (rule 21).
    func look(at topic: String, _ loop: LaneLoop, _ stopping: Flag) throws {
        try loop.settle(stopping)
        let keys = connection.owned.filter { $0.topic == topic }
        guard !keys.isEmpty, case .success(let halts) = audit(keys) else { return }
        for (key, halt) in halts where connection.owned.contains(key) {
            try loop.halt(key, halt)
        }
    }

    private func audit(_ keys: [PartitionKey]) -> Result<[(key: PartitionKey, halt: AssignmentCheck.Halt)], KafkaError>
    {
        Result { () throws(KafkaError) in try claims.audit(keys) }
    }
}
