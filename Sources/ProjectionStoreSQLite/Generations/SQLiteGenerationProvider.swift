import Glibc
public import PluginKit
public import ProjectionStore

/// A plugin's store in a place of its own: a generation beside the live one, or the live one while its lane stays out
/// of it.
struct SQLiteGenerationProvider: StoreProvider {
    enum Place {
        /// Guarded by that generation's own lock file.
        case beside(plugin: String, generation: Int)
        /// Guarded by whoever gave the lane's place.
        case inPlaceOfLane
    }

    let base: SQLiteStoreProvider
    let place: Place
    private let ownership = OwnershipState()

    init(base: SQLiteStoreProvider, place: Place) {
        self.base = base
        self.place = place
    }

    var description: String {
        switch place {
        case .beside(let plugin, let generation): "\(base.description), generation \(generation) of \(plugin)"
        case .inPlaceOfLane: base.description
        }
    }

    var sharing: StoreSharing { .exclusive }

    /// What works here is a command itself, which nobody asks anything.
    var controlFolder: String? { nil }
    func openCommandTable(_ plugin: Manifest) throws(StoreError) -> (any CommandTable)? { nil }

    func takeOwnership(waiting: ((_ holder: String) -> Bool)?) throws(StoreError) -> any StoreOwnership {
        guard case .beside(let plugin, let generation) = place else {
            ownership.taken()
            return BorrowedOwnership(ownership)
        }
        let folder = StoreFolder(path: base.folder)
        try folder.create()
        let file = GenerationFiles(folder: folder, plugin: plugin).lockFile(generation)
        while true {
            switch try StoreLock.attempt(file) {
            case .taken(let descriptor):
                let taken = SQLiteStoreOwnership(descriptor: descriptor, state: ownership)
                // It may have become live while we waited for the lock, and then it is a worker's.
                guard try GenerationFiles(folder: folder, plugin: plugin).live() != generation else {
                    throw StoreError(.schema, "generation \(generation) of plugin \(plugin) is live now")
                }
                return taken
            case .held(let holder):
                guard let waiting, waiting(holder) else {
                    throw StoreError(
                        .held,
                        "generation \(generation) of plugin \(plugin) is held by \(holder): let that command end first")
                }
                sleep(1)
            }
        }
    }

    private func generation(of plugin: Manifest) throws(StoreError) -> Int {
        if case .beside(plugin.name, let generation) = place { return generation }
        return try base.generations(of: plugin).live
    }

    func openWriter(_ plugin: Manifest, data: [String: String]) throws(StoreError) -> any StoreWriter {
        guard ownership.isHeld else {
            throw StoreError(.notWritable, "\(description) is not held by this process: take ownership first")
        }
        return try base.openWriter(plugin, data: data, generation: try generation(of: plugin))
    }

    func openReader(_ plugin: Manifest) throws(StoreError) -> any StoreReader {
        try base.openReader(plugin, generation: try generation(of: plugin))
    }

    func check(_ plugins: [Manifest]) throws(StoreError) { try base.check(plugins) }

    // MARK: Generations

    func generations(of plugin: Manifest) throws(StoreError) -> StoreGenerations { try base.generations(of: plugin) }

    func beside(_ plugin: Manifest, generation: Int) -> any StoreProvider {
        base.beside(plugin, generation: generation)
    }

    func inPlaceOfLane() -> any StoreProvider { base.inPlaceOfLane() }
    func freeze(_ plugin: Manifest) throws(StoreError) -> any FrozenStore { try base.freeze(plugin) }
    func drop(_ generation: Int, of plugin: Manifest) throws(StoreError) { try base.drop(generation, of: plugin) }
}

/// Holds no lock of its own.
private final class BorrowedOwnership: StoreOwnership {
    private let state: OwnershipState

    init(_ state: OwnershipState) { self.state = state }

    func release() {}

    deinit { state.released() }
}

/// The caller holds the store or its lane, so nothing moves.
struct SQLiteFrozenStore: FrozenStore {
    let files: GenerationFiles

    func makeLive(_ generation: Int) throws(StoreError) {
        guard try files.existing().contains(generation) else {
            throw StoreError(
                .absent, "there is no generation \(generation) of plugin \(files.plugin) to make live")
        }
        try files.setLive(generation)
    }

    func release() {}
}

extension SQLiteStoreProvider {
    private func files(_ plugin: Manifest) -> GenerationFiles {
        GenerationFiles(folder: StoreFolder(path: folder), plugin: plugin.name)
    }

    /// Where the live generation's database lies.
    func livePath(of plugin: Manifest) throws(StoreError) -> (path: String, generation: Int) {
        let files = files(plugin)
        let live = try files.live()
        return (files.database(live), live)
    }

    public func generations(of plugin: Manifest) throws(StoreError) -> StoreGenerations {
        try SchemaRules.check(plugin)
        let files = files(plugin)
        return StoreGenerations(live: try files.live(), existing: try files.existing())
    }

    public func beside(_ plugin: Manifest, generation: Int) -> any StoreProvider {
        SQLiteGenerationProvider(base: self, place: .beside(plugin: plugin.name, generation: generation))
    }

    public func inPlaceOfLane() -> any StoreProvider { SQLiteGenerationProvider(base: self, place: .inPlaceOfLane) }

    public func freeze(_ plugin: Manifest) throws(StoreError) -> any FrozenStore {
        try SchemaRules.check(plugin)
        return SQLiteFrozenStore(files: files(plugin))
    }

    public func drop(_ generation: Int, of plugin: Manifest) throws(StoreError) {
        try SchemaRules.check(plugin)
        let files = files(plugin)
        guard try files.live() != generation else {
            throw StoreError(.schema, "generation \(generation) of plugin \(plugin.name) is live and stays")
        }
        try files.remove(generation)
    }

    // MARK: Opening one generation

    func openWriter(_ plugin: Manifest, data: [String: String], generation: Int) throws(StoreError) -> any StoreWriter {
        try SchemaRules.check(plugin)
        let folder = StoreFolder(path: folder)
        let path = files(plugin).database(generation)
        try folder.create()
        try folder.prepareFile(path)
        return try SQLiteStoreWriter(path: path, provider: self, plugin: plugin, data: data, generation: generation)
    }

    func openReader(_ plugin: Manifest, generation: Int) throws(StoreError) -> any StoreReader {
        try SchemaRules.check(plugin)
        let path = files(plugin).database(generation)
        guard let size = StoreFolder.size(of: path), size > 0 else {
            throw SQLiteStoreReader.absent(path, plugin)
        }
        guard access(path, R_OK) == 0 else { throw StoreFolder.failure(errno, "cannot read \(path)") }
        return try SQLiteStoreReader(path: path, plugin: plugin, timeLimit: queryTimeLimit, generation: generation)
    }
}
