import KafkaClient
import PluginKit
import ProjectionStore
import Threads

/// A lane's part in its consumer group, where a store is shared (rules 18 to 22): what the group gives is claimed in the
/// store and read; what the group takes back is finished, reported and let go.
///
/// The group's protocol is eager: at each rebalance every member gives all back. `.assigned` and `.lost` have been
/// answered with nothing before they come here, so the group waits for a revocation alone, and for that only up to the
/// deadline.
///
/// Threading: the lane's thread only.
final class GroupMembership {
    private let context: LaneContext
    private let status: LaneStatus
    private let rebalances: RebalanceBox
    private let connection: LaneConnection
    private let engine: LaneTransaction
    private let claims: PartitionClaim
    private var isMember = false
    /// Given by the group and not claimed yet.
    private var unclaimed: Set<PartitionKey> = []
    /// How often each was taken from this lane although the group leaves it with it.
    private var fences: [PartitionKey: Int] = [:]
    /// Given by the group and left to the operator, with their epochs in the store.
    private var halted: [PartitionKey: Int64] = [:]
    private var nextTry: Int64 = .min
    private var backoff = Backoff(first: 100, most: 2000)
    private var reminder = Reminder()

    private static let mostFences = 3

    init(
        _ context: LaneContext, _ status: LaneStatus, _ rebalances: RebalanceBox, _ connection: LaneConnection,
        _ engine: LaneTransaction, _ writer: any StoreWriter
    ) {
        self.context = context
        self.status = status
        self.rebalances = rebalances
        self.connection = connection
        self.engine = engine
        claims = PartitionClaim(
            context: context, writer: writer, consumer: connection.consumer, status: status, patience: .seconds(5))
    }

    /// Whether all that the group gave is being read, or left to the operator.
    var isSettled: Bool { isMember && unclaimed.isEmpty && !rebalances.isPending }

    /// Between turns: answers the group, then claims what waits for it.
    func serve(_ loop: LaneLoop, _ stopping: Flag) throws {
        while !stopping.isSet, let rebalance = rebalances.take() {
            switch rebalance {
            case .assigned(let partitions): assigned(partitions)
            case .revoked: revoked(loop)
            case .lost: lost(loop)
            }
        }
        if !unclaimed.isEmpty, MonotonicClock.now >= nextTry, !stopping.isSet { try claim(loop, stopping) }
    }

    // MARK: What the group says

    private func assigned(_ partitions: [TopicPartition]) {
        isMember = true
        unclaimed = Set(partitions.map { PartitionKey(topic: $0.topic, partition: $0.partition) })
        fences = [:]
        halted = [:]
        nextTry = .min
        backoff.reset()
        status.clearHalts()
        context.log.info("the group gives \(partitions.count) partitions: \(Self.list(unclaimed))")
        if unclaimed.isEmpty { status.set(.running) }
    }

    /// Drains within the deadline: the transaction in hand, what the senders have in hand, the report; then lets go.
    private func revoked(_ loop: LaneLoop) {
        let deadline = MonotonicClock.now + context.settings.revocationPatience
        let owned = connection.owned.count
        if Guarantee.drain.holds { loop.drain(until: deadline) } else { loop.abandon() }
        if rebalances.answerRevocation() {
            try? connection.unassign()
            context.log.info("gave \(owned) partitions back to the group")
        } else {
            context.log.warning("the group waited too long for \(owned) partitions; they were let go meanwhile")
        }
        forget(loop)
    }

    private func lost(_ loop: LaneLoop) {
        context.log.warning(
            "the group took \(connection.owned.count) partitions away; what was not committed is dropped")
        loop.abandon()
        forget(loop)
    }

    private func forget(_ loop: LaneLoop) {
        for key in connection.owned { engine.disown(key) }
        connection.forget()
        unclaimed = []
        halted = [:]
        status.clearHalts()
        loop.partitionsChanged()
    }

    // MARK: Claiming

