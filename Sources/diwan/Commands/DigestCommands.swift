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
        let year: Int = try call.argument("cycle")
        let parameters = [
            "mechanism": BidiText.stripControls(try call.argument("mechanism")), "cycle": String(year),
        ]
        let language: DocumentLanguage =
            try call.option("language", as: LanguageWord.self) == .arabic ? .arabic : .english
        let format: DocumentFormat = try call.option("format", as: ListFormat.self) == .json ? .json : .text
        let text = try render(deployment, parameters, language, format)
        try Output.write(text.hasSuffix("\n") ? text : text + "\n")
        let near = ReviewForum.years(around: year)
        if !near.contains(year) {
            let years = near.map { String($0) }.joined(separator: " and ")
            Output.say("diwan: \(year) is no year of a forum; the nearest: \(years)")
        }
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
            throw deployment.noStore([package.manifest.name])
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

/// The International Migration Review Forum meets every four years.
enum ReviewForum {
    private static let first = 2022
    private static let interval = 4

    /// The year itself where a forum meets in it; else the last one before it and the next one after it.
    static func years(around year: Int) -> [Int] {
        if year < first { return [first] }
        let past = (year - first) % interval
        return past == 0 ? [year] : [year - past, year - past + interval]
    }
}
