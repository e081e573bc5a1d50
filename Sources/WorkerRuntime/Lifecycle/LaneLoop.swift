import Glibc
import KafkaClient
import PluginKit
import ProjectionStore
import Threads

/// What a lane does with its inputs: commits batches in transactions that grow with the backlog, feeds the senders,
/// reports to the group, and retries what an outage interrupted. The lane's thread only.
final class LaneLoop {
    private let senders: [OutboxSender]
    private let settlements: SettlementBox
    private let context: LaneContext
    private let status: LaneStatus
    private let connection: LaneConnection
    private let writer: any StoreWriter
    private let engine: LaneTransaction
    /// How many records the next transaction may take: doubled while there is a backlog, small when live, so that a
    /// live event waits for nobody and a backlog writes each page once.
    private var appetite = LaneLoop.leastAppetite
    private var fed: [String: Int64] = [:]
    private var outboxWaits = true
    private var reported = MonotonicClock.now
    private var unreported: Set<PartitionKey> = []
    /// Partitions of which everything there is has been taken in.
    private var caughtUp: Set<PartitionKey> = []
    /// Messages that the senders have and have not settled.
    private var inFlight: Set<Int64> = []

    private static let leastAppetite = 500

    init(
        context: LaneContext, status: LaneStatus, connection: LaneConnection, writer: any StoreWriter,
        engine: LaneTransaction, senders: [OutboxSender], settlements: SettlementBox
    ) {
        self.senders = senders
        self.settlements = settlements
        self.context = context
        self.status = status
        self.connection = connection
        self.writer = writer
        self.engine = engine
    }

    /// How long to wait for input: not at all while the outbox has more to hand on.
    var patience: Duration { outboxWaits ? .milliseconds(20) : .milliseconds(500) }

    /// Whether the transaction to come should take further input that is there already.
    func wantsMore(_ inputs: [LaneInput]) -> Bool {
        var records = 0
        var bytes = 0
        for case .batch(let batch) in inputs {
            records += batch.records.count
            bytes += batch.byteCount
        }
        return records < appetite && bytes < context.lane.maximumBytes
    }

    /// Deals with inputs; on return all of them are dealt with, or the lane stops.
    func turn(_ inputs: [LaneInput], _ stopping: Flag) throws {
        for case .trouble(let error) in inputs { try deal(with: error) }
        let batches = inputs.compactMap { input in
            if case .batch(let batch) = input, batch.generation == connection.generation { batch } else { nil }
        }
        let settlements = settlements.takeAll()
        if !batches.isEmpty || !settlements.isEmpty {
            status.setIdle(false)
            for result in settlements { inFlight.remove(result.number) }
            let records = batches.reduce(0) { $0 + $1.records.count }
            try commit(batches, settlements, stopping)
            appetite =
                records >= appetite
                ? min(appetite * 2, context.lane.maximumRecords) : max(records, Self.leastAppetite)
            try writer.checkpoint(behind: appetite > Self.leastAppetite)
        }
        for batch in batches { for run in batch.runs { caughtUp.remove(run.partition) } }
        for case .end(let key) in inputs { caughtUp.insert(key) }
        feedSenders()
        status.setIdle(
            inFlight.isEmpty && !outboxWaits && connection.owned.allSatisfy { caughtUp.contains($0) })
        report(force: inputs.isEmpty)
    }

    /// Writes what the senders settled to the last, reports how far SQL has come, and says goodbye to Kafka.
    func leave() throws {
        defer { connection.leave(unreported.compactMap { engine.partitions[$0] }) }
        let settlements = settlements.takeAll()
        if !settlements.isEmpty { try engine.commit([], settlements: settlements) }
    }

    // MARK: Transactions

    private func commit(_ batches: [DecodedBatch], _ settlements: [OutboxResult], _ stopping: Flag) throws {
        var backoff = Backoff(first: 100, most: 10_000)
        var reminder = Reminder()
        while true {
            switch attempt(batches, settlements) {
            case .success(let summary):
                note(summary, batches)
                return
            case .failure(.fenced(let key)):
                throw WorkerFailure(
                    .software,
                    "\(key): another worker has moved this partition in our store, although the store is ours alone: "
                        + "make sure that no other program writes to it")
            case .failure(.store(let error)):
                if try survive(error, batches, settlements) { return }
                status.set(.waiting(error.message))
                if reminder.isDue() { context.log.warning("waiting for the store: \(error.message)") }
                pause(backoff.next(), stopping)
                // Stopping: nothing was committed, and whoever comes next reads it again. Otherwise the answer to a
                // COMMIT may have been lost: the store knows.
                if stopping.isSet { return }
                if (try? engine.isCommitted(batches)) == true { return }
            }
        }
    }

    private func attempt(_ batches: [DecodedBatch], _ settlements: [OutboxResult]) -> Result<CommitSummary, LaneFailure>
    {
        do throws(LaneFailure) {
            return .success(try engine.commit(batches, settlements: settlements))
        } catch {
            return .failure(error)
        }
    }

