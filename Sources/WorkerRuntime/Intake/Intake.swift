import KafkaClient
import PluginKit
import ProjectionStore
import Threads

/// Takes what a lane's consumer gives, decodes it, and puts it into the lane's inbox: backpressure reaches back from
/// there to the consumer, which stops fetching.
final class Intake: Sendable {
    private let stopping = Flag()
    private let thread: OSThread

    init(
        _ context: LaneContext, _ connection: LaneConnection, _ status: LaneStatus, into inbox: BlockingQueue<LaneInput>
    ) throws {
        let consumer = connection.consumer
        let rebalances = connection.rebalances
        let assignment = connection.generation
        let stopping = stopping
        let budget = ByteBudget(context.lane.maximumBytes)
        thread = try OSThread.start(name: "decode-\(context.package.manifest.name)", stackSize: 4 << 20) {
            let stage = DecodeStage(settings: context.decoding, package: context.package)
            var brokers = BrokerWatch(consumer, topic: context.topics.first?.name, status, context.log)
            let keeper = RevocationKeeper(consumer, rebalances, patience: context.settings.revocationPatience)
            let backlog = Backlog(consumer)
            defer { backlog.stop() }
            Intake.replayJournal(context, assignment, stage, into: inbox, unless: stopping, keeper)
            while !stopping.isSet {
                keeper.look()
                brokers.look()
                switch consumer.next(timeout: .milliseconds(500)) {
                case .records(let batch):
                    status.begin()
                    brokers.hear()
                    var decoded = stage.decode(batch)
                    decoded.isBehind = backlog.note(decoded)
                    while !stopping.isSet, !inbox.isClosed, decoded.hold == nil {
                        keeper.look()
                        decoded.hold = budget.hold(decoded.byteCount, timeout: .milliseconds(100))
                    }
                    Intake.put(decoded, context, into: inbox, unless: stopping, keeper)
                case .error(let error):
                    if error.code == .brokerUnreachable { brokers.suspect() }
                    Intake.put(.trouble(error), into: inbox, unless: stopping, keeper)
                case .allBrokersDown: brokers.suspect()
                case .closed: return
                case .endOfPartition(let place, _, let generation):
                    let key = PartitionKey(topic: place.topic, partition: place.partition)
                    Intake.put(.end(key, generation), into: inbox, unless: stopping, keeper)
                case .rebalance, .statistics: break
                case nil: backlog.noteSilence()
                }
            }
        }
    }

    /// A rebuild stops at given offsets: what lies behind them is not handed on.
    private static func put(
        _ batch: DecodedBatch, _ context: LaneContext, into inbox: BlockingQueue<LaneInput>, unless stopping: Flag,
        _ keeper: RevocationKeeper
    ) {
        guard let latched = context.settings.latched else {
            return put(.batch(batch), into: inbox, unless: stopping, keeper)
        }
        let (rest, met) = latched.trim(batch)
        put(.batch(rest), into: inbox, unless: stopping, keeper)
        for key in met { put(.end(key, batch.generation), into: inbox, unless: stopping, keeper) }
    }

    /// What a rebuild needs and the log has forgotten, before anything of the log.
    private static func replayJournal(
        _ context: LaneContext, _ generation: UInt64, _ stage: DecodeStage, into inbox: BlockingQueue<LaneInput>,
        unless stopping: Flag, _ keeper: RevocationKeeper
    ) {
        guard let latched = context.settings.latched else { return }
        do throws(StoreError) {
            try JournalReplay(run: latched, connection: generation).feed(stage) { batch in
                var batch = batch
                batch.isBehind = true
                put(batch, context, into: inbox, unless: stopping, keeper)
                return !stopping.isSet && !inbox.isClosed
            }
        } catch {
            let trouble = KafkaError(code: .fatal, message: "the journal cannot be read: \(error.message)")
            put(.trouble(trouble), into: inbox, unless: stopping, keeper)
        }
    }

    /// A full inbox is normal; a lane that is leaving takes nothing more.
    private static func put(
        _ input: LaneInput, into inbox: BlockingQueue<LaneInput>, unless stopping: Flag, _ keeper: RevocationKeeper
    ) {
        while !stopping.isSet, !inbox.isClosed {
            keeper.look()
            if inbox.put(input, timeout: .milliseconds(100)) { return }
        }
    }

    /// Ends the thread; what it had not handed over is read again by whoever comes next.
    func stop() {
        stopping.set()
        thread.join()
    }
}
