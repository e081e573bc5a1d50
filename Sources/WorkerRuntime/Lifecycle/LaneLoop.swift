import Glibc
import KafkaClient
import PluginKit
import ProjectionStore
import Threads

/// What a lane does with its inputs: commits batches in transactions that grow with the backlog, feeds the senders,
/// reports to the group, and retries what an outage interrupted. The lane's thread only.
final class LaneLoop {
    private let feed: OutboxFeed
    private let context: LaneContext
    private let status: LaneStatus
    private let connection: LaneConnection
    private let writer: any StoreWriter
    private let engine: LaneTransaction
    private let commands: LaneCommandWork
    private let storedCommands: StoredCommands
    private var reported = MonotonicClock.now
    private var noted = MonotonicClock.now
    private var unreported: Set<PartitionKey> = []
    /// Partitions of which everything there is has been taken in.
    private var caughtUp: Set<PartitionKey> = []
    private let timers: TimerWatch

    /// After a failure: until these offsets are passed again, records are committed as they come, in small
    /// transactions that are run again from memory.
    private var cautiousUntil: [PartitionKey: Int64] = [:]
    private var timerReminder = Reminder()
    private var checkpointReminder = Reminder()
    private let parked: ParkedWork
    /// Until when the lane counts as behind, by the monotonic clock: partitions come in turns, and one that is through
    /// does not slow down the others.
    private var behindUntil: Int64 = .min

    /// While behind, a transaction is handed over from this many records on: pages that change again and again are
    /// written once.
    private static let leastBehind = 100_000
    private static let behindSpan: Int64 = 300_000_000

    init(
        context: LaneContext, status: LaneStatus, connection: LaneConnection, writer: any StoreWriter,
        engine: LaneTransaction, feed: OutboxFeed, commands: LaneCommandBox
    ) {
        let stage = DecodeStage(settings: context.decoding, package: context.package)
        parked = ParkedWork(engine, stage, status, context.log)
        storedCommands = StoredCommands(writer, commands)
        self.commands = LaneCommandWork(commands) { wanted throws(LaneFailure) in
            DeadLetterRepair(wanted, engine, stage).step
        }
        self.feed = feed
        self.context = context
        self.status = status
        self.connection = connection
        self.writer = writer
        self.engine = engine
        timers = TimerWatch(engine, connection.consumer, context.settings.latched)
    }

    /// How long to wait for input: hardly at all while something is to be finished, and not beyond the next timer.
    var patience: Duration {
        if commands.isActive || parked.isReplaying { return .zero }
        return feed.mayHaveMore || !engine.isSettled ? .milliseconds(20) : min(.milliseconds(500), timers.patience)
    }

    /// Who asked the lane to stay out of its store, as soon as nothing is half done.
    var hold: LaneCommand? { commands.hold }

    /// Whether the turn to come should take further input that is there already.
    func wantsMore(_ inputs: [LaneInput]) -> Bool {
        var records = 0
        var bytes = 0
        for case .batch(let batch) in inputs {
            records += batch.records.count
            bytes += batch.byteCount
        }
        return records < Self.turnRecords && bytes < context.lane.maximumBytes / 2
    }

    private static let turnRecords = 10_000

