import Configuration
import KafkaClient
import PluginKit
import WorkerRuntime

/// `diwan version`
enum VersionCommand {
    static let command = Command(
        CommandSpec(
            "version", summary: "Show the version, and those of what it runs with", options: [CommonOptions.format]),
        run: { call in
            let parts = try Versions.all()
            switch try call.option("format", as: ListFormat.self) {
            case .json: try Output.write(JSON.object(parts.map { ($0.name, .string($0.version)) }).document())
            case .text: try Output.write(parts.map { "\($0.name) \($0.version)\n" }.joined())
            }
        })
}

/// What this program is made of.
enum Versions {
    static func all() throws -> [(name: String, version: String)] {
        var all = [("diwan", Program.version), ("librdkafka", librdkafkaVersion)]
        all += try Packages.all().map { ("plugin \($0.manifest.name)", String($0.manifest.version)) }
        return all
    }
}
