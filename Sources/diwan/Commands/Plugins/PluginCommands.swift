import Bilingual
import Configuration
import PluginKit
import WorkerRuntime

/// `diwan plugin`: the plugins of this program, and a new one.
enum PluginCommands {
    static let group = CommandGroup(
        "plugin", summary: "List the plugins of this program, start a new one, rebuild one",
        [list, PluginShowCommand.command, PluginNewCommand.command] + GenerationCommands.commands)

    private static let list = Command(
        CommandSpec(
            "list", summary: "List the plugins that this program was built with",
            discussion: "A plugin runs where the configuration names it under 'plugins'.",
            options: [CommonOptions.language, CommonOptions.format]), run: runList)

    private static func runList(_ call: CommandCall) throws {
        let packages = try Packages.all()
        let language = try call.option("language", as: LanguageWord.self).language
        switch try call.option("format", as: ListFormat.self) {
        case .json: try Output.write(JSON.array(packages.map { describe($0.manifest) }).document())
        case .text:
            let isArabic = language == .arabic
            var table = TerminalTable(
                columns: isArabic
                    ? [.init("الإضافة"), .init("النسخة", .end), .init("الغرض")]
                    : [.init("Plugin"), .init("Version", .end), .init("Purpose")], direction: language.direction)
            for package in packages {
                let manifest = package.manifest
                table.addRow([
                    manifest.name, String(manifest.version), isArabic ? manifest.summary.ar : manifest.summary.en,
                ])
            }
            try Output.write(table.text())
        }
    }

    private static func describe(_ manifest: Manifest) -> JSON {
        .object([
            ("plugin", .string(manifest.name)), ("version", .count(manifest.version)),
            ("summary", .object([("en", .string(manifest.summary.en)), ("ar", .string(manifest.summary.ar))])),
            ("events", .strings(manifest.events.map(\.type))),
            ("projections", .strings(manifest.queries.filter(\.isListed).map(\.name))),
            ("documents", .strings(manifest.documents.map(\.name))),
            ("notices", .strings(manifest.notices.map(\.name))),
        ])
    }
}
