import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// What waits for the operator: partitions that are halted, and events that are parked.
enum LaneChecks {
    static func run(_ deployment: Deployment) -> [DoctorFinding] {
        do {
            var findings: [DoctorFinding] = []
            for package in deployment.packages {
                guard let reader = try deployment.reader(package) else { continue }
                defer { reader.close() }
                findings += try look(reader, package.manifest.name)
            }
            return findings.isEmpty
                ? [DoctorFinding("partitions", .ok, "none is halted, and no event is parked")] : findings
        } catch {
            return [DoctorFinding("partitions", failing: error)]
        }
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