    /// Deals with inputs; on return they are committed, or while behind at least gathered, or the lane stops.
    func turn(_ inputs: [LaneInput], _ stopping: Flag) throws {
        for case .trouble(let error) in inputs { try deal(with: error, stopping) }
        let batches = inputs.compactMap { input in
            if case .batch(let batch) = input { batch } else { nil }
        }
        for batch in batches { for run in batch.runs { caughtUp.remove(run.partition) } }
        for case .end(let key, let generation) in inputs where generation == connection.generation {
            caughtUp.insert(key)
        }
        if !batches.isEmpty { status.setIdle(false) }
        if batches.contains(where: \.isBehind) { behindUntil = MonotonicClock.now + Self.behindSpan }
        if isCautious || MonotonicClock.now >= behindUntil {
            try finish(stopping)
            try live(batches, stopping)
        } else {
            try behind(batches, stopping)
        }
        try step(stopping)
        try lookAfterParked(stopping)
        if timers.isDue(caughtUp) { try fireTimers(stopping) }
        note(engine.takeSummary())
        // The writer belongs to the second thread while that writes.
        if !engine.isWriting { feed.feed(from: writer, connection.owned) }
        status.setIdle(
            engine.isSettled && feed.isIdle && connection.owned.allSatisfy { caughtUp.contains($0) })
        report(force: inputs.isEmpty)
        // A partition has ended where its end was met and everything before is committed.
        context.settings.latched?.look(engine.partitions, ended: engine.isSettled ? caughtUp : [])
    }

    /// Writes what the senders settled to the last, reports how far SQL has come, and says goodbye to Kafka.
    func leave() throws {
        defer { connection.leave(context.lane.latches ? [] : unreported.compactMap { engine.partitions[$0] }) }
        // What is being written is waited for; what is only gathered is read again by whoever comes next.
        feed.bringBack(engine.drop())
        note(engine.takeSummary())
        commands.leave()
        notePositions()
        let settlements = feed.takeSettlements()
        if !settlements.isEmpty { try engine.commit([], settlements: settlements) }
    }

    // MARK: Partitions come and go

    /// Before partitions are given up: commits what is gathered, lets the senders finish what they have in hand, writes
    /// what they settled, and reports, all as far as the deadline allows (monotonic, in nanoseconds).
    func drain(until deadline: Int64) {
        if attempt({ () throws(LaneFailure) in try engine.commit(settlements: feed.takeSettlements()) }) != nil {
            feed.bringBack(engine.drop())
        }
        feed.recall(until: deadline)
        let settlements = feed.takeSettlements()
        if !settlements.isEmpty { _ = attempt([], settlements) }
        note(engine.takeSummary())
        let states = unreported.compactMap { engine.partitions[$0] }
        let remaining = MonotonicClock.remaining(until: deadline) ?? .zero
        if remaining > .zero { try? connection.confirm(states, within: min(remaining, .seconds(2))) }
        unreported.removeAll()
    }

    /// Drops what is gathered and what the senders have not begun to send: it may be others' by now.
    func abandon() {
        feed.bringBack(engine.drop())
        feed.recall(until: MonotonicClock.now)
        note(engine.takeSummary())
        unreported.removeAll()
    }

    /// Whose partitions they are has changed.
    func partitionsChanged() {
        caughtUp.formIntersection(connection.owned)
        cautiousUntil = cautiousUntil.filter { engine.partitions[$0.key] != nil }
        feed.lookAgain()
    }

    /// Reads everything again after an interruption that left the partitions where they are.
    func readAgain() throws {
        feed.bringBack(engine.drop())
        caughtUp.removeAll()
        if !connection.owned.isEmpty { try connection.reassign(engine) }
    }

    /// Commits what is gathered, so that the writer is free for something else.
    func settle(_ stopping: Flag) throws { try finish(stopping) }

    /// Leaves partitions to the operator.
    func halt(_ key: PartitionKey, _ halt: AssignmentCheck.Halt) throws {
        let reason = "\(halt.code): \(halt.message)"
        context.log.error(reason)
        status.halt(key.description, reason)
        // A store that is away now is told at the next start.
        try? LaneStart.keep(halt, of: key, in: writer)
        engine.disown(key)
        try connection.drop(key, engine)
        partitionsChanged()
    }

    /// A retry ends when the group has something to say: what is not committed is read again by whoever owns it then.
    private func heed(_ settlements: [OutboxResult]) throws {
        guard connection.rebalances?.isPending == true else { return }
        feed.bringBack(settlements)
        throw LaneInterruption.rebalance
    }

    // MARK: Behind

