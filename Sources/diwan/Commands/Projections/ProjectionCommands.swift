import Bilingual
import Configuration
import PluginKit
import WorkerRuntime

/// `diwan projection`: what the plugins keep, as tables.
enum ProjectionCommands {
    static let group = CommandGroup(
        "projection", summary: "Show what the plugins make of the events",
        discussion: """
            A projection is a query that a plugin declares. Stores are opened for reading only, so this works with and \
            without a worker, and without Kafka.
            """, [list, ProjectionShowCommand.command])

    private static let list = Command(
        CommandSpec(
            "list", summary: "List what can be shown",
            options: [CommonOptions.config, CommonOptions.language, CommonOptions.format],
            exitCodes: [.config, .noInput]), run: runList)

    private static func runList(_ call: CommandCall) throws {
        let deployment = try Deployment.load(call)
        let language = try call.option("language", as: LanguageWord.self).language
        let found = queries(deployment)
        switch try call.option("format", as: ListFormat.self) {
        case .json: try Output.write(JSON.array(found.map { describe($0.query, $0.package) }).document())
        case .text:
            let isArabic = language == .arabic
            var table = TerminalTable(
                columns: isArabic
                    ? [.init("الاسم"), .init("العنوان"), .init("الإضافة")]
                    : [.init("Name"), .init("Title"), .init("Plugin")], direction: language.direction)
            for (query, package) in found {
                table.addRow([query.name, isArabic ? query.title.ar : query.title.en, package.manifest.name])
            }
            try Output.write(table.render())
        }
    }

    /// Those that can be shown by name, in the order of plugins and manifests.
    static func queries(_ deployment: Deployment) -> [(query: QueryDefinition, package: PluginPackage)] {
        deployment.packages.flatMap { package in
            package.manifest.queries.filter(\.isListed).map { ($0, package) }
        }
    }

    private static func describe(_ query: QueryDefinition, _ package: PluginPackage) -> JSON {
        let columns = query.columns.map { column in
            JSON.object([
                ("name", .string(column.name)), ("en", .string(column.heading.en)), ("ar", .string(column.heading.ar)),
            ])
        }
        return .object([
            ("projection", .string(query.name)), ("plugin", .string(package.manifest.name)),
            ("title", .object([("en", .string(query.title.en)), ("ar", .string(query.title.ar))])),
            ("visibility", .string(query.visibility.rawValue)), ("parameters", .strings(query.parameters)),
            ("columns", .array(columns)),
        ])
    }
}
