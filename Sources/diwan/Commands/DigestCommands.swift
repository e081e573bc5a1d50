import Bilingual
import Configuration
import PluginKit
import ProjectionStore
import WorkerRuntime

/// `diwan digest show MECHANISM CYCLE`
enum DigestCommands {
    static let group = CommandGroup("digest", summary: "Show what a mechanism contributes to a review cycle", [show])

    private static let show = Command(
        CommandSpec(
            "show", summary: "Show a mechanism's digest for a cycle",
            discussion: """
                Who the mechanism is and on what basis, the five sections with their counts (none is shown as none), the \
                objectives, the route and the events it all comes from. It is read in one snapshot of the store.
                """,
            arguments: [
                ArgumentSpec("mechanism", summary: "The mechanism's short name, such as arcp"),
                ArgumentSpec("cycle", .integer(1...9999), summary: "The year of the review, such as 2026"),
            ], options: [CommonOptions.config, CommonOptions.language, CommonOptions.format],
            examples: [CommandExample("diwan digest show arcp 2026 --language ar", "the Arab process, in Arabic")],
            exitCodes: [.unavailable, .dataErr, .config, .noInput]), run: run)

    static let document = "digest"

    private static func run(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let parameters = [
            "mechanism": BidiText.stripControls(try call.argument("mechanism")),
            "cycle": String(try call.argument("cycle", as: Int.self)),
        ]
        let language: DocumentLanguage =
            try call.option("language", as: LanguageWord.self) == .arabic ? .arabic : .english
        let format: DocumentFormat = try call.option("format", as: ListFormat.self) == .json ? .json : .text
        let text = try render(deployment, parameters, language, format)
        try Output.write(text.hasSuffix("\n") ? text : text + "\n")
    }

    private static func render(
        _ deployment: Deployment, _ parameters: [String: String], _ language: DocumentLanguage, _ format: DocumentFormat
    ) throws -> String {
        guard
            let package = deployment.packages.first(where: {
                $0.manifest.documents.contains { $0.name == document }
            }), let definition = package.manifest.documents.first(where: { $0.name == document })
        else {
            throw CommandFailure(
                .config, "no enabled plugin makes digests: add 'imrf-digest: {}' to plugins in \(deployment.file)")
        }
        guard let reader = try deployment.reader(package) else {
            throw CommandFailure(
                .unavailable,
                "plugin \(package.manifest.name) has no store yet: run a worker first ('diwan worker run' or 'diwan dev')"
            )
        }
        defer { reader.close() }
        let queries = definition.queries.compactMap { name in package.manifest.queries.first { $0.name == name } }
        let (results, parked) = try reader.snapshot {
            var results: [String: ResultTable] = [:]
            for query in queries {
                let wanted = parameters.filter { query.parameters.contains($0.key) }
                results[query.name] = try reader.query(query, asOf: nil, parameters: wanted)
            }
            return (results, try reader.parkedCount(owner: parameters["mechanism"]))
        }
        do {
            return try package.plugin.render(
                DocumentRequest(
                    document: document, parameters: parameters, results: results, language: language, format: format,
                    parkedEvents: parked))
        } catch let refusal as Refusal {
            throw CommandFailure(.dataErr, refusal.detail)
        }
    }
}