    private func note(_ summary: CommitSummary, _ batches: [DecodedBatch]) {
        if summary.outbox > 0 { outboxWaits = true }
        if summary.deadLetters > 0 {
            context.log.warning(
                "\(summary.deadLetters) dead letter\(summary.deadLetters == 1 ? "" : "s"): see `diwan dead-letters list`"
            )
        }
        for batch in batches { for run in batch.runs { unreported.insert(run.partition) } }
        status.count(summary.records)
        status.set(.running)
    }

    /// Whether the batches are dealt with in spite of the error; false: try again later.
    private func survive(_ error: StoreError, _ batches: [DecodedBatch], _ settlements: [OutboxResult]) throws -> Bool {
        switch error.code {
        case .unavailable, .retry, .held: return false
        case .constraint:
            try isolate(batches, settlements)
            return true
        case .newer: throw WorkerFailure(.storeNewer, error.message)
        case .notWritable: throw WorkerFailure(.storeNotWritable, error.message)
        case .corrupt, .absent: throw WorkerFailure(.storeCorrupt, error.message)
        case .query, .schema: throw WorkerFailure(.software, error.message)
        }
    }

    /// A row broke a constraint: records go one by one, and the one whose row it is becomes a dead letter.
    private func isolate(_ batches: [DecodedBatch], _ settlements: [OutboxResult]) throws {
        if !settlements.isEmpty { _ = try engine.commit([], settlements: settlements) }
        for batch in batches {
            for run in batch.runs {
                for record in batch.records[run.records] {
                    let single = batch.only(record, of: run.partition)
                    if case .failure(let failure) = attempt([single], []) {
                        guard case .store(let error) = failure, error.code == .constraint else { throw failure }
                        let refused = record.refused("row-refused", error.message)
                        try engine.commit([batch.only(refused, of: run.partition)])
                    }
                    status.count(1)
                }
                unreported.insert(run.partition)
            }
        }
        status.set(.running)
    }

    private func pause(_ milliseconds: Int, _ stopping: Flag) {
        let end = MonotonicClock.now + Int64(milliseconds) * 1_000_000
        while !stopping.isSet, MonotonicClock.now < end {
            status.touch()
            usleep(20_000)
        }
    }

    // MARK: Kafka

    private func deal(with error: KafkaError) throws {
        switch error.code {
        case .offsetOutOfRange:
            guard let topic = error.topic, let partition = error.partition else { return }
            let key = PartitionKey(topic: topic, partition: partition)
            guard let state = engine.partitions[key] else { return }
            let reason =
                "offset-out-of-range: \(key): the log no longer holds offset \(state.nextOffset), which comes next. Restore the records, or "
                + "rebuild the plugin and accept the gap with `start: earliest-available`."
            context.log.error(reason)
            status.halt(key.description, reason)
            engine.disown(key)
            try connection.drop(key, engine)
        case .authentication, .authorization: throw WorkerFailure(.credentials, error.message)
        default: context.log.warning("Kafka: \(error)")
        }
    }

    private func report(force: Bool) {
        guard !unreported.isEmpty,
            force || MonotonicClock.now - reported > Int64(context.settings.commitInterval) * 1_000_000
        else { return }
        CrashPoint.reach(.beforeGroupCommit)
        connection.report(unreported.compactMap { engine.partitions[$0] })
        unreported.removeAll()
        reported = MonotonicClock.now
    }

    // MARK: Outbox

    /// Hands on what the outbox holds, in order, until a sender's queue is full.
    private func feedSenders() {
        guard !senders.isEmpty else {
            outboxWaits = false
            return
        }
        guard outboxWaits else { return }
        let after = senders.map { fed[$0.destinationName] ?? 0 }.min() ?? 0
        guard let messages = try? writer.pendingOutbox(after: after, limit: 1000) else { return }
        var full = false
        for sender in senders {
            let last = fed[sender.destinationName] ?? 0
            for message in messages
            where message.number > last && message.content.destination == sender.destinationName {
                guard sender.offer(message) else {
                    full = true
                    break
                }
                inFlight.insert(message.number)
                fed[sender.destinationName] = message.number
            }
            if !full, let highest = messages.last?.number {
                fed[sender.destinationName] = max(highest, fed[sender.destinationName] ?? 0)
            }
        }
        outboxWaits = full || messages.count == 1000
    }
}

extension DecodedBatch {
    fileprivate func only(_ record: DecodedRecord, of partition: PartitionKey) -> DecodedBatch {
        DecodedBatch(
            records: [record], runs: [Run(partition: partition, records: 0..<1)], raw: raw, generation: generation,
            byteCount: 0)
    }
}

extension DecodedRecord {
    private var event: Event? {
        if case .event(let event, _) = content { event } else { nil }
    }

    fileprivate func refused(_ reason: String, _ detail: String) -> DecodedRecord {
        DecodedRecord(
            offset: offset, timestamp: timestamp, index: index,
            content: event.map { .rejected($0, reason: reason, detail: detail) }
                ?? .refused(reason: reason, detail: detail))
    }
}
