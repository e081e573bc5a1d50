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
        case .json: try Output.write(JSON.array(found.map(describe)).document())
        case .text:
            let isArabic = language == .arabic
            var table = TerminalTable(
                columns: isArabic
                    ? [.init("الاسم"), .init("العنوان"), .init("الإضافة")]
                    : [.init("Name"), .init("Title"), .init("Plugin")], direction: language.direction)
            for listed in found {
                let title = listed.query.title
                table.addRow([listed.name, isArabic ? title.ar : title.en, listed.package.manifest.name])
            }
            try Output.write(table.text())
        }
    }

    /// Those that can be shown by name, in the order of plugins and manifests.
    static func queries(_ deployment: Deployment) -> [ListedQuery] {
        var listed: [ListedQuery] = []
        for package in deployment.packages {
            for query in package.manifest.queries where query.isListed {
                let isTaken = listed.contains { $0.name == query.name }
                listed.append(
                    ListedQuery(
                        name: isTaken ? "\(package.manifest.name)/\(query.name)" : query.name, query: query,
                        package: package))
            }
        }
        return listed
    }

    private static func describe(_ listed: ListedQuery) -> JSON {
        let query = listed.query
        let columns = query.columns.map { column in
            JSON.object([
                ("name", .string(column.name)), ("en", .string(column.heading.en)), ("ar", .string(column.heading.ar)),
            ])
        }
        return .object([
            ("projection", .string(listed.name)), ("plugin", .string(listed.package.manifest.name)),
            ("title", .object([("en", .string(query.title.en)), ("ar", .string(query.title.ar))])),
            ("visibility", .string(query.visibility.rawValue)), ("parameters", .strings(query.parameters)),
            ("columns", .array(columns)),
        ])
    }
}

/// A query under the name by which it is shown: its own, with the plugin's in front where another has the name already.
struct ListedQuery {
    let name: String
    let query: QueryDefinition
    let package: PluginPackage

    /// Its own name with its plugin's, which always works.
    var fullName: String { "\(package.manifest.name)/\(query.name)" }
}
