import Glibc
public import PluginKit
public import ProjectionStore

/// Stores in SQLite: one folder a deployment, one file a plugin (rule 12), one worker at a time (rule 19).
public struct SQLiteStoreProvider: StoreProvider {
    /// When a commit has reached the disk.
    public enum Durability: String, Sendable, CaseIterable {
        /// Before `commit` returns.
        case full
        /// At the next checkpoint: a power cut may take the last commits with it, whole, but damages nothing. The
        /// store then lies behind the group's offset, which halts its partitions (rule 20).
        case normal
    }

    public let folder: String
    public let durability: Durability
    /// The memory each writer's page cache may take; the filter of applied events takes up to as much again.
    public let cacheBytes: Int
    /// How long a query of a manifest may run.
    public let queryTimeLimit: Duration

    private let ownership = OwnershipState()

    /// - Parameters:
    ///   - folder: made when it is missing, for its user alone.
    ///   - cacheBytes: for each plugin's writer; a share of the worker's memory budget.
    public init(
        folder: String, durability: Durability = .full, cacheBytes: Int = 32 << 20,
        queryTimeLimit: Duration = .seconds(5)
    ) {
        self.folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        self.durability = durability
        self.cacheBytes = cacheBytes
        self.queryTimeLimit = queryTimeLimit
    }

    public var description: String { "SQLite in \(folder)" }

    public var sharing: StoreSharing { .exclusive }

    public var controlFolder: String? { folder }

    public func openCommandTable(_ plugin: Manifest) throws(StoreError) -> (any CommandTable)? { nil }

    private var place: StoreFolder { StoreFolder(path: folder) }

    public func takeOwnership(waiting: ((_ holder: String) -> Bool)?) throws(StoreError) -> any StoreOwnership {
        try place.create()
        while true {
            switch try StoreLock.attempt(place.lockFile) {
            case .taken(let descriptor):
                return SQLiteStoreOwnership(descriptor: descriptor, state: ownership)
            case .held(let holder):
                guard let waiting, waiting(holder) else {
                    throw StoreError(
                        .held,
                        "the store in \(folder) is held by \(holder): stop that worker, or start this one with "
                            + "--standby to take over when it ends")
                }
                sleep(1)
            }
        }
    }

    public func openWriter(_ plugin: Manifest, data: [String: String]) throws(StoreError) -> any StoreWriter {
        guard ownership.isHeld else {
            throw StoreError(.notWritable, "the store in \(folder) is not held by this process: take ownership first")
        }
        return try openWriter(plugin, data: data, generation: try livePath(of: plugin).generation)
    }

    public func openReader(_ plugin: Manifest) throws(StoreError) -> any StoreReader {
        try openReader(plugin, generation: try livePath(of: plugin).generation)
    }

    public func check(_ plugins: [Manifest]) throws(StoreError) {
        try place.check()
        for plugin in plugins {
            try SchemaRules.check(plugin)
            let path = try livePath(of: plugin).path
            guard let size = StoreFolder.size(of: path), size > 0 else { continue }
            guard access(path, R_OK | W_OK) == 0 else { throw StoreFolder.failure(errno, "cannot write \(path)") }
            try SQLiteStoreReader.checkWritable(path, plugin)
        }
    }
}
