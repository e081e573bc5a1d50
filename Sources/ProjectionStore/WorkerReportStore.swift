public import PluginKit

/// Where a worker that shares its store says what its lanes are doing, so that commands anywhere can read it. Each worker
/// has one, with a session of its own: what lanes do waits for no report. One thread at a time.
public protocol ReportBoard: AnyObject {
    /// Puts down what the lanes of a plugin say, in place of what the same worker said before.
    ///
    /// - Throws: `.absent` where the plugin has no store yet.
    func put(_ lanes: [String], of worker: WorkerName, for plugin: Manifest) throws(StoreError)
    /// Takes away what the worker said: it leaves.
    func remove(_ worker: WorkerName, from plugin: Manifest) throws(StoreError)
    /// Takes away what was left by workers that nobody has heard of for long, and by earlier runs of this one.
    func clear(for worker: WorkerName, in plugin: Manifest) throws(StoreError)
    func close()
}

/// One run of a worker.
public struct WorkerName: Sendable, Hashable {
    /// The operator's name for it; two may have the same by mistake.
    public let id: String
    public let process: Int32
    /// When it began, milliseconds since 1970.
    public let since: Int64

    public init(id: String, process: Int32, since: Int64) {
        self.id = id
        self.process = process
        self.since = since
    }
}

/// What one lane of a worker said last.
public struct StoredReport: Sendable, Equatable {
    public let worker: WorkerName
    /// From 1 on.
    public let lane: Int
    public let text: String
    /// Milliseconds since then, by the store's clock.
    public let age: Int64

    public init(worker: WorkerName, lane: Int, text: String, age: Int64) {
        self.worker = worker
        self.lane = lane
        self.text = text
        self.age = age
    }

    /// From this age on, in milliseconds, a report is stale: its worker is gone, frozen, or cut off from the store.
    public static let staleAge: Int64 = 15_000
}

extension StoreProvider {
    /// A store of one process has none: its worker is asked itself.
    public func openReportBoard() throws(StoreError) -> (any ReportBoard)? { nil }
}

extension ControlReading {
    public func workerReports() throws(StoreError) -> [StoredReport] { [] }
}
