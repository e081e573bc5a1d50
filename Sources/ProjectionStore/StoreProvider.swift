public import PluginKit

/// Opens the stores of a deployment: one store for each plugin (rule 12).
///
/// A driver (SQLite, PostgreSQL) implements this, `StoreWriter` and `StoreReader`, and passes the conformance suite.
public protocol StoreProvider: GenerationProvider {
    /// For messages: `SQLite in demo/store`.
    var description: String { get }
    /// Whether several workers may write at the same time.
    var sharing: StoreSharing { get }

    /// Takes the deployment's store for this process, before any database of it is opened (rule 19). A shared store is
    /// nobody's alone: there is nothing to take, and this does nothing.
    ///
    /// - Parameter waiting: nil to fail at once; otherwise called about once a second while another process holds the
    ///   store, with who that is; it returns false to give up.
    /// - Throws: `StoreError` with code `.held` when another process holds it, `.notWritable` when it cannot be taken.
    func takeOwnership(waiting: ((_ holder: String) -> Bool)?) throws(StoreError) -> any StoreOwnership

    /// Opens the plugin's store for writing; creates or migrates it. Needs ownership, unless the store is shared:
    /// then any number of writers may be open, and the owner epoch of each partition keeps them apart (rule 17).
    ///
    /// - Parameter data: the texts of the manifest's data files by file name.
    /// - Throws: `StoreError`, with code `.newer` when the store's `min_writer` or the version of the plugin in it is
    ///   above ours (rule 26), `.schema` when the plugin's tables differ from the store's by more than new tables and
    ///   new columns that may be null.
    func openWriter(_ plugin: Manifest, data: [String: String]) throws(StoreError) -> any StoreWriter

    /// Opens the plugin's store for reading only; never checkpoints (rule 23). Any process may.
    ///
    /// - Throws: `StoreError`, with code `.absent` when the plugin has no store yet.
    func openReader(_ plugin: Manifest) throws(StoreError) -> any StoreReader

    /// The folder in which the worker that holds the store makes its socket; nil where commands reach it another way.
    var controlFolder: String? { get }

    /// The table through which commands reach the workers that share the plugin's store; nil where a socket does.
    func openCommandTable(_ plugin: Manifest) throws(StoreError) -> (any CommandTable)?

    /// Where workers that share the store say what they are doing; nil where the one worker is asked itself.
    func openReportBoard() throws(StoreError) -> (any ReportBoard)?

    /// Whether the store could be written now, without changing it: for `diwan doctor`.
    func check(_ plugins: [Manifest]) throws(StoreError)

    /// What works and should not be so, a sentence each: for `diwan doctor`.
    func concerns() throws(StoreError) -> [String]
}

extension StoreProvider {
    public func concerns() throws(StoreError) -> [String] { [] }
}

/// Who may write a deployment's store.
public enum StoreSharing: Sendable, Hashable {
    /// One process at a time, which reads all partitions.
    case exclusive
    /// Any number of processes, which share the partitions through the consumer group.
    case shared
}

/// A deployment's store, held by this process until released or until the process ends.
public protocol StoreOwnership: Sendable {
    func release()
}

/// What went wrong in a store, so that the runtime knows whose fault it is (rule 27).
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Another process holds the store.
        case held
        /// Away or full for now: pause and try again.
        case unavailable
        /// A row breaks a constraint: the event's or the plugin's fault.
        case constraint
        /// The transaction lost against another one and has to be done again.
        case retry
        /// Another generation of the plugin has become live: open the store anew.
        case replaced
        /// Written by a newer version than we can write for.
        case newer
        /// There is no such store.
        case absent
        case notWritable
        /// Damaged, on a disk that fails, or not a store of ours: nothing more is written.
        case corrupt
        /// A query that the store cannot run: the manifest's fault.
        case query
        /// Tables or data files that the store cannot take as they are declared: the manifest's fault, or a change
        /// that needs a rebuild.
        case schema
    }

    public let code: Code
    /// What happened and what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
