import PluginKit
import ProjectionStore

extension Worker {
    /// Does a command on dead letters without a running worker: takes the store, claims the partitions concerned,
    /// and takes the steps that a lane would take (rule 23). Needs no Kafka.
    ///
    /// - Parameter progress: called after each step, which is committed then.
    /// - Throws: `WorkerFailure`, of kind `storeHeld` where another process holds the store. What was reported is done.
    public func repair(
        _ plugin: String, _ command: DeadLetterCommand, progress: (DeadLetterOutcome) -> Void
    ) throws(WorkerFailure) {
        do {
            let ownership = try provider.takeOwnership(waiting: nil)
            defer { ownership.release() }
            guard let package = packages.first(where: { $0.manifest.name == plugin }) else {
                throw WorkerFailure(.configuration, "no plugin \(plugin) is enabled")
            }
            let context = try context(package, 0)
            let writer = try provider.openWriter(package.manifest, data: context.data)
            defer { writer.close() }
            let engine = try LaneTransaction(
                package: package, writer: writer, settings: context.lane, renderer: context.renderer,
                guarding: HandlerGuard(context.lane.handling, nil))
            defer { engine.close() }
            engine.holdMessages(try RestoredStore(writer))
            let concerned = Set(try command.letters.compactMap { try writer.deadLetter($0)?.content.partition })
            for state in try writer.partitions() where concerned.contains(state.key) {
                try Self.claim(state, writer, engine)
            }
            let repair = DeadLetterRepair(
                command, engine, DecodeStage(settings: context.decoding, package: package))
            while true {
                try engine.readParked()
                let outcome = try repair.step()
                progress(outcome)
                if outcome.isFinished { return }
            }
        } catch let failure as WorkerFailure {
            throw failure
        } catch let error as StoreError {
            throw Self.failure(error)
        } catch let failure as LaneFailure {
            switch failure {
            case .store(let error): throw Self.failure(error)
            case .fenced(let key):
                throw WorkerFailure(.storeHeld, "\(key): a worker has taken this partition meanwhile: ask again")
            }
        } catch {
            throw WorkerFailure(.software, String(describing: error))
        }
    }

    /// With an epoch of our own: whoever owned the partition before finds out.
    private static func claim(_ state: PartitionState, _ writer: any StoreWriter, _ engine: LaneTransaction) throws {
        var claimed = state
        claimed.epoch += 1
        try writer.begin()
        defer { writer.rollback() }
        guard try writer.claim(claimed, replacing: state.epoch) else { throw LaneFailure.fenced(state.key) }
        try writer.commit()
        engine.own(claimed)
    }

    private static func failure(_ error: StoreError) -> WorkerFailure {
        switch error.code {
        case .held, .retry, .replaced: WorkerFailure(.storeHeld, error.message)
        case .newer: WorkerFailure(.storeNewer, error.message)
        case .corrupt, .absent: WorkerFailure(.storeCorrupt, error.message)
        case .notWritable, .unavailable: WorkerFailure(.storeNotWritable, error.message)
        case .constraint, .query, .schema: WorkerFailure(.software, error.message)
        }
    }
}
