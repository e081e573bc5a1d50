import Foundation

/// The Swift of the registry: the plugins that a program is built with.
enum RegistrySource {
    struct PluginModule {
        let name: String
        let sources: URL
    }

    static func text(_ plugins: [PluginModule]) throws -> String {
        // A plugin that is only begun has no entry yet, and does not hold up the others.
        let ready = try plugins.filter { try isReady($0) }
        let header = "// Made from the program's dependencies when it is built.\n"
        if ready.isEmpty { return header }
        let imports = ready.map { "import \($0.name)\n" }.sorted().joined()
        // The double colon names the module even where a type of the same name lies in it.
        let calls = ready.map { "            try \($0.name)::makePlugin(),\n" }.joined()
        return """
            \(header)
            \(imports)import PluginKit

            /// The plugins of this worker, in the order of the package's list.
            enum PluginRegistry {
                /// - Throws: what a plugin throws that cannot be made, such as a manifest that is not right.
                static func all() throws -> [any Plugin] {
                    [
            \(calls)        ]
                }
            }

            """
    }

    private static func isReady(_ plugin: PluginModule) throws -> Bool {
        let files = FileManager.default.enumerator(at: plugin.sources, includingPropertiesForKeys: nil)
        let urls = (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
        return try urls.contains { try Folder.text($0).contains("func makePlugin") }
    }
}
