import KafkaClient
import ProjectionStore
import Synchronization
import Threads

/// What the consumer group says, on its way from the consumer's thread to the lane's, past all records that wait.
///
/// Only a revocation makes the group wait for an answer. The lane gives it; when the lane cannot in time, whoever keeps
/// the deadline gives it in its place, and the lane treats the revocation as a loss (the epoch in the store undoes what
/// it still tries to write).
final class RebalanceBox: Sendable {
    private struct Content {
        var waiting: [Rebalance] = []
        /// Since when the group waits for the answer to a revocation, by the monotonic clock.
        var revoked: Int64?
    }

    private let content = Mutex(Content())

    /// On the consumer's thread.
    func add(_ rebalance: Rebalance) {
        content.withLock { content in
            if case .revoked = rebalance { content.revoked = MonotonicClock.now }
            content.waiting.append(rebalance)
        }
    }

    /// Whether the lane has something to take: what it does now should end soon.
    var isPending: Bool { content.withLock { !$0.waiting.isEmpty } }

    /// The next one; a revocation that was answered in the lane's place comes as a loss.
    func take() -> Rebalance? {
        content.withLock { content in
            guard !content.waiting.isEmpty else { return nil }
            let next = content.waiting.removeFirst()
            if case .revoked(let partitions) = next, content.revoked == nil { return .lost(partitions) }
            return next
        }
    }

    /// Called once by whoever answers a revocation.
    ///
    /// - Parameter age: only where the group has waited this long, in nanoseconds.
    /// - Returns: whether the caller has to answer, and nobody else has.
    func answerRevocation(olderThan age: Int64 = .min) -> Bool {
        content.withLock { content in
            guard let since = content.revoked, MonotonicClock.now - since >= age else { return false }
            content.revoked = nil
            return true
        }
    }
}

/// Why a lane drops what it has in hand and looks around, although neither store nor Kafka failed.
enum LaneInterruption: Error {
    /// The group has something to say.
    case rebalance
    /// Another owner has moved the partition.
    case fenced(PartitionKey)
}
