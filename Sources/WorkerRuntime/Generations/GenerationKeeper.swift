public import EventCatalogue
import KafkaClient
import PluginKit
public import ProjectionStore
import Synchronization
import Threads

/// Rebuilds a plugin beside its live store, compares the two, and puts one in the place of the other (rule 32).
///
/// Threading: each call blocks its thread, one at a time; `stop` may be called from any.
public final class GenerationKeeper: Sendable {
    let settings: WorkerSettings
    let package: PluginPackage
    let catalogue: EventCatalogue
    let provider: any StoreProvider
    let log: WorkerLog
    private let session = Mutex<RebuildSession?>(nil)
    private let stopping = Flag()

    /// - Parameter settings: of the deployment; only `package` of its plugins is touched.
    public init(
        settings: WorkerSettings, package: PluginPackage, catalogue: EventCatalogue, provider: any StoreProvider,
        log: WorkerLog
    ) {
        var own = settings
        own.plugins = settings.plugins.filter { $0.key == package.manifest.name }
        if own.plugins.isEmpty {
            own.plugins[package.manifest.name] = WorkerSettings.Plugin(activatesAtBeginning: false, acceptsGap: false)
        }
        self.settings = own
        self.package = package
        self.catalogue = catalogue
        self.provider = provider
        self.log = log
    }

    /// Whether `stop` was called.
    public var isStopped: Bool { stopping.isSet }

    /// Ends what runs after the transaction in hand. What is done stays done; the same call goes on from there.
    public func stop() {
        stopping.set()
        session.withLock { $0 }?.stop()
    }

    // MARK: Which generations there are

    public func generations() throws(StoreError) -> StoreGenerations {
        try provider.generations(of: package.manifest)
    }

    /// The generation that was rebuilt, or is being rebuilt; nil where there is none.
    public func rebuilt() throws(StoreError) -> Int? {
        let generations = try generations()
        return generations.beside.last { $0 > generations.live }
    }

    /// The generation that was live before; nil where there is none.
    public func previous() throws(StoreError) -> Int? {
        let generations = try generations()
        let reader = try provider.openReader(package.manifest)
        defer { reader.close() }
        let named = try reader.setting(GenerationTransfer.previousSetting).flatMap(Int.init)
        return named.flatMap { generations.beside.contains($0) ? $0 : nil }
    }

    public func compare(with generation: Int) throws -> GenerationComparison {
        let live = try provider.openReader(package.manifest)
        defer { live.close() }
        let other = try provider.beside(package.manifest, generation: generation).openReader(package.manifest)
        defer { other.close() }
        return try GenerationComparison(live: live, rebuilt: other)
    }

    /// Removes a generation that is not live.
    ///
    /// - Throws: `StoreError` with code `.held` while another command fills it.
    public func discard(_ generation: Int) throws(StoreError) {
        let ownership = try provider.beside(package.manifest, generation: generation).takeOwnership(waiting: nil)
        defer { ownership.release() }
        try provider.drop(generation, of: package.manifest)
    }

    // MARK: Filling

    /// Fills a generation from the beginning of the log, or goes on where an earlier call stopped.
    ///
    /// - Parameters:
    ///   - follows: goes on with the log until `stop`; otherwise ends where the log ended when it began.
    ///   - progress: told about five times a second how far it is.
    /// - Returns: the generation's number.
    public func rebuild(follows: Bool, progress: @escaping @Sendable (LatchedRun) -> Void) throws -> Int {
        let generations = try generations()
        let generation = try rebuilt() ?? generations.next(pluginVersion: package.manifest.version)
        try fill(generation, to: follows ? nil : try ends(), progress)
        return generation
    }

    func fill(
        _ generation: Int, to stops: [PartitionKey: Int64]?, _ progress: @escaping @Sendable (LatchedRun) -> Void
    ) throws {
        let session = RebuildSession(self, generation: generation)
        self.session.withLock { $0 = session }
        defer { self.session.withLock { $0 = nil } }
        if stopping.isSet { return }
        try session.run(to: stops, progress: progress)
    }

    /// Where the logs of the plugin's topics end now.
    func ends() throws(KafkaError) -> [PartitionKey: Int64] {
        let admin = try Admin(settings.kafka)
        defer { admin.close(timeout: .seconds(1)) }
        var ends: [PartitionKey: Int64] = [:]
        for topic in settings.topics(of: package.manifest) {
            let metadata = try admin.metadata(topic: topic.name, timeout: .seconds(10))
            guard let found = metadata.topic(topic.name), !found.partitions.isEmpty else {
                throw KafkaError(
                    code: .topicMissing, message: "topic \(topic.name) does not exist", topic: topic.name)
            }
            for partition in found.partitions {
                let place = TopicPartition(topic.name, partition.id)
                ends[PartitionKey(topic: topic.name, partition: partition.id)] =
                    try admin.watermarks(place, timeout: .seconds(10)).high
            }
        }
        return ends
    }
}
