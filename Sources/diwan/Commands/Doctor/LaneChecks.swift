import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// What waits for the operator: lanes that do not work, partitions that are halted, and events that are parked.
enum LaneChecks {
    static func run(_ deployment: Deployment) -> [DoctorFinding] {
        do {
            let worker = StatusCommand.report(deployment, quietly: true)
            var findings: [DoctorFinding] = []
            for package in deployment.packages {
                guard let reader = try deployment.reader(package) else { continue }
                defer { reader.close() }
                let name = package.manifest.name
                findings += lanes(
                    try PluginLanes(name, reader, worker: worker, isShared: deployment.controlFolder == nil),
                    of: name, try reader.partitions())
                findings += try look(reader, name)
            }
            return findings.isEmpty
                ? [DoctorFinding("partitions", .ok, "none is halted, and no event is parked")] : findings
        } catch {
            return [DoctorFinding("partitions", failing: error)]
        }
    }

    private static func lanes(_ lanes: PluginLanes, of plugin: String, _ partitions: [PartitionState])
        -> [DoctorFinding]
    {
        var findings = lanes.fresh.filter { ["waiting", "failed", "holding"].contains($0.report.state) }.map { lane in
            DoctorFinding(
                "lanes", .warn,
                "\(plugin): \(lane.name) is \(lane.report.state): \(TerminalText.escaped(lane.report.detail ?? ""))")
        }
        for name in Set(lanes.stale.map(\.name)).sorted() {
            let age = lanes.stale.filter { $0.name == name }.map(\.age).min() ?? 0
            findings.append(
                DoctorFinding(
                    "lanes", .warn,
                    "\(plugin): nobody has heard of \(TerminalText.escaped(name)) for \(Plural.age(age)): look whether "
                        + "it runs and reaches the store; where it is gone for good, others have its partitions"))
        }
        // A lane that waits has said why.
        if lanes.fresh.contains(where: { $0.report.state != "running" }) { return findings }
        let unread = partitions.map(\.key).filter { lanes.state(of: $0) == "unread" }.sorted()
        if !unread.isEmpty {
            let names = unread.prefix(5).map(\.description).joined(separator: ", ")
            findings.append(
                DoctorFinding(
                    "lanes", .warn,
                    "\(plugin): no worker reads \(names)\(unread.count > 5 ? " and \(unread.count - 5) more" : ""): "
                        + "partitions that move to another worker are taken within seconds; look again"))
        }
        return findings
    }

    private static func look(_ reader: any StoreReader, _ plugin: String) throws -> [DoctorFinding] {
        var findings = try reader.halts().sorted { $0.key < $1.key }.map { key, halt in
            let since = Moment.text(halt.at)
            return DoctorFinding(
                "partitions", .warn,
                "\(plugin): \(key) is halted since \(since): \(halt.code): \(TerminalText.escaped(halt.message))")
        }
        let sequences = try reader.parkedSequences(limit: 1000)
        if !sequences.isEmpty {
            let count = sequences.reduce(0) { $0 + $1.count }
            findings.append(
                DoctorFinding(
                    "parked events", .warn,
                    "\(plugin): \(Plural.of(count, "event waits", "events wait")) in "
                        + "\(Plural.of(sequences.count, "sequence")): mend what failed, then redrive or discard its first "
                        + "('diwan dead-letters list')"))
        }
        return findings
    }
}
