import EventCatalogue
import KafkaClient
import PluginKit
import ProjectionStore
import Synchronization
import Threads

/// Fills one generation beside the live one, in this process, with the same lane that live plugins run on.
///
/// Threading: `run` blocks its thread; `stop` may be called from any.
final class RebuildSession: Sendable {
    private let keeper: GenerationKeeper
    private let generation: Int
    private let worker = Mutex<Worker?>(nil)
    private let stopping = Flag()

    init(_ keeper: GenerationKeeper, generation: Int) {
        self.keeper = keeper
        self.generation = generation
    }

    var isStopped: Bool { stopping.isSet }

    /// Ends after the transaction in hand; the next run goes on from there.
    func stop() {
        stopping.set()
        worker.withLock { $0 }?.stop()
    }

    /// Takes in what lies below `stops`, or follows the log until `stop`.
    ///
    /// - Parameter progress: told about five times a second how far it is, on a thread of its own.
    /// - Throws: `WorkerFailure`, or `StoreError` where the generation cannot be prepared.
    func run(to stops: [PartitionKey: Int64]?, progress: @escaping @Sendable (LatchedRun) -> Void) throws {
        let latched = try prepare(stops)
        var settings = keeper.settings
        settings.latched = latched
        let worker = Worker(
            settings: settings, packages: [keeper.package], catalogue: keeper.catalogue,
            provider: keeper.provider.beside(keeper.package.manifest, generation: generation), log: keeper.log)
        self.worker.withLock { $0 = worker }
        if stopping.isSet { return }
        let ended = Gate()
        let halted = Mutex<String?>(nil)
        let watch = try OSThread.start(name: "rebuild") {
            while !ended.wait(timeout: .milliseconds(200)) {
                progress(latched)
                // Nobody makes room in a generation that is not live: waiting would have no end.
                let halts = worker.lanes.flatMap(\.halted) + worker.lanes.flatMap(\.paused)
                if let first = halts.sorted(by: { $0.key < $1.key }).first {
                    halted.withLock { $0 = first.value }
                    worker.stop()
                } else if latched.isDone {
                    worker.stop()
                }
            }
            progress(latched)
        }
        defer {
            ended.open()
            watch.join()
            self.worker.withLock { $0 = nil }
        }
        try worker.run(standby: false)
        if let reason = halted.withLock({ $0 }) {
            throw WorkerFailure(.software, "generation \(generation) cannot be filled: \(reason)")
        }
        guard latched.isDone || stopping.isSet || stops == nil else {
            throw WorkerFailure(.software, "generation \(generation) ended before it had come to the offsets to reach")
        }
    }

    /// Latches what may be left of an earlier time, and takes over who was erased, so that no replay brings a person
    /// back whose records the log still has (rule 10).
    private func prepare(_ stops: [PartitionKey: Int64]?) throws -> LatchedRun {
        let manifest = keeper.package.manifest
        let live = try keeper.provider.openReader(manifest)
        defer { live.close() }
        let beside = keeper.provider.beside(manifest, generation: generation)
        let ownership = try beside.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try beside.openWriter(manifest, data: keeper.package.plugin.sources.data)
        defer { writer.close() }
        try writer.begin()
        do {
            try writer.latchOutbox()
            var last = ""
            while true {
                let page = try live.erased(above: last, limit: 500)
                guard let end = page.last?.owner else { break }
                try writer.noteErased(page)
                last = end
            }
            try writer.commit()
        } catch {
            writer.rollback()
            throw error
        }
        let activation = Dictionary(try live.partitions().map { ($0.key, $0.activationOffset) }) { first, _ in first }
        let provider = keeper.provider
        return LatchedRun(
            stops: stops, activation: activation, journal: try live.journalSpans(),
            openSource: { () throws(StoreError) in try provider.openReader(manifest) })
    }
}
