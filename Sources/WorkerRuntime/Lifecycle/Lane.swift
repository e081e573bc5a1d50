import KafkaClient
import PluginKit
import ProjectionStore
import Threads

/// What reaches a lane's thread.
enum LaneInput: Sendable {
    case batch(DecodedBatch)
    /// Everything that a partition holds for now came before this.
    case end(PartitionKey)
    /// Kafka said something that concerns the lane.
    case trouble(KafkaError)
    /// Nothing: look at the flags.
    case wake
}

/// One plugin at work: a consumer, a decoding thread, and the thread that owns the store and commits (rule 12).
///
/// A slow or failing lane holds back no other. All state lies with its thread; others talk to it through `inbox`.
final class Lane: Sendable {
    let status: LaneStatus
    private let context: LaneContext
    private let inbox: BlockingQueue<LaneInput>
    private let stopping = Flag()
    private let thread = OneShot<OSThread>()
    private let failed: @Sendable (WorkerFailure) -> Void

    /// - Parameter failed: called once, from the lane's thread, when it cannot go on.
    init(_ context: LaneContext, failed: @escaping @Sendable (WorkerFailure) -> Void) throws {
        self.context = context
        self.failed = failed
        status = LaneStatus(plugin: context.package.manifest.name)
        inbox = BlockingQueue(capacity: 64)
        thread.give(
            try OSThread.start(name: "lane-\(context.package.manifest.name)", stackSize: 4 << 20) { [self] in run() })
    }

    /// Asks the lane to finish the transaction in hand and to leave.
    func stop() {
        stopping.set()
        _ = inbox.tryPut(.wake)
    }

    func join() { thread.wait()?.join() }

    // MARK: On the lane's thread

    private func run() {
        do {
            try work()
            status.set(.stopped)
        } catch let failure as WorkerFailure {
            status.set(.failed(failure.message))
            failed(failure)
        } catch {
            status.set(.failed(String(describing: error)))
            failed(WorkerFailure(.software, String(describing: error)))
        }
    }

    private func work() throws {
        guard let writer = try LaneStart.openStore(context, status, stopping) else { return }
        defer { writer.close() }
        guard
            let engine = try LaneStart.onStore(
                context, status, stopping,
                { () throws(StoreError) in
                    try LaneTransaction(
                        package: context.package, writer: writer, settings: context.lane, renderer: context.renderer)
                })
        else { return }
        defer { engine.close() }
        guard let connection = try LaneStart.connect(context, writer, engine, status, stopping) else { return }
        let settlements = SettlementBox()
        let senders = try context.makeSenders { [inbox] results in
            settlements.add(results)
            _ = inbox.tryPut(.wake)
        }
        let intake = try Intake(context, connection, status, into: inbox)
        let loop = LaneLoop(
            context: context, status: status, connection: connection, writer: writer, engine: engine, senders: senders,
            settlements: settlements)
        status.set(.running)
        context.log.info("\(connection.owned.count) partitions assigned, group \(connection.group)")
        defer {
            inbox.close()
            intake.stop()
            // What the senders settled to the last can still be written; then nothing reaches the store any more.
            for sender in senders { sender.stop() }
            try? loop.leave()
        }
        while !stopping.isSet {
            status.touch()
            let first = inbox.take(timeout: loop.patience)
            var inputs = first.map { [$0] } ?? []
            while loop.wantsMore(inputs), let next = inbox.tryTake() { inputs.append(next) }
            try loop.turn(inputs, stopping)
        }
        status.set(.draining)
    }
}

/// What a lane is made of.
struct LaneContext: Sendable {
    let package: PluginPackage
    let settings: WorkerSettings
    let lane: LaneSettings
    let provider: any StoreProvider
    let decoding: DecodeSettings
    let renderer: NoticeRenderer
    let data: [String: String]
    let kafka: KafkaConfiguration
    let log: WorkerLog

    /// The topics that the plugin's events come on.
    var topics: [WorkerSettings.Topic] {
        let wantsPeople = package.manifest.events.contains { $0.fromPeopleTopic }
        let wantsEvents = package.manifest.events.contains { !$0.fromPeopleTopic }
        return settings.topics.filter { $0.role == .people ? wantsPeople : wantsEvents }
    }

    /// One sender for each destination of the configuration.
    func makeSenders(_ results: @escaping @Sendable ([OutboxResult]) -> Void) throws -> [OutboxSender] {
        var senders: [OutboxSender] = []
        if let topic = settings.noticesTopic {
            senders.append(
                try OutboxSender(
                    makeDestination: { [settings, renderer, package] in
                        try KafkaDestination(
                            settings: settings, topic: topic, renderer: renderer, plugin: package.manifest.name)
                    }, name: DestinationName.kafka, log: log, results: results))
        }
        if let maildir = settings.maildir {
            senders.append(
                try OutboxSender(
                    makeDestination: { [provider, renderer, package] in
                        try MaildirDestination(
                            folder: maildir.folder, sender: maildir.sender, renderer: renderer,
                            recipients: StoredRecipients(
                                reader: try provider.openReader(package.manifest), manifest: package.manifest))
                    }, name: DestinationName.maildir, log: log, results: results))
        }
        return senders
    }
}
