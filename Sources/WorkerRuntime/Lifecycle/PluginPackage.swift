public import PluginKit

/// A plugin with its manifest read: what the worker runs.
public struct PluginPackage: Sendable {
    public let plugin: any Plugin
    public let manifest: Manifest
    private let types: Set<String>

    public init(plugin: any Plugin, manifest: Manifest) {
        self.plugin = plugin
        self.manifest = manifest
        types = Set(manifest.events.map(\.type))
    }

    /// Whether the manifest lists the type, in its newest version.
    public func handles(_ type: String) -> Bool { types.contains(type) }

    func handles(_ type: Text) -> Bool { types.contains(String(type)) }
}
