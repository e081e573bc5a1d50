import Configuration
import Foundation

/// `diwan plugin new NAME`
enum PluginNewCommand {
    static let command = Command(
        CommandSpec(
            "new", summary: "Start a plugin: a folder that builds, with a test that passes",
            discussion: """
                Makes Plugins/NAME with a manifest, a handler, messages in both languages, a fixture and a test, and \
                adds it to Package.swift. Run it in the repository's folder; nothing that is there is overwritten.
                """, arguments: [ArgumentSpec("name", summary: "Its name, as MemberCount or member-count")],
            options: [
                OptionSpec(
                    FieldSpec("folder", .path, .defaultValue("."), summary: "The repository's folder"),
                    valueName: "FOLDER")
            ], examples: [CommandExample("diwan plugin new MemberCount", "make Plugins/MemberCount")],
            exitCodes: [.noInput, .cantCreat]), run: run)

    private static func run(_ call: CommandCall) throws {
        let name = try PluginName(try call.argument("name"))
        let repository: String = try call.option("folder")
        let packageFile = "\(repository)/Package.swift"
        guard let package = try? String(contentsOfFile: packageFile, encoding: .utf8) else {
            throw CommandFailure(.noInput, "\(packageFile) cannot be read: run this in the repository's folder")
        }
        let folder = "\(repository)/Plugins/\(name.module)"
        guard !FileManager.default.fileExists(atPath: folder) else {
            throw CommandFailure(.cantCreat, "\(folder) is there already: choose another name, or take it away")
        }
        let template = PluginTemplate(name: name)
        let changed = PackageEdit.adding(template, to: package)
        do {
            for (path, text) in template.files {
                let file = URL(filePath: "\(folder)/\(path)")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            if let changed { try changed.write(toFile: packageFile, atomically: true, encoding: .utf8) }
        } catch {
            throw CommandFailure(.cantCreat, "\(folder) cannot be made: \(error.localizedDescription)")
        }
        try Output.write(report(name, template, isAdded: changed != nil))
    }

    private static func report(_ name: PluginName, _ template: PluginTemplate, isAdded: Bool) -> String {
        var lines = ["made Plugins/\(name.module):"]
        lines += template.files.map(\.path).filter { !$0.hasSuffix(".gitkeep") }.map { "  \($0)" }
        if isAdded {
            lines.append("added \(name.module) and \(name.module)Tests to Package.swift")
        } else {
            lines += [
                "Package.swift has another shape than expected. Add \"\(name.module)\" to its list of plugins, and to "
                    + "its targets:", template.testTarget,
            ]
        }
        lines += [
            "next:", "  swift test --filter \(name.module)Tests",
            "  add to plugins in the configuration: \(name.plugin): {}",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}

/// The two places of Package.swift that a new plugin needs.
enum PackageEdit {
    /// Nil where the file does not look as it does in this repository.
    static func adding(_ template: PluginTemplate, to package: String) -> String? {
        let listStart = "let plugins = ["
        let targetsEnd = "    ] + plugins.map(plugin),"
        guard let start = package.range(of: listStart),
            let end = package[start.upperBound...].firstIndex(of: "]"),
            package.ranges(of: targetsEnd).count == 1
        else { return nil }
        var text = package
        let list = package[start.upperBound..<end]
        // One name a line where the list is written so.
        let isLong = list.contains("\n")
        let entry = isLong ? "    \"\(template.name.module)\",\n" : ", \"\(template.name.module)\""
        text.replaceSubrange(end..<end, with: entry)
        return text.replacing(targetsEnd, with: template.testTarget + targetsEnd)
    }
}
