import Configuration
import PluginKit
import PluginManifest
import WorkerRuntime

/// The plugins that this program was built with.
enum Packages {
    /// In the order of the package's list.
    ///
    /// - Throws: when a manifest is wrong, which a build with its tests run does not let through.
    static func all() throws -> [PluginPackage] {
        var packages: [PluginPackage] = []
        for plugin in try PluginRegistry.all() {
            do throws(ConfigurationError) {
                packages.append(
                    PluginPackage(
                        plugin: plugin, manifest: try ManifestReader.read(plugin.sources.manifest, file: "plugin.yaml"))
                )
            } catch {
                throw CommandFailure(
                    .software,
                    "a plugin of this program has a manifest that is wrong:\n\(error)\ncorrect it and build again")
            }
        }
        return packages
    }
}
