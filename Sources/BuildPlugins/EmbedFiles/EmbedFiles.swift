import Foundation
import PackagePlugin

/// Turns files beside a target's sources into Swift, so that a program needs nothing beside itself when it runs.
///
/// What is made depends on what the target's folder holds: a plugin's manifest, messages and data; the catalogue's
/// schemas; or, for a program, the registry of the plugins it depends on. The work is done by `diwan-embed`; here only
/// inputs and outputs are declared, so that touching one of the files makes it run again.
@main struct EmbedFiles: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
        let folder = target.directoryURL
        let tool = try context.tool(named: "diwan-embed").url
        let output = context.pluginWorkDirectoryURL

        func command(_ name: String, _ arguments: [String], _ inputs: [URL], _ outputs: [String]) -> Command {
            let files = outputs.map { output.appending(path: $0) }
            return .buildCommand(
                displayName: "Embedding \(name) for \(target.name)", executable: tool,
                arguments: arguments + files.map { $0.path(percentEncoded: false) }, inputFiles: inputs,
                outputFiles: files)
        }

        if isPlugin(folder) {
            // A file that comes or goes changes this list, so it counts as well as one that changes.
            let folders = ["messages", "data"].map { folder.appending(path: $0, directoryHint: .isDirectory) }
            let inputs = [folder.appending(path: "plugin.yaml")] + folders.flatMap { files($0) }
            return [
                command(
                    "the plugin's files", ["plugin", path(folder)], inputs, ["PluginFiles.swift", "Messages.swift"])
            ]
        }
        let schemas = folder.appending(path: "Schemas", directoryHint: .isDirectory)
        if exists(schemas) {
            return [command("schemas", ["schemas", path(schemas)], files(schemas), ["EmbeddedSchemas.swift"])]
        }
        let plugins = target.dependencies.flatMap { dependency -> [any Target] in
            if case .target(let target) = dependency, isPlugin(target.directoryURL) { return [target] }
            return []
        }
        guard !plugins.isEmpty else { return [] }
        let names = plugins.flatMap { [$0.name, path($0.directoryURL.appending(path: "Sources"))] }
        let sources = plugins.flatMap { files($0.directoryURL.appending(path: "Sources")) }
        return [
            command(
                "the plugin registry", ["registry", String(plugins.count)] + names, sources, ["PluginRegistry.swift"])
        ]
    }

    private func isPlugin(_ folder: URL) -> Bool { exists(folder.appending(path: "plugin.yaml")) }

    private func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: path(url)) }

    private func path(_ url: URL) -> String { url.path(percentEncoded: false) }

    /// All files under a folder, sorted; none where there is no such folder.
    private func files(_ folder: URL) -> [URL] {
        let keys: [URLResourceKey] = [.isRegularFileKey]
        let all = FileManager.default.enumerator(
            at: folder, includingPropertiesForKeys: keys, options: [.skipsHiddenFiles])
        let urls = (all?.compactMap { $0 as? URL } ?? []).filter {
            (try? $0.resourceValues(forKeys: Set(keys)))?.isRegularFile == true
        }
        return urls.sorted { path($0) < path($1) }
    }
}
