import PluginKit
import ProjectionStore

/// Where the stores of a deployment lie: one schema for each plugin (rule 12).
struct SchemaName {
    let deployment: String
    let plugin: String
    /// nil for the live one, whichever it is.
    var generation: Int?

    /// Between a live schema's name and the number of another generation.
    static let generationMark = "__g"

    /// No part holds an underscore, so no two give the same name.
    var plain: String {
        "diwan_\(deployment)_\(plugin)" + (generation.map { "\(Self.generationMark)\($0)" } ?? "")
    }

    func beside(_ generation: Int) -> SchemaName {
        SchemaName(deployment: deployment, plugin: plugin, generation: generation)
    }

    var quoted: String { SQLText.quoted(plain) }

    /// PostgreSQL cuts longer names, and two could become one.
    private static let limit = 63

    func check() throws(StoreError) {
        try Self.check(deployment)
        guard plain.utf8.count <= Self.limit else {
            throw StoreError(
                .schema,
                "the schema \(plain) would have a name of \(plain.utf8.count) bytes, and PostgreSQL takes "
                    + "\(Self.limit): shorten the deployment's name")
        }
    }

    static func check(_ deployment: String) throws(StoreError) {
        guard SchemaRules.isPluginName(deployment) else {
            throw StoreError(
                .schema,
                "'\(deployment)' cannot name a deployment on PostgreSQL: use lower case letters, digits and single "
                    + "hyphens, beginning with a letter")
        }
    }

    /// What a manifest must not name besides what `SchemaRules` refuses: names that are PostgreSQL's own.
    static func checkNames(_ manifest: Manifest) throws(StoreError) {
        for name in manifest.tables.map(\.name) + manifest.data.map(\.table) where name.hasPrefix("pg_") {
            throw StoreError(
                .schema, "plugin \(manifest.name): table '\(name)' has a name that PostgreSQL keeps for itself")
        }
    }
}
