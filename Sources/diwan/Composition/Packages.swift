import Configuration
import EventCatalogue
import PluginKit
import PluginManifest
import WorkerRuntime

#if DEBUG
    import ChaosLedger
#endif

/// The plugins that this program was built with.
enum Packages {
    /// In the order of the package's list.
    ///
    /// - Throws: when a manifest is wrong, or asks for events that there are not.
    static func all() throws -> [PluginPackage] {
        let catalogue = try Catalogue.load()
        return try plugins().map { plugin in
            PluginPackage(
                plugin: plugin, manifest: try manifest(plugin.sources.manifest, module: module(of: plugin), catalogue))
        }
    }

    private static func plugins() throws -> [any Plugin] {
        #if DEBUG
            // What `make chaos` runs: asked for by the environment, and never in a release.
            if ProcessEnvironment.variables["DIWAN_TEST_PLUGINS"] != nil {
                return try PluginRegistry.all() + [makeTrialPlugin()]
            }
        #endif
        return try PluginRegistry.all()
    }

    /// Reads a plugin's manifest.
    ///
    /// - Parameter module: the plugin's folder under Plugins.
    static func manifest(_ text: String, module: String, _ catalogue: EventCatalogue) throws -> Manifest {
        do throws(ConfigurationError) {
            let file = "Plugins/\(module)/plugin.yaml"
            let manifest = try ManifestReader.read(text, file: file)
            try check(manifest.events, in: try YAMLDocument.parse(text, file: file), file, catalogue)
            return manifest
        } catch {
            throw CommandFailure(
                error.exitCode,
                "a plugin of this program has a manifest that is wrong:\n\(error)\ncorrect it and build again")
        }
    }

    /// A plugin would never see the events of a type that nobody knows, or knows by a newer version.
    private static func check(
        _ subscriptions: [Subscription], in document: YAMLNode, _ file: String, _ catalogue: EventCatalogue
    ) throws(ConfigurationError) {
        let newest = catalogue.newestTypes.map(\.name)
        var problems: [ConfigurationProblem] = []
        for name in subscriptions.map(\.type) where !newest.contains(name) {
            let hint =
                catalogue.type(named: name).flatMap { old in
                    catalogue.newestTypes.first { $0.baseName == old.baseName }.map { "write its newest, \($0.name)" }
                } ?? NearestName.find(name, among: newest).map { "did you mean \($0)?" }
                ?? "see 'diwan events list'"
            let place = document["events"]?.elements?.first { $0.text == name || $0["type"]?.text == name }?.place
            let complaint =
                catalogue.type(named: name) == nil ? "is no event type" : "is an old version of an event type"
            problems.append(
                ConfigurationProblem(
                    .value, at: place ?? .wholeFile(file), "\"\(name)\" in events \(complaint); \(hint)"))
        }
        if let error = ConfigurationError(problems: problems) { throw error }
    }

    /// A plugin's module, which has the name of its folder.
    private static func module(of plugin: any Plugin) -> String {
        String(reflecting: type(of: plugin)).prefix { $0 != "." }.description
    }
}
