import Foundation
public import PluginKit
import PluginManifest
public import ProjectionStore
import ProjectionStoreSQLite

/// The plugins that the program is built with, as their folders describe them.
public enum TestPlugins {
    public static let names = ["mechanism-directory", "notifications", "imrf-digest"]

    public static func manifest(_ name: String) throws -> Manifest {
        let folder = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        let file = Diwan.repository.appendingPathComponent("Plugins/\(folder)/plugin.yaml")
        return try ManifestReader.read(String(contentsOf: file, encoding: .utf8), file: "plugin.yaml")
    }

    public static func provider(_ folder: String) -> any StoreProvider { SQLiteStoreProvider(folder: folder) }
}