    /// Gathers, and hands over what is worth a transaction, without waiting for it where there is more to gather.
    private func behind(_ batches: [DecodedBatch], _ stopping: Flag) throws {
        do throws(LaneFailure) {
            for batch in batches where batch.generation == connection.generation {
                try engine.gather(batch)
                if engine.isFull { try engine.handOver(settlements: feed.takeSettlements()) }
            }
            guard !engine.isWriting else { return }
            if engine.gathered >= Self.leastBehind || batches.isEmpty {
                try engine.handOver(settlements: feed.takeSettlements())
            }
            // Nothing more to gather just now.
            if engine.gathered == 0, batches.isEmpty { try engine.settle() }
        } catch {
            try recover(error, stopping)
        }
    }

    /// Commits all that is gathered or being written.
    private func finish(_ stopping: Flag) throws {
        guard !engine.isSettled else { return }
        do throws(LaneFailure) {
            try engine.commit()
        } catch {
            try recover(error, stopping)
        }
        note(engine.takeSummary())
    }

    /// What was gathered is lost, and its records are no longer in memory: once the store answers, they are read again
    /// from where it stands (rule 18), with care.
    private func recover(_ failure: LaneFailure, _ stopping: Flag) throws {
        let error = try lasting(failure)
        cautiousUntil.merge(engine.ahead) { max($0, $1) }
        feed.bringBack(engine.drop())
        context.log.warning("a transaction failed, and its records are read again: \(error.message)")
        var backoff = Backoff(first: 100, most: 3000)
        var reminder = Reminder()
        while true {
            switch reload() {
            case .success:
                // A COMMIT whose answer was lost may have left messages.
                feed.expectMore()
                unreported.formUnion(engine.partitions.keys)
                try connection.reassign(engine)
                caughtUp.removeAll()
                return
            case .failure(let failure):
                let error = try lasting(failure)
                status.set(.waiting(error.message))
                if reminder.isDue() { context.log.warning("waiting for the store: \(error.message)") }
                pause(backoff.next(), stopping)
                if stopping.isSet { return }
                try heed([])
            }
        }
    }

    private func reload() -> Result<Void, LaneFailure> {
        do throws(LaneFailure) {
            return .success(try engine.reload())
        } catch {
            return .failure(error)
        }
    }

    private var isCautious: Bool {
        guard !cautiousUntil.isEmpty else { return false }
        cautiousUntil = cautiousUntil.filter { (engine.partitions[$0.key]?.nextOffset ?? .max) < $0.value }
        return !cautiousUntil.isEmpty
    }

    /// Fires what is due where there is nothing left to read. What fails is tried again in a later turn.
    private func fireTimers(_ stopping: Flag) throws {
        try finish(stopping)
        guard engine.isSettled else { return }
        switch timers.fire(caughtUp, writer) {
        case .success: timerReminder = Reminder()
        case .failure(let failure):
            let error = try lasting(failure)
            status.set(.waiting(error.message))
            if timerReminder.isDue() { context.log.warning("timers wait for the store: \(error.message)") }
            // A COMMIT whose answer was lost may have left messages.
            feed.lookAgain()
        }
        note(engine.takeSummary())
    }

    // MARK: Live

    /// Commits at once, on this thread; what fails is run again from memory.
    private func live(_ batches: [DecodedBatch], _ stopping: Flag) throws {
        // What failed before this may have had everything assigned anew.
        let batches = batches.filter { $0.generation == connection.generation }
        let settlements = feed.takeSettlements()
        guard !batches.isEmpty || !settlements.isEmpty else { return }
        status.setIdle(false)
        if isCautious {
            for batch in batches { try commit([batch], [], stopping) }
            if !settlements.isEmpty { try commit([], settlements, stopping) }
        } else {
            try commit(batches, settlements, stopping)
        }
        do throws(StoreError) {
            try writer.checkpoint(behind: false)
        } catch {
            checkpointFailed(error)
        }
    }

