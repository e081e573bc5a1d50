import Glibc
import KafkaClient
import PluginKit
import ProjectionStore
import Threads

/// Keeps the live store's lane out of it for a while.
public protocol LivePause: Sendable {
    /// Returns when the lane has finished its transaction and has closed the store, or when there is no worker and none
    /// can begin.
    ///
    /// - Throws: where that cannot be had; then nothing is paused.
    func pause() throws
    /// - Throws: where somebody may have begun to work on the store meanwhile.
    func confirm() throws
    /// Lets the lane come up anew. Called once for each `pause` that returned.
    func resume()
}

extension GenerationKeeper {
    /// What putting one generation in another one's place did.
    public struct Promotion: Sendable, Equatable {
        public let from: Int
        public let to: Int
        /// Messages that the new one has to send.
        public let pending: Int
        /// Messages of the new one that are never sent, because they speak of what lies before.
        public let closed: Int
        /// Messages that the one before had still to send and the new one does not have: held for the operator.
        public let held: Int
    }

    /// Puts the rebuilt generation in the place of the live one.
    ///
    /// First it is brought to the end of the log beside the live one; then the live lane is paused, the new one reaches
    /// exactly the offsets at which it stands, takes over what was sent and what is to be sent, and becomes live in one
    /// step. Until that step everything can be called off, and the live one goes on as if nothing had happened.
    ///
    /// - Parameters:
    ///   - patience: how long the live lane may be paused; after that the promotion is called off.
    ///   - actor: who asked for it, for the audit.
    /// - Throws: what stood in the way; then the live generation is the same as before.
    public func promote(
        _ generation: Int, pausing live: some LivePause, patience: Duration = .seconds(120), actor: String,
        progress: @escaping @Sendable (LatchedRun) -> Void
    ) throws -> Promotion {
        try provider.checkReplacing(package.manifest)
        try fill(generation, to: try ends(), progress)
        try goOn()
        try live.pause()
        defer { live.resume() }
        CrashPoint.reach(.promoteHeld)
        let manifest = package.manifest
        let frozen = try provider.freeze(manifest)
        defer { frozen.release() }
        try reach(generation, within: patience, progress)
        try goOn()
        CrashPoint.reach(.promoteReached)
        let beside = provider.beside(manifest, generation: generation)
        // Held until it is live: nobody may latch again what is taken over now.
        let ownership = try beside.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let promotion = try takeOver(beside, actor)
        CrashPoint.reach(.promoteReported)
        try live.confirm()
        try frozen.makeLive(generation)
        CrashPoint.reach(.promoteLive)
        return promotion
    }

    private func goOn() throws {
        if isStopped {
            throw WorkerFailure(.software, "called off: the live generation is the same as before")
        }
    }

    /// Runs the generation up to where the live one stands, no further.
    private func reach(
        _ generation: Int, within patience: Duration, _ progress: @escaping @Sendable (LatchedRun) -> Void
    ) throws {
        let reader = try provider.openReader(package.manifest)
        let states = try reader.partitions()
        reader.close()
        let stops = Dictionary(states.map { ($0.key, $0.nextOffset) }) { first, _ in first }
        if try stands(generation, at: stops), try !mayFire(generation) { return }
        let ended = Gate()
        let timer = try OSThread.start(name: "promote") { [self] in
            if !ended.wait(timeout: patience) { stop() }
        }
        defer {
            ended.open()
            timer.join()
        }
        try fill(generation, to: stops, progress)
    }

    private func stands(_ generation: Int, at stops: [PartitionKey: Int64]) throws -> Bool {
        let reader = try provider.beside(package.manifest, generation: generation).openReader(package.manifest)
        defer { reader.close() }
        let own = Dictionary(try reader.partitions().map { ($0.key, $0.nextOffset) }) { first, _ in first }
        if let (key, offset) = own.filter({ $0.value > stops[$0.key] ?? 0 }).min(by: { $0.key < $1.key }) {
            throw WorkerFailure(
                .software,
                "generation \(generation) stands at offset \(offset) of \(key), past the live one at "
                    + "\(stops[key] ?? 0): let the live one catch up first, or discard and rebuild")
        }
        return own == stops
    }

    /// Whether a timer of the generation is due: the live one may have fired it since.
    private func mayFire(_ generation: Int) throws -> Bool {
        let reader = try provider.beside(package.manifest, generation: generation).openReader(package.manifest)
        defer { reader.close() }
        let now = UTCTime.now
        // By due time: a page of parked ones hides nothing but the moment that a further run takes.
        let first = try reader.timers(limit: 1000, after: nil)
        let due = first.prefix { ($0.due ?? .max) <= now }
        return due.count == 1000 || due.contains { !$0.isParked }
    }

    private func takeOver(_ beside: any StoreProvider, _ actor: String) throws -> Promotion {
        let manifest = package.manifest
        let from = try provider.openReader(manifest)
        defer { from.close() }
        let to = try beside.openWriter(manifest, data: package.plugin.sources.data)
        defer { to.close() }
        let toReader = try beside.openReader(manifest)
        defer { toReader.close() }
        let outcome = try GenerationTransfer(from: from, to: to, toReader: toReader).run(at: UTCTime.now, actor: actor)
        CrashPoint.reach(.promoteCarried)
        try report(try to.partitions(), of: to)
        return Promotion(
            from: from.generation, to: to.generation, pending: outcome.pending, closed: outcome.closed,
            held: outcome.held)
    }

    /// Says to the generation's consumer group where it stands, and whose store it is (rule 20): whatever a store of
    /// this number has said there before counts no more.
    private func report(_ states: [PartitionState], of writer: any StoreWriter) throws {
        let number = WorkerSettings.groupNumber(
            generation: writer.generation, pluginVersion: package.manifest.version)
        let group = settings.group(plugin: package.manifest.name, generation: number)
        let consumer = try Consumer(settings.kafka, group: group) { _ in }
        defer { consumer.close(timeout: .seconds(2)) }
        try consumer.commit(
            states.map {
                CommittedOffset(
                    TopicPartition($0.key.topic, $0.key.partition), offset: $0.nextOffset,
                    metadata: GroupCommit.metadata(store: writer.identity))
            }, timeout: .seconds(10))
    }
}
