import Configuration
import PluginKit
import ProjectionStore
import ProjectionStoreSQLite
import WorkerRuntime

/// `diwan doctor`
enum DoctorCommand {
    static let command = Command(
        CommandSpec(
            "doctor", summary: "Say what works, what does not, and what to do about it",
            discussion: """
                Looks at the versions, the configuration, the store, the clock, the brokers with their credentials, the \
                topics and how long they keep records; one line each. Nothing is changed. The command ends with the \
                code of the first thing that failed; a warning alone ends with 0.
                """,
            options: [
                CommonOptions.config, CommonOptions.timeout("10s", summary: "How long Kafka may take"),
                CommonOptions.format,
            ], exitCodes: [.config, .noInput, .unavailable, .noPerm, .cantCreat]), run: run)

    private static func run(_ call: CommandCall) throws {
        let format: ListFormat = try call.option("format")
        var findings: [DoctorFinding] = []
        func add(_ new: [DoctorFinding]) throws {
            findings += new
            if format == .text { for finding in new { try Output.write(finding.line + "\n") } }
        }
        let versions = versions()
        try add([versions])
        do {
            if versions.state == .fail {
                // Without its plugins the program reads no configuration, and would only say the same again.
                try add([
                    DoctorFinding("configuration", .skip, "not looked at: the program's plugins have to be right first")
                ])
            } else {
                try look(call, add)
            }
        } catch let error as CommandFailure where error.exit == .ioErr {
            throw error
        } catch {
            try add([DoctorFinding("configuration", failing: error)])
        }
        let failure = findings.first { $0.state == .fail }
        if format == .json {
            try Output.write(
                JSON.object([
                    ("exitCode", .integer(Int64(failure?.exit.rawValue ?? 0))),
                    ("checks", .array(findings.map(\.json))),
                ]).document())
        }
        if let failure {
            throw CommandFailure(failure.exit, format == .text ? nil : "\(failure.check): \(failure.message)")
        }
    }

    private static func look(_ call: CommandCall, _ add: ([DoctorFinding]) throws -> Void) throws {
        let deployment = try Deployment.load(call, saysWarnings: false)
        try add([configuration(deployment)])
        try add([store(deployment)] + generations(deployment))
        try add(LaneChecks.run(deployment))
        try add([ClockCheck.run(deployment)])
        try add(KafkaChecks(deployment: deployment, timeout: try call.option("timeout")).run())
    }

    private static func versions() -> DoctorFinding {
        do {
            let words = try Versions.all().map { "\($0.name) \($0.version)" }.joined(separator: ", ")
            return DoctorFinding("versions", .ok, words)
        } catch {
            return DoctorFinding("plugins", failing: error)
        }
    }

    private static func configuration(_ deployment: Deployment) -> DoctorFinding {
        let warnings = deployment.configuration.warnings
        if deployment.packages.isEmpty {
            return DoctorFinding(
                "configuration", .fail, "\(deployment.file): no plugin is enabled, so a worker would do nothing",
                exit: .config)
        }
        return warnings.isEmpty
            ? DoctorFinding("configuration", .ok, "\(deployment.file) is right")
            : DoctorFinding("configuration", .warn, warnings.joined(separator: "; "))
    }

    /// What a new version of a plugin will need and the role need not have until then: nothing to say where it has it.
    private static func generations(_ deployment: Deployment) -> [DoctorFinding] {
        guard let package = deployment.packages.first else { return [] }
        do throws(StoreError) {
            try deployment.provider.checkReplacing(package.manifest)
            return []
        } catch {
            // A store that is away has been told of.
            guard error.code == .notWritable else { return [] }
            return [
                DoctorFinding(
                    "plugin rebuild", .ok, "the worker needs no more; a new version of a plugin will: \(error)")
            ]
        }
    }

    private static func store(_ deployment: Deployment) -> DoctorFinding {
        let provider = deployment.provider
        let concerns: [String]
        do throws(StoreError) {
            try provider.check(deployment.packages.map(\.manifest))
            concerns = try provider.concerns()
        } catch {
            return DoctorFinding("store", failing: error)
        }
        guard concerns.isEmpty else {
            return DoctorFinding("store", .warn, "\(provider.description): \(concerns.joined(separator: "; "))")
        }
        return DoctorFinding("store", .ok, "\(provider.description) can be written")
    }
}
