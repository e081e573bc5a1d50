import Glibc
import PluginKit
import ProjectionStore

/// What stands in `_store`.
struct StoreIdentity: Equatable {
    let id: String
    let schemaVersion: Int
    let minWriter: Int
    let plugin: String
    let pluginVersion: Int
}

/// Recognises a store, makes a new one, and takes an older one through the steps that it has not seen.
struct StoreOpening {
    let database: SQLiteDatabase
    let plugin: Manifest
    var steps = SystemSchema.steps

    private var newest: Int { steps.last?.version ?? 0 }

    /// Reads who the store is; nil for an empty database.
    ///
    /// - Throws: `.corrupt` for a database that is not ours, or another plugin's.
    func identity() throws(StoreError) -> StoreIdentity? {
        let application = try database.integer("PRAGMA application_id") ?? 0
        if application != SystemSchema.applicationID {
            guard application == 0, try database.integer("SELECT count(*) FROM sqlite_schema") == 0 else {
                throw StoreError(
                    .corrupt,
                    "\(database.path) is a database of another program: name another folder for the store, or move "
                        + "the file away")
            }
            return nil
        }
        let statement = try database.statement(
            "SELECT id, schema_version, min_writer, plugin, plugin_version FROM _store")
        defer { statement.reset() }
        guard try statement.step() else {
            throw StoreError(
                .corrupt, "\(database.path) does not say whose store it is: restore a backup or move it away")
        }
        let found = StoreIdentity(
            id: statement.text(0), schemaVersion: Int(statement.integer(1)), minWriter: Int(statement.integer(2)),
            plugin: statement.text(3), pluginVersion: Int(statement.integer(4)))
        guard found.plugin == plugin.name else {
            throw StoreError(
                .corrupt,
                "\(database.path) is the store of plugin \(found.plugin), not of \(plugin.name): give each file its "
                    + "own name back")
        }
        return found
    }

    /// Whether this program may write the store (rule 26).
    func checkWritable(_ found: StoreIdentity) throws(StoreError) {
        guard found.minWriter <= newest else {
            throw StoreError(
                .newer,
                "\(database.path) may be written by store version \(found.minWriter) or later, and this program writes "
                    + "version \(newest): upgrade it, or restore the backup made before the upgrade")
        }
        if found.pluginVersion > plugin.version {
            throw StoreError(
                .newer,
                "\(database.path) holds version \(found.pluginVersion) of plugin \(plugin.name), and this program "
                    + "brings version \(plugin.version): upgrade it")
        }
        if found.pluginVersion < plugin.version {
            throw StoreError(
                .schema,
                "\(database.path) holds version \(found.pluginVersion) of plugin \(plugin.name), and this program "
                    + "brings version \(plugin.version): build the new version's tables with `diwan plugin rebuild "
                    + "\(plugin.name)` (a worker of the old version may go on meanwhile), then `diwan plugin promote "
                    + "\(plugin.name)`")
        }
    }

    /// Makes the runtime's tables, or takes them to the newest version. Within a transaction.
    func migrate(_ found: StoreIdentity?) throws(StoreError) -> StoreIdentity {
        let reached = found?.schemaVersion ?? 0
        var minWriter = found?.minWriter ?? 0
        for step in steps where step.version > reached {
            for statement in step.statements { try database.execute(statement) }
            minWriter = max(minWriter, step.minWriter)
        }
        let result = StoreIdentity(
            id: found?.id ?? Self.randomID(), schemaVersion: max(reached, newest), minWriter: minWriter,
            plugin: plugin.name, pluginVersion: plugin.version)
        guard result != found else { return result }
        let statement = try database.statement(
            """
            INSERT INTO _store (one, id, schema_version, min_writer, plugin, plugin_version, created)
            VALUES (1, ?, ?, ?, ?, ?, ?) ON CONFLICT (one) DO UPDATE SET schema_version = excluded.schema_version,
            min_writer = excluded.min_writer, plugin_version = excluded.plugin_version
            """)
        statement.bind(1, result.id)
        statement.bind(2, Int64(result.schemaVersion))
        statement.bind(3, Int64(result.minWriter))
        statement.bind(4, result.plugin)
        statement.bind(5, Int64(result.pluginVersion))
        statement.bind(6, Int64(time(nil)) * 1000)
        try statement.run()
        try database.execute("PRAGMA user_version = \(result.schemaVersion)")
        try database.execute("PRAGMA application_id = \(SystemSchema.applicationID)")
        return result
    }

    private static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let word = String(UInt32.random(in: .min ... .max, using: &generator), radix: 16)
            return String(repeating: "0", count: 8 - word.count) + word
        }.joined()
    }
}
