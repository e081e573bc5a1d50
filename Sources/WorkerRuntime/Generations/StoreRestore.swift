import Glibc
import KafkaClient
import PluginKit
public import ProjectionStore

/// What a store says again that was restored from an older copy: the lost one may have said it, so it is held for the
/// operator (rule 20).
struct RestoredStore {
    /// Messages of events below these offsets.
    var below: [PartitionKey: Int64] = [:]
    /// Messages of timers that are due by then, milliseconds since 1970: the lost store had ended when the restore was
    /// accepted, so whatever it has fired was due before.
    var due: Int64 = .min

    init() {}

    init(_ writer: any StoreWriter) throws(StoreError) {
        below = try writer.heldBelow()
        due = try writer.setting(Self.acceptedSetting).flatMap { Int64($0) } ?? .min
    }

    /// When a restore was last accepted, milliseconds since 1970.
    static let acceptedSetting = "restore-accepted"
}

extension GenerationKeeper {
    /// A partition whose store was restored from an older copy.
    public struct Restore: Sendable, Equatable {
        public let partition: PartitionKey
        /// Where the store stands, and where the lost one stood.
        public let from: Int64
        public let upTo: Int64
    }

    /// Goes on with a live store that was restored from an older copy (rule 20): what the lost one may have sent is held
    /// for the operator, that is what still waits in this copy, what events between the two offsets say again, and what
    /// timers say that were due by now: which of them the lost one has fired, nobody knows.
    ///
    /// - Returns: the partitions that stand behind the group; none where the store was not restored.
    public func acceptRestore(pausing live: some LivePause, actor: String) throws -> [Restore] {
        try live.pause()
        defer { live.resume() }
        let place = provider.inPlaceOfLane()
        let ownership = try place.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try place.openWriter(package.manifest, data: package.plugin.sources.data)
        defer { writer.close() }
        let restores = try restores(of: writer)
        guard !restores.isEmpty else { return [] }
        try writer.begin()
        do {
            try writer.holdOpenMessages(reason: CarriedReason.restored)
            for restore in restores { try writer.setHeldBelow(restore.upTo, of: restore.partition) }
            try writer.set(RestoredStore.acceptedSetting, to: String(UTCTime.now))
            let words = restores.map { "\($0.partition) from \($0.from) up to \($0.upTo)" }.joined(separator: ", ")
            try writer.audit(
                AuditEntry(
                    at: UTCTime.now, actor: actor, action: "accept-restore", reason: "",
                    detail: "messages of these events are held: \(words)"))
            try Self.outdate(writer)
            try writer.commit()
        } catch {
            writer.rollback()
            throw error
        }
        return restores
    }

    /// An owner that has the store in spite of the pause finds out at its next transaction, and comes up anew.
    private static func outdate(_ writer: any StoreWriter) throws(StoreError) {
        for state in try writer.partitions() {
            var next = state
            next.epoch += 1
            guard try writer.claim(next, replacing: state.epoch) else {
                throw StoreError(.retry, "\(state.key): somebody else writes the store: try again")
            }
        }
    }

    private func restores(of writer: any StoreWriter) throws -> [Restore] {
        let states = try writer.partitions()
        let number = WorkerSettings.groupNumber(
            generation: writer.generation, pluginVersion: package.manifest.version)
        let group = settings.group(plugin: package.manifest.name, generation: number)
        let consumer = try Consumer(settings.kafka, group: group) { _ in }
        defer { consumer.close(timeout: .seconds(2)) }
        let places = states.map { TopicPartition($0.key.topic, $0.key.partition) }
        var committed: [PartitionKey: GroupCommit] = [:]
        for commit in try consumer.committed(places, timeout: .seconds(10)) {
            guard let offset = commit.offset else { continue }
            committed[PartitionKey(topic: commit.partition.topic, partition: commit.partition.partition)] =
                GroupCommit(offset: offset, metadata: commit.metadata)
        }
        return states.compactMap { state in
            guard let commit = committed[state.key], commit.store == writer.identity,
                commit.offset > state.nextOffset
            else { return nil }
            return Restore(partition: state.key, from: state.nextOffset, upTo: commit.offset)
        }.sorted { $0.partition < $1.partition }
    }

    // MARK: What is held

    /// Messages that are held, in the order in which they were written, page by page.
    public func heldMessages() throws -> [OutboxMessage] {
        let reader = try provider.openReader(package.manifest)
        defer { reader.close() }
        return try reader.snapshot { try Self.held(reader) }
    }

    private static func held(_ reader: any StoreReader) throws(StoreError) -> [OutboxMessage] {
        var found: [OutboxMessage] = []
        var last: Int64 = 0
        while true {
            let page = try reader.outbox(limit: 500, after: last)
            guard let end = page.last?.number else { return found }
            found += page.filter { $0.state == .held }
            last = end
        }
    }

    /// Lets held messages go out, or settles them for good.
    ///
    /// - Parameter ids: which; nil for all that are held.
    /// - Returns: how many there were.
    public func settleHeld(
        _ ids: Set<String>?, drop: Bool, pausing live: some LivePause, actor: String, reason: String
    ) throws -> Int {
        try live.pause()
        defer { live.resume() }
        let chosen = try heldMessages().filter { ids?.contains($0.content.id) ?? true }
        guard !chosen.isEmpty else { return 0 }
        let place = provider.inPlaceOfLane()
        let ownership = try place.takeOwnership(waiting: nil)
        defer { ownership.release() }
        let writer = try place.openWriter(package.manifest, data: package.plugin.sources.data)
        defer { writer.close() }
        let now = UTCTime.now
        let entry = AuditEntry(
            at: now, actor: actor, action: drop ? "drop-notices" : "release-notices", reason: reason,
            detail: "\(chosen.count): \(chosen.prefix(20).map(\.content.id).joined(separator: ", "))")
        let results = chosen.map {
            OutboxResult(number: $0.number, state: drop ? .closed : .pending, reason: drop ? "dropped" : "", at: now)
        }
        for _ in 0..<50 {
            switch Result(catching: { () throws(StoreError) in try Self.settle(results, entry, writer) }) {
            case .success(true): return chosen.count
            case .success(false): break
            case .failure(let error): if error.code != .retry { throw error }
            }
            usleep(50_000)
        }
        throw StoreError(.retry, "the worker's transactions kept coming between: try again")
    }

    /// - Returns: false where an owner moved a partition meanwhile: then nothing was done.
    private static func settle(_ results: [OutboxResult], _ entry: AuditEntry, _ writer: any StoreWriter)
        throws(StoreError) -> Bool
    {
        try writer.begin()
        defer { writer.rollback() }
        try writer.settleOutbox(results)
        try writer.audit(entry)
        guard try standStill(writer) else { return false }
        try writer.commit()
        return true
    }

    /// Moves every partition by nothing, under its owner's epoch: an owner at work is neither fenced nor overtaken.
    ///
    /// - Returns: false where one has moved meanwhile.
    private static func standStill(_ writer: any StoreWriter) throws(StoreError) -> Bool {
        for state in try writer.partitions() {
            guard
                try writer.advance(
                    state.key, expected: state.nextOffset, epoch: state.epoch, to: state.nextOffset, last: state.last)
            else { return false }
        }
        return true
    }
}
