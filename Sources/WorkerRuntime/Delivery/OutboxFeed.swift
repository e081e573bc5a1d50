import ProjectionStore
import Threads

/// Hands a lane's outbox to its senders, and takes back what became of the messages. The lane's thread only.
///
/// Messages are chosen by their state, not by their number: a number only says where the last look ended, and the
/// feed looks from the beginning again when its partitions change and now and then besides. So one that was committed
/// late, or that an operator released, is not passed over.
final class OutboxFeed {
    private let senders: [OutboxSender]
    private let box: SettlementBox
    /// Up to where each destination's messages were handed on in this look.
    private var cursors: [String: Int64] = [:]
    /// Messages that senders have: those in flight, and those that wait there for their recipient.
    private var inFlight: Set<Int64> = []
    private var waiting: Set<Int64> = []
    private(set) var mayHaveMore = true
    private var lastLook: Int64 = 0

    private static let page = 1000
    /// Between two looks from the beginning, in nanoseconds.
    private static let span: Int64 = 5_000_000_000

    init(senders: [OutboxSender], settlements: SettlementBox) {
        self.senders = senders
        box = settlements
        if senders.isEmpty { mayHaveMore = false }
    }

    /// Nothing is with a sender that could be sent now, and nothing more is known to lie in the outbox.
    var isIdle: Bool { inFlight.isEmpty && !mayHaveMore }

    /// A transaction wrote messages, or may have.
    func expectMore() { if !senders.isEmpty { mayHaveMore = true } }

    /// What the senders settled, to be written by the next transaction.
    func takeSettlements() -> [OutboxResult] {
        let results = box.takeAll()
        for result in results {
            inFlight.remove(result.number)
            if result.state == .waiting { waiting.insert(result.number) } else { waiting.remove(result.number) }
        }
        return results
    }

    /// Settlements whose transaction failed.
    func bringBack(_ results: [OutboxResult]) { if !results.isEmpty { box.add(results) } }

    /// Hands on what the outbox of these partitions holds, in order, until a sender's queue is full.
    ///
    /// - Parameter writer: not in a transaction.
    func feed(from writer: any StoreWriter, _ partitions: [PartitionKey]) {
        guard !senders.isEmpty else { return }
        if !mayHaveMore, MonotonicClock.now - lastLook >= Self.span { lookAgain() }
        guard mayHaveMore else { return }
        let after = senders.map { cursors[$0.destinationName] ?? 0 }.min() ?? 0
        guard let messages = try? writer.pendingOutbox(of: partitions, after: after, limit: Self.page) else { return }
        var isFull = false
        for sender in senders {
            let name = sender.destinationName
            let last = cursors[name] ?? 0
            var isSenderFull = false
            for message in messages where message.number > last && message.content.destination == name {
                if !inFlight.contains(message.number), !waiting.contains(message.number) {
                    guard sender.offer(message) else {
                        isSenderFull = true
                        break
                    }
                    if message.state == .waiting {
                        waiting.insert(message.number)
                    } else {
                        inFlight.insert(message.number)
                    }
                }
                cursors[name] = message.number
            }
            if !isSenderFull, let highest = messages.last?.number { cursors[name] = max(highest, cursors[name] ?? 0) }
            isFull = isFull || isSenderFull
        }
        mayHaveMore = isFull || messages.count >= Self.page
    }

    /// From the beginning: partitions have come or gone.
    func lookAgain() {
        cursors = [:]
        lastLook = MonotonicClock.now
        mayHaveMore = !senders.isEmpty
    }

    /// Takes everything back from the senders that they have not begun to send, before partitions are given up.
    ///
    /// - Returns: false where a sender was still sending at the deadline: what it sends then, the next owner sends
    ///   again under the same id.
    @discardableResult
    func recall(until deadline: Int64) -> Bool {
        var isQuiet = true
        for sender in senders { isQuiet = sender.recall(until: deadline) && isQuiet }
        inFlight = []
        waiting = []
        lookAgain()
        return isQuiet
    }

    /// Lets each sender finish the batch in hand, and ends them.
    func stop() { for sender in senders { sender.stop() } }
}
