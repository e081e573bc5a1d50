import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan plugin show NAME`
enum PluginShowCommand {
    static let command = Command(
        CommandSpec(
            "show", summary: "Show the generations of a plugin's store",
            discussion: """
                One generation is live. Others were rebuilt beside it, or were live before: 'diwan plugin rebuild', \
                'promote', 'rollback' and 'discard' make and move them.
                """, arguments: [ArgumentSpec("name", summary: "The plugin, from 'diwan plugin list'")],
            options: [CommonOptions.config, CommonOptions.format], exitCodes: [.unavailable, .config, .noInput]),
        run: run)

    private struct Generation {
        let number: Int
        let isLive: Bool
        let version: Int
        let store: String
        let group: String
        let partitions: [PartitionState]

        var records: Int64 { partitions.reduce(0) { $0 + $1.nextOffset } }
    }

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let package = try deployment.package(try call.argument("name"))
        let manifest = package.manifest
        let provider: any StoreProvider = deployment.provider
        let all = try provider.generations(of: manifest)
        guard !all.existing.isEmpty else { throw deployment.noStore([manifest.name]) }
        let generations = try all.existing.map { number in
            let isLive = number == all.live
            let reader = try (isLive ? provider : provider.beside(manifest, generation: number)).openReader(manifest)
            defer { reader.close() }
            return Generation(
                number: number, isLive: isLive, version: reader.pluginVersion, store: reader.identity,
                group: deployment.configuration.group(
                    plugin: manifest.name,
                    generation: WorkerSettings.groupNumber(generation: number, pluginVersion: reader.pluginVersion)),
                partitions: try reader.partitions().sorted { $0.key < $1.key })
        }
        switch try call.option("format", as: ListFormat.self) {
        case .json:
            try Output.write(
                JSON.object([
                    ("plugin", .string(manifest.name)), ("version", .count(manifest.version)),
                    ("live", .count(all.live)), ("generations", .array(generations.map(json))),
                ]).document())
        case .text:
            var table = TerminalTable(
                columns: [
                    .init("Generation", .end), .init("State"), .init("Version", .end), .init("Records", .end),
                    .init("Group"), .init("Store"),
                ], direction: .leftToRight)
            for generation in generations {
                table.addRow([
                    String(generation.number), generation.isLive ? "live" : "beside", String(generation.version),
                    String(generation.records), generation.group, generation.store,
                ])
            }
            try Output.write("\(manifest.name), version \(manifest.version) in this program\n\n\(table.text())")
        }
    }

    private static func json(_ generation: Generation) -> JSON {
        .object([
            ("generation", .count(generation.number)), ("live", .bool(generation.isLive)),
            ("version", .count(generation.version)), ("store", .string(generation.store)),
            ("group", .string(generation.group)),
            (
                "partitions",
                .array(
                    generation.partitions.map {
                        .object([
                            ("topic", .string($0.key.topic)), ("partition", .integer(Int64($0.key.partition))),
                            ("nextOffset", .integer($0.nextOffset)),
                        ])
                    })
            ),
        ])
    }
}
