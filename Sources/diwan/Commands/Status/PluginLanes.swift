import PluginKit
import ProjectionStore
import WorkerRuntime

/// What the workers of a deployment say of one plugin: asked of the one that holds the store, or read from what those
/// that share it have put there.
struct PluginLanes: Sendable {
    struct Lane: Sendable {
        /// The operator's name for the worker; nil where the socket answered, which knows no name.
        let worker: String?
        let process: Int32
        let number: Int
        let report: LaneReport
        /// Milliseconds since it said so.
        let age: Int64

        /// Nobody has heard of it for long: gone, frozen, or cut off from the store.
        var isStale: Bool { age >= StoredReport.staleAge }
        var name: String { worker.map { "\($0), process \(process)" } ?? "process \(process)" }
    }

    /// In the order of workers and lanes.
    let lanes: [Lane]
    let isShared: Bool
    private let halts: [PartitionKey: PartitionHalt]

    /// - Parameter worker: what the socket answered.
    init(_ plugin: String, _ reader: any StoreReader, worker: WorkerReport?, isShared: Bool) throws(StoreError) {
        self.isShared = isShared
        halts = try reader.halts()
        if isShared {
            lanes = try reader.workerReports().compactMap { stored in
                LaneReport.read(stored.text).map {
                    Lane(
                        worker: stored.worker.id, process: stored.worker.process, number: stored.lane, report: $0,
                        age: stored.age)
                }
            }
        } else {
            lanes =
                worker.map { worker in
                    worker.lanes.filter { $0.plugin == plugin }.map {
                        Lane(worker: nil, process: worker.process, number: 1, report: $0, age: 0)
                    }
                } ?? []
        }
    }

    /// Those that can be believed.
    var fresh: [Lane] { lanes.filter { !$0.isStale } }
    var stale: [Lane] { lanes.filter(\.isStale) }

    // MARK: The plugin

    /// The state that says most: what is wrong with one lane before what is well with all others; nil where no worker
    /// is heard of.
    var state: String? {
        let states = Set(fresh.map(\.report.state))
        let known = ["failed", "halted", "waiting", "holding", "starting", "draining", "running"]
        return known.first { states.contains($0) } ?? states.min()
    }

    /// What is said by the lane whose state that is.
    var detail: String? {
        let state = state
        return fresh.first { $0.report.state == state && $0.report.detail != nil }?.report.detail
    }

    // MARK: Partitions

    /// Who reads a partition, or has halted or paused it.
    func owner(of key: PartitionKey) -> Lane? {
        let name = key.description
        return fresh.first { $0.report.partitions.contains { $0.topic == key.topic && $0.partition == key.partition } }
            ?? fresh.first { $0.report.halted[name] != nil || $0.report.paused[name] != nil }
    }

    func state(of key: PartitionKey) -> String {
        if halted(key) != nil { return "halted" }
        guard let owner = owner(of: key) else { return fresh.isEmpty ? "-" : "unread" }
        return owner.report.paused[key.description] != nil ? "paused" : owner.report.state
    }

    /// Why a partition is not read, from its worker where there is one, else as the store last knew it.
    func reason(of key: PartitionKey) -> String? { halted(key) ?? owner(of: key)?.report.paused[key.description] }

    func lag(of key: PartitionKey) -> Int64? {
        owner(of: key)?.report.partitions.first { $0.topic == key.topic && $0.partition == key.partition }?.lag
    }

    private func halted(_ key: PartitionKey) -> String? {
        if let said = fresh.compactMap({ $0.report.halted[key.description] }).first { return said }
        // Whoever reads it has looked at it later than that.
        guard fresh.isEmpty || (isShared && owner(of: key) == nil) else { return nil }
        return halts[key].map { "\($0.code): \($0.message)" }
    }

    /// Partitions that are halted or paused and why, also those that the store has never read.
    var stopped: [(partition: String, reason: String)] {
        var reasons: [String: String] = [:]
        for lane in fresh { reasons.merge(lane.report.halted.merging(lane.report.paused) { $1 }) { first, _ in first } }
        for key in halts.keys { if let reason = halted(key) { reasons[key.description] = reason } }
        return reasons.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
