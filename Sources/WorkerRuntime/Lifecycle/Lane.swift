import KafkaClient
import PluginKit
import ProjectionStore
import Synchronization
import Threads

/// What reaches a lane's thread.
enum LaneInput: Sendable {
    case batch(DecodedBatch)
    /// Everything that a partition holds for now came before this, under the assignment of that generation.
    case end(PartitionKey, UInt64)
    /// Kafka said something that concerns the lane.
    case trouble(KafkaError)
    /// A topic may no longer be what it was when its partitions were assigned.
    case topicChanged(String)
    /// Nothing: look at the flags.
    case wake
}

/// One plugin at work: a consumer, a decoding thread, and the thread that owns the store and commits (rule 12).
///
/// A slow or failing lane holds back no other. All state lies with its thread; others talk to it through `inbox`.
final class Lane: Sendable {
    let status: LaneStatus
    private let context: LaneContext
    /// Of the session at work: a lane that was held comes up anew with another.
    private let inbox = Mutex<BlockingQueue<LaneInput>?>(nil)
    private let commands = LaneCommandBox()
    private let handlers: HandlerWatch
    private let stopping = Flag()
    private let thread = OneShot<OSThread>()
    private let failed: @Sendable (WorkerFailure) -> Void

    /// - Parameter failed: called once, from the lane's thread, when it cannot go on.
    init(_ context: LaneContext, failed: @escaping @Sendable (WorkerFailure) -> Void) throws {
        self.context = context
        self.failed = failed
        status = LaneStatus(plugin: context.package.manifest.name, handlerTimeout: context.lane.handling.timeout)
        handlers = HandlerWatch(status: status, stopping: stopping)
        thread.give(
            try OSThread.start(name: "lane-\(context.package.manifest.name)", stackSize: 4 << 20) { [self] in run() })
    }

    /// Asks the lane to finish the transaction in hand and to leave.
    func stop() {
        stopping.set()
        wake()
    }

    func join() { thread.wait()?.join() }

    /// For the worker's watchdog.
    var watched: HandlerWatchdog.Entry {
        HandlerWatchdog.Entry(
            plugin: context.package.manifest.name, watch: handlers, limit: context.lane.handling.timeout,
            log: context.log)
    }

    private func wake() { _ = inbox.withLock { $0 }?.tryPut(.wake) }

    // MARK: On the lane's thread

    private func run() {
        do {
            defer { commands.refuse("the plugin's lane has ended: see the worker's log") }
            while !stopping.isSet {
                switch Result(catching: { try work() }) {
                case .success(let hold?): stayOut(hold)
                case .success(nil): stopping.set()
                case .failure(let error) where error is LaneRenewal:
                    status.clearHalts()
                    context.log.info("another generation of the store has become live: coming up with it")
                case .failure(let error): throw error
                }
            }
            status.set(.stopped)
        } catch let failure as WorkerFailure {
            status.set(.failed(failure.message))
            failed(failure)
        } catch {
            status.set(.failed(String(describing: error)))
            failed(WorkerFailure(.software, String(describing: error)))
        }
    }

    /// Comes up and works.
    ///
    /// - Returns: what keeps the lane out of its store for a while; nil when it was asked to leave.
    private func work() throws -> LaneCommand? {
        guard let writer = try LaneStart.openStore(context, status, stopping) else { return nil }
        defer { writer.close() }
        let guarding = HandlerGuard(context.lane.handling, handlers)
        guard
            let engine = try LaneStart.onStore(
                context, status, stopping,
                { () throws(StoreError) in
                    try guarding.arm(writer)
                    return try LaneTransaction(
                        package: context.package, writer: writer, settings: context.lane, renderer: context.renderer,
                        guarding: guarding)
                })
        else { return nil }
        defer { engine.close() }
        engine.timers.replay = context.settings.latched.map { FiringReplay($0) }
        guard let context = try LaneStart.fit(context, status, stopping) else { return nil }
        let inbox = BlockingQueue<LaneInput>(capacity: 256)
        guard let connection = try LaneStart.connect(context, writer, engine, status, inbox, stopping) else {
            return nil
        }
        self.inbox.withLock { $0 = inbox }
        let settlements = SettlementBox()
        let senders = try context.makeSenders { [inbox] results in
            settlements.add(results)
            _ = inbox.tryPut(.wake)
        }
        let intake = try Intake(context, connection, status, into: inbox)
        let watch = try TopicWatch(connection.consumer, plugin: context.package.manifest.name) { [inbox] topic in
            _ = inbox.tryPut(.topicChanged(topic))
        }
        let feed = OutboxFeed(senders: senders, settlements: settlements)
        let loop = LaneLoop(
            context: context, status: status, connection: connection, writer: writer, engine: engine, feed: feed,
            commands: commands)
        let ownership = LaneOwnership(context, status, connection, engine, writer, watch)
        if !connection.isShared {
            status.set(.running)
            context.log.info("\(connection.owned.count) partitions assigned, group \(connection.group)")
        }
        defer {
            inbox.close()
            watch.stop()
            intake.stop()
            if Guarantee.drain.holds {
                // What the senders settled to the last can still be written; then nothing reaches the store any more.
                feed.stop()
                try? loop.leave()
            }
        }
        while !stopping.isSet {
            status.touch()
            if let interruption = try turn(loop, ownership, inbox) { try ownership.heed(interruption, loop, stopping) }
            if let hold = loop.hold { return hold }
        }
        status.set(.draining)
        return nil
    }