    private func commit(_ batches: [DecodedBatch], _ settlements: [OutboxResult], _ stopping: Flag) throws {
        var backoff = Backoff(first: 100, most: 3000)
        var reminder = Reminder()
        while true {
            guard case .failure(let failure) = attempt(batches, settlements) else { return }
            let error = try lasting(failure, settlements)
            if error.code == .constraint { return try isolate(batches, settlements, error, stopping) }
            status.set(.waiting(error.message))
            if reminder.isDue() { context.log.warning("waiting for the store: \(error.message)") }
            pause(backoff.next(), stopping)
            // Stopping: nothing was committed, and whoever comes next reads it again. Otherwise the answer to a
            // COMMIT may have been lost: the store knows.
            if stopping.isSet { return }
            try heed(settlements)
            if (try? engine.isCommitted(batches)) == true {
                feed.expectMore()
                unreported.formUnion(batches.flatMap { $0.runs.map(\.partition) })
                status.count(batches.reduce(0) { $0 + $1.records.count })
                status.set(.running)
                return
            }
        }
    }

    /// The error of a failure after which the lane goes on.
    ///
    /// - Throws: `WorkerFailure` where it cannot; `LaneInterruption` where a partition is another worker's by now.
    private func lasting(_ failure: LaneFailure, _ settlements: [OutboxResult] = []) throws -> StoreError {
        switch failure {
        case .fenced(let key) where connection.isShared:
            feed.bringBack(settlements)
            throw LaneInterruption.fenced(key)
        case .fenced(let key):
            throw WorkerFailure(
                .software,
                "\(key): another worker has moved this partition in our store, although the store is ours alone: "
                    + "make sure that no other program writes to it")
        case .store(let error):
            switch error.code {
            case .unavailable, .retry, .held, .constraint: return error
            case .replaced: throw LaneRenewal()
            case .newer: throw WorkerFailure(.storeNewer, error.message)
            case .notWritable: throw WorkerFailure(.storeNotWritable, error.message)
            case .corrupt, .absent: throw WorkerFailure(.storeCorrupt, error.message)
            case .query, .schema: throw WorkerFailure(.software, error.message)
            }
        }
    }

