import ProjectionStore
import Synchronization

/// What became of outbox messages, on its way from the senders to the lane: taken without ever making a sender wait,
/// so that a lane which is leaving can wait for its senders.
final class SettlementBox: Sendable {
    private let content = Mutex<[OutboxResult]>([])

    func add(_ results: [OutboxResult]) { content.withLock { $0.append(contentsOf: results) } }

    func takeAll() -> [OutboxResult] {
        content.withLock { results in
            defer { results = [] }
            return results
        }
    }
}