    private func claim(_ loop: LaneLoop, _ stopping: Flag) throws {
        // The writer has to be free.
        try loop.settle(stopping)
        let wanted = unclaimed
        switch attempt(wanted) {
        case .success(let outcome):
            engine.holdMessages(outcome.restored)
            for state in outcome.owned { engine.own(state) }
            // Where another worker's handler hung. A store that cannot say it now says it at the next claim.
            if !outcome.owned.isEmpty { engine.dispatcher.guarding.look() }
            unclaimed.subtract(outcome.owned.map(\.key))
            unclaimed.subtract(outcome.halted.keys)
            halted.merge(outcome.halted) { _, new in new }
            if !outcome.owned.isEmpty { try connection.add(outcome.owned.map(\.key), engine) }
            loop.partitionsChanged()
            backoff.reset()
            if unclaimed.isEmpty { status.set(.running) }
            // Somebody else's transaction was quicker: what it did shows at the next look.
            nextTry = MonotonicClock.now + 100_000_000
            if !outcome.owned.isEmpty {
                context.log.info("reading \(outcome.owned.count) partitions: \(Self.list(outcome.owned.map(\.key)))")
            }
        case .failure(let error):
            if let refusal = LaneStart.refusal(error) { throw refusal }
            status.set(.waiting(error.description))
            if reminder.isDue() {
                context.log.warning("waiting before \(wanted.count) partitions can be read: \(error)")
            }
            nextTry = MonotonicClock.now + Int64(backoff.next()) * 1_000_000
        }
    }

    private func attempt(_ wanted: Set<PartitionKey>) -> Result<PartitionClaim.Outcome, KafkaError> {
        Result { () throws(KafkaError) in
            try prove(wanted)
            return try claims.claim(only: wanted)
        }
    }

    /// Judges halted partitions anew that somebody has claimed in the store since: an operator's command, which found
    /// them in nobody's hands (`diwan plugin accept-restore`).
    ///
    /// - Parameter states: what the store holds now.
    func reconsider(_ states: [PartitionState]) {
        guard !halted.isEmpty else { return }
        for state in states {
            guard let epoch = halted[state.key], epoch != state.epoch else { continue }
            halted[state.key] = nil
            status.endHalt(state.key.description)
            unclaimed.insert(state.key)
            nextTry = .min
        }
    }

    // MARK: Fences

    /// Another owner has moved a partition that the group has not taken back from this lane. It is claimed again once
    /// the group had the time to say that it is no longer ours; three times, then the operator has to look.
    func fenced(_ key: PartitionKey, _ loop: LaneLoop) throws {
        loop.abandon()
        engine.disown(key)
        try connection.drop(key, engine)
        loop.partitionsChanged()
        let count = (fences[key] ?? 0) + 1
        fences[key] = count
        guard count <= Self.mostFences else {
            let reason =
                "fenced: \(key): another worker keeps moving this partition in the store, although the group gives it "
                + "to this one. Look for a worker of the same deployment that uses another cluster or group, stop it, "
                + "and restart this one."
            context.log.error(reason)
            return status.halt(key.description, reason)
        }
        context.log.warning(
            "\(key): the store does not stand where this lane left it: another owner has claimed it, or the server lost "
                + "its last commits; nothing of ours was kept")
        unclaimed.insert(key)
        nextTry = MonotonicClock.now + 1_000_000_000
    }

    /// A partition that was taken from this lane is claimed again only when the group confirms, by taking a commit,
    /// that it still is a member: one that slept through its session would otherwise take it from the rightful owner.
    private func prove(_ wanted: Set<PartitionKey>) throws(KafkaError) {
        let taken = wanted.filter { fences[$0] != nil }
        if !taken.isEmpty { try connection.proveMembership(by: taken) }
    }

    private static func list(_ keys: some Collection<PartitionKey>) -> String {
        let shown = keys.sorted().prefix(8).map(\.description).joined(separator: ", ")
        return keys.count > 8 ? "\(shown) and \(keys.count - 8) more" : shown
    }
}