    /// - Returns: why the turn ended early.
    private func turn(
        _ loop: LaneLoop, _ ownership: LaneOwnership, _ inbox: BlockingQueue<LaneInput>
    ) throws -> LaneInterruption? {
        do {
            try ownership.serve(loop, stopping)
            let first = inbox.take(timeout: loop.patience)
            var inputs = first.map { [$0] } ?? []
            while loop.wantsMore(inputs), let next = inbox.tryTake() { inputs.append(next) }
            for case .topicChanged(let topic) in inputs { try ownership.look(at: topic, loop, stopping) }
            try loop.turn(inputs, stopping)
            return nil
        } catch let interruption as LaneInterruption {
            return interruption
        }
    }

    /// The store is closed, and nobody of ours opens it until whoever asked for that has finished.
    private func stayOut(_ command: LaneCommand) {
        guard case .hold(let hold) = command.work else { return }
        status.set(.holding)
        context.log.info("held by an operator's command: the store is closed until it ends")
        command.reply(.held(status.positions))
        while !hold.isReleased, !stopping.isSet {
            status.touch()
            hold.wait(.milliseconds(200))
        }
        status.clearHalts()
        if !stopping.isSet { context.log.info("no longer held: coming up again") }
    }
}

extension Lane: ControlledLane {
    func ask(_ command: LaneCommand) -> ControlReply? {
        switch status.state {
        case .running, .holding: break
        case .starting, .draining, .stopped: return .error(.notNow, "the plugin's lane is \(status.state): try again")
        case .waiting(let reason): return .error(.notNow, "the plugin's lane waits and will go on by itself: \(reason)")
        case .failed(let reason): return .error(.notNow, "the plugin's lane has failed: \(reason)")
        }
        if let refusal = commands.put(command) { return refusal }
        wake()
        return nil
    }
}

/// The store that the lane has open is not the live one any more: it comes up anew.
struct LaneRenewal: Error {}

/// What a lane is made of.
struct LaneContext: Sendable {
    let package: PluginPackage
    let settings: WorkerSettings
    let lane: LaneSettings
    let provider: any StoreProvider
    let decoding: DecodeSettings
    let renderer: NoticeRenderer
    let data: [String: String]
    var kafka: KafkaConfiguration
    let log: WorkerLog

    /// The topics that the plugin's events come on.
    var topics: [WorkerSettings.Topic] { settings.topics(of: package.manifest) }

    /// One sender for each destination of the configuration.
    func makeSenders(_ results: @escaping @Sendable ([OutboxResult]) -> Void) throws -> [OutboxSender] {
        var senders: [OutboxSender] = []
        if settings.latched != nil { return senders }
        if let topic = settings.noticesTopic {
            senders.append(
                try OutboxSender(
                    makeDestination: { [settings, renderer, package] stopping in
                        try KafkaDestination(
                            settings: settings, topic: topic, renderer: renderer, plugin: package.manifest.name,
                            stopping: stopping)
                    }, name: DestinationName.kafka, log: log, results: results))
        }
        if let topic = settings.deadLetterTopic {
            senders.append(
                try OutboxSender(
                    makeDestination: { [settings, provider, package] stopping in
                        DeadLetterDestination(
                            kafka: settings.kafka, topic: topic, plugin: package.manifest.name, stopping: stopping,
                            makeReader: { try provider.openReader(package.manifest) })
                    }, name: DestinationName.deadLetters, log: log, results: results))
        }
        if let maildir = settings.maildir {
            senders.append(
                try OutboxSender(
                    makeDestination: { [provider, renderer, package] _ in
                        try MaildirDestination(
                            folder: maildir.folder, sender: maildir.sender, renderer: renderer,
                            recipients: StoredRecipients(
                                reader: try provider.openReader(package.manifest), manifest: package.manifest))
                    }, name: DestinationName.maildir, log: log, results: results))
        }
        return senders
    }
}
