public import PluginKit

/// Which generations of a plugin's store there are (rule 32): one is live, others were rebuilt beside it or were live
/// before.
public struct StoreGenerations: Sendable, Equatable {
    public let live: Int
    /// Those that exist, ascending; without the live one where its store was never made.
    public let existing: [Int]

    public init(live: Int, existing: [Int]) {
        self.live = live
        self.existing = existing.sorted()
    }

    /// Those that are not live, ascending.
    public var beside: [Int] { existing.filter { $0 != live } }

    /// The number for a rebuilt generation: above all that exist, and above the plugin's version, by which the
    /// consumer group of a first generation is called.
    public func next(pluginVersion: Int) -> Int { max(live, existing.last ?? 0, pluginVersion) + 1 }
}

/// What a provider does with generations. A store that was never rebuilt is generation 1.
public protocol GenerationProvider: Sendable {
    func generations(of plugin: Manifest) throws(StoreError) -> StoreGenerations

    /// One generation as if it were the plugin's only store: `takeOwnership` takes a lock of that generation alone,
    /// and readers and writers are that generation's. For one that is not live.
    func beside(_ plugin: Manifest, generation: Int) -> any StoreProvider

    /// The live store for a command that has been given its place: the lane that owns it stays out of it for now, so
    /// its lock is neither needed nor taken.
    func inPlaceOfLane() -> any StoreProvider

    /// Whether one generation can be put in another one's place, as far as rights go: asked before anything is done.
    ///
    /// - Throws: `StoreError` with code `.notWritable` and what an administrator has to do.
    func checkReplacing(_ plugin: Manifest) throws(StoreError)

    /// Keeps everybody else from committing to the live store until `release`.
    ///
    /// SQLite: nothing to do, because the caller holds the store or its lane. PostgreSQL: locks that end with the
    /// session.
    ///
    /// - Throws: `StoreError` with code `.held` when somebody's transaction does not end in time.
    func freeze(_ plugin: Manifest) throws(StoreError) -> any FrozenStore

    /// Removes a generation for good.
    ///
    /// - Throws: `StoreError` with code `.schema` for the live one.
    func drop(_ generation: Int, of plugin: Manifest) throws(StoreError)
}

extension GenerationProvider {
    public func checkReplacing(_ plugin: Manifest) throws(StoreError) {}
}

/// The live store, standing still.
public protocol FrozenStore: Sendable {
    /// Makes another generation live, in one step that happens wholly or not at all, and ends the freeze.
    ///
    /// Where several processes share a store, whoever had it open before finds no row to move on any more (rule 17).
    func makeLive(_ generation: Int) throws(StoreError)
    func release()
}

/// What became of a message in another generation of the store.
public struct CarriedMessage: Sendable, Equatable {
    public let id: String
    public let state: OutboxMessage.State
    public let reason: String
    public let settled: Int64?

    public init(id: String, state: OutboxMessage.State, reason: String, settled: Int64?) {
        self.id = id
        self.state = state
        self.reason = reason
        self.settled = settled
    }
}

/// A table as a store holds it: what its rows can be compared by.
public struct StoredTable: Sendable, Equatable {
    /// As the manifest says, also for facts.
    public let name: String
    /// As it is called in the store.
    public let storedName: String
    public let keyCount: Int
    public let columns: [String]

    public init(name: String, storedName: String, keyCount: Int, columns: [String]) {
        self.name = name
        self.storedName = storedName
        self.keyCount = keyCount
        self.columns = columns
    }

    /// Events that were taken back, which decide with the facts what counts.
    public static let retractions = StoredTable(
        name: "_retraction", storedName: "_retraction", keyCount: 3,
        columns: ["owner", "source", "id", "reason", "replaced_by", "time"])
}

/// Why messages are in a state that no sender gave them.
public enum CarriedReason {
    /// Of a rebuilt generation: what it would have said before it became live was said, or not, by the one before.
    public static let beforePromotion = "before-promotion"
    /// Still to be sent when the generation was replaced, and not among the new one's messages.
    public static let onlyBefore = "only-in-generation-before"
    /// May have been sent already by the store that this one was restored in place of (rule 20).
    public static let restored = "store-restored"
}

/// What a store's writer does for rebuilding a plugin beside the live one (rules 9, 20 and 32). All within a
/// transaction.
public protocol GenerationWriting: JournalWriting {
    /// Which generation is being written.
    var generation: Int { get }
    /// Whether another generation has become live in place of this one, so that the store has to be opened anew. Not
    /// within a transaction.
    func isReplaced() throws(StoreError) -> Bool

    /// Latches every message that could be sent: it is kept by its id and never handed to a sender.
    func latchOutbox() throws(StoreError)
    /// Gives messages the states that they have in another generation; what was really sent or closed here stays so,
    /// and unknown ids are ignored.
    func carry(_ messages: [CarriedMessage]) throws(StoreError)
    /// Adds messages as held, unless their id is there.
    func carryHeld(_ messages: [OutboxDraft], reason: String) throws(StoreError)
    /// Removes what `carryHeld` added for the reason and nobody has touched since.
    func removeHeld(reason: String) throws(StoreError)
    /// Settles every message that is still latched, as closed for `reason`.
    func closeLatched(reason: String, at time: Int64) throws(StoreError)
    /// Fixes a partition's activation offset to what another generation has (rule 30).
    func setActivation(_ partition: PartitionKey, to offset: Int64) throws(StoreError)
    /// Adds to the list of erased ids (rule 10), without looking for rows.
    func noteErased(_ owners: [ErasedID]) throws(StoreError)
    /// Adds audit entries that are not there yet.
    func carryAudit(_ entries: [AuditEntry]) throws(StoreError)

    /// Holds messages for the operator, by id; what is sent or closed stays so.
    func holdMessages(_ ids: [String], reason: String) throws(StoreError)
    /// Holds every message that waits to be sent.
    func holdOpenMessages(reason: String) throws(StoreError)
    /// Messages of events of this partition below `offset` are held from now on (rule 20).
    func setHeldBelow(_ offset: Int64, of partition: PartitionKey) throws(StoreError)
    func heldBelow() throws(StoreError) -> [PartitionKey: Int64]
    /// A small setting of the runtime's own.
    func setting(_ name: String) throws(StoreError) -> String?
}

/// An id on the list of erased ones.
public struct ErasedID: Sendable, Equatable {
    public let owner: String
    /// Milliseconds since 1970.
    public let at: Int64

    public init(owner: String, at: Int64) {
        self.owner = owner
        self.at = at
    }
}

/// What a store's reader tells for comparing a rebuilt plugin with the live one, and for putting it in its place.
public protocol GenerationReading: JournalReading {
    var generation: Int { get }
    /// The version of the plugin that the store was written by.
    var pluginVersion: Int { get }

    /// The plugin's tables as they lie in this store, by name, and the retractions as one more.
    func storedTables() throws(StoreError) -> [StoredTable]
    /// Hands over some columns of every row of a table, in the order of its key (text by bytes), a few rows in memory
    /// at a time. Within a snapshot.
    func scan(_ table: StoredTable, columns: [String], _ row: ([Cell]) -> Void) throws(StoreError)
    /// Messages in the order of their ids (by bytes), those above `id`.
    func outbox(above id: String, limit: Int) throws(StoreError) -> [OutboxMessage]
    func erased(above owner: String, limit: Int) throws(StoreError) -> [ErasedID]
    func heldBelow() throws(StoreError) -> [PartitionKey: Int64]
    /// A small setting of the runtime's own.
    func setting(_ name: String) throws(StoreError) -> String?
}