    /// - Returns: the failure; nil where there was none.
    private func attempt(_ body: () throws(LaneFailure) -> Void) -> LaneFailure? {
        do throws(LaneFailure) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    private func attempt(_ batches: [DecodedBatch], _ settlements: [OutboxResult]) -> Result<Void, LaneFailure> {
        do throws(LaneFailure) {
            return .success(try engine.commit(batches, settlements: settlements))
        } catch {
            return .failure(error)
        }
    }

    private func note(_ summary: CommitSummary) {
        if let error = engine.takeCheckpointFailure() { checkpointFailed(error) }
        guard !summary.partitions.isEmpty || summary.outbox > 0 else { return }
        if summary.outbox > 0 { feed.expectMore() }
        if summary.deadLetters > 0 {
            context.log.warning(
                "\(summary.deadLetters) dead letter\(summary.deadLetters == 1 ? "" : "s"): see `diwan dead-letters list`"
            )
        }
        unreported.formUnion(summary.partitions)
        status.count(summary.records)
        status.set(.running)
    }

    /// Everything is committed all the same; if the disk stays ill, the next commit says so.
    private func checkpointFailed(_ error: StoreError) {
        if checkpointReminder.isDue() { context.log.warning("\(error.message)") }
    }

    /// A row broke a constraint: the batches are halved until the one record whose row it is stands alone, and becomes a
    /// dead letter.
    private func isolate(
        _ batches: [DecodedBatch], _ settlements: [OutboxResult], _ error: StoreError, _ stopping: Flag
    ) throws {
        let pieces = batches.flatMap(\.pieces)
        guard pieces.count > 1 else {
            guard let batch = pieces.first, let record = batch.records.first, let run = batch.runs.first,
                !record.isRefused
            else { throw WorkerFailure(.software, error.message) }
            // It may be the row of a timer that fired before the record.
            if try timers.fireBefore(record.timestamp, run.partition).get() > 0 {
                return try commit([batch], settlements, stopping)
            }
            let refused = record.refused("row-refused", error.message)
            return try commit([batch.only([refused], of: run.partition)], settlements, stopping)
        }
        if !settlements.isEmpty { try commit([], settlements, stopping) }
        for piece in pieces where !stopping.isSet { try commit([piece], [], stopping) }
    }

    private func pause(_ milliseconds: Int, _ stopping: Flag) {
        let end = MonotonicClock.now + Int64(milliseconds) * 1_000_000
        while !stopping.isSet, MonotonicClock.now < end {
            status.touch()
            usleep(20_000)
        }
    }

    /// One step of what an operator asks for, between two transactions of live traffic.
    private func step(_ stopping: Flag) throws {
        guard commands.isActive || storedCommands.isDue(isSettled: engine.isSettled) else { return }
        try finish(stopping)
        defer { if engine.isSettled { storedCommands.look(for: Array(engine.partitions.values)) } }
        guard commands.isActive, engine.isSettled else { return }
        do throws(LaneFailure) {
            try commands.step()
        } catch {
            _ = try lasting(error)
        }
    }

    /// For `status`: where each partition stands, and where its log ended at the last fetch.
    private func notePositions() {
        status.setPositions(connection.positions(engine))
        noted = MonotonicClock.now
    }

    // MARK: Parked events

    /// Reads what is parked, goes on with a replay that was interrupted, and pauses and resumes partitions.
    private func lookAfterParked(_ stopping: Flag) throws {
        if parked.isWaiting {
            try finish(stopping)
            if case .failure(let failure) = parked.step() {
                let error = try lasting(failure)
                engine.drop()
                if parked.isWorthSaying {
                    context.log.warning("what is parked will be looked at again: \(error.message)")
                }
            }
        }
        guard engine.parking.takePauseChange() else { return }
        try finish(stopping)
        caughtUp.removeAll()
        try parked.assignWithoutPaused(connection)
    }

    // MARK: Kafka

    private func deal(with error: KafkaError, _ stopping: Flag) throws {
        switch error.code {
        case .offsetOutOfRange:
            guard let topic = error.topic, let partition = error.partition else { return }
            let key = PartitionKey(topic: topic, partition: partition)
            try finish(stopping)
            guard let state = engine.partitions[key] else { return }
            let halt = AssignmentCheck.Halt(
                code: "offset-out-of-range",
                message: "\(key): the log no longer holds offset \(state.nextOffset), which comes next. Restore the "
                    + "records, or rebuild the plugin and accept the gap with `start: earliest-available`.")
            try self.halt(key, halt)
        case .fenced where connection.isShared:
            throw WorkerFailure(
                .configuration,
                "the group knows another member under this worker's id: give each worker a worker.id of its own, or leave "
                    + "worker.static-membership away (\(error.message))")
        case .authentication, .authorization: throw WorkerFailure(.credentials, error.description)
        case .fatal where context.lane.latches: throw WorkerFailure(.software, error.message)
        default: context.log.warning("Kafka: \(error)")
        }
    }

    private func report(force: Bool) {
        if force || MonotonicClock.now - noted > 500_000_000 { notePositions() }
        if connection.reportFailed() { unreported.formUnion(connection.owned) }
        guard !unreported.isEmpty, !context.lane.latches, !connection.isReporting,
            force || MonotonicClock.now - reported > Int64(context.settings.commitInterval) * 1_000_000
        else { return }
        CrashPoint.reach(.beforeGroupCommit)
        connection.report(unreported.compactMap { engine.partitions[$0] })
        unreported.removeAll()
        reported = MonotonicClock.now
    }
}
