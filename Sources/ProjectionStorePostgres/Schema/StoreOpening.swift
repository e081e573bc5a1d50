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
    let database: PostgresDatabase
    let schema: SchemaName
    let plugin: Manifest
    var steps = SystemSchema.steps

    private var newest: Int { steps.last?.version ?? 0 }
    private var place: String { database.place }

    /// Whether the schema is there, and whether it holds anything.
    private func contents() throws(StoreError) -> (exists: Bool, isStore: Bool, tables: Int64) {
        let result = try database.run(
            """
            SELECT (SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = $1),
            (SELECT count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND c.relname = '_store'),
            (SELECT count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
            WHERE n.nspname = $1)
            """, "looking for the schema"
        ) { $0.add(schema.plain) }
        guard let row = result.first else { return (false, false, 0) }
        return (row.integer(0) > 0, row.integer(1) > 0, row.integer(2))
    }

    /// Reads who the store is; nil where there is none yet.
    ///
    /// - Throws: `.corrupt` for a schema that is not ours, or another plugin's.
    func identity() throws(StoreError) -> StoreIdentity? {
        let found = try contents()
        guard found.isStore else {
            guard found.tables == 0 else {
                throw StoreError(
                    .corrupt,
                    "\(place): schema \(schema.plain) holds tables of something else: give the deployment another "
                        + "name, or move them away")
            }
            return nil
        }
        let result = try database.run(
            "SELECT id, schema_version, min_writer, plugin, plugin_version FROM _store", "recognising the store")
        guard let row = result.first else {
            throw StoreError(
                .corrupt,
                "\(place): schema \(schema.plain) does not say whose store it is: restore a backup or drop it")
        }
        let identity = StoreIdentity(
            id: row.text(0), schemaVersion: Int(row.integer(1)), minWriter: Int(row.integer(2)),
            plugin: row.text(3), pluginVersion: Int(row.integer(4)))
        guard identity.plugin == plugin.name else {
            throw StoreError(
                .corrupt,
                "\(place): schema \(schema.plain) is the store of plugin \(identity.plugin), not of \(plugin.name): "
                    + "give each schema its own name back")
        }
        return identity
    }

    /// Whether this program may write the store (rule 26).
    func checkWritable(_ found: StoreIdentity) throws(StoreError) {
        guard found.minWriter <= newest else {
            throw StoreError(
                .newer,
                "\(place): schema \(schema.plain) may be written by store version \(found.minWriter) or later, and this "
                    + "program writes version \(newest): upgrade it, or restore the backup made before the upgrade")
        }
        if found.pluginVersion > plugin.version {
            throw StoreError(
                .newer,
                "\(place): schema \(schema.plain) holds version \(found.pluginVersion) of plugin \(plugin.name), and "
                    + "this program brings version \(plugin.version): upgrade it")
        }
        if found.pluginVersion < plugin.version {
            throw StoreError(
                .schema,
                "\(place): schema \(schema.plain) holds version \(found.pluginVersion) of plugin \(plugin.name), and "
                    + "this program brings version \(plugin.version): build the new version's tables with `diwan plugin "
                    + "rebuild \(plugin.name)` (a worker of the old version may go on meanwhile), then `diwan plugin "
                    + "promote \(plugin.name)`")
        }
    }

    /// Makes the schema where it is missing. Within a transaction.
    func makeSchema() throws(StoreError) {
        guard try !contents().exists else { return }
        do throws(StoreError) {
            try database.execute("CREATE SCHEMA \(schema.quoted)", "making schema \(schema.plain)")
        } catch {
            guard error.code == .notWritable else { throw error }
            throw StoreError(
                .notWritable,
                "\(error.message): as an administrator, either GRANT CREATE ON DATABASE to it, or make each schema: "
                    + "CREATE SCHEMA \(schema.quoted) AUTHORIZATION <the worker's role>")
        }
    }

    /// Makes the runtime's tables, or takes them to the newest version. Within a transaction.
    func migrate(_ found: StoreIdentity?) throws(StoreError) -> StoreIdentity {
        let reached = found?.schemaVersion ?? 0
        var minWriter = found?.minWriter ?? 0
        for step in steps where step.version > reached {
            for statement in step.statements {
                try database.execute(statement, "taking the store to version \(step.version)")
            }
            minWriter = max(minWriter, step.minWriter)
        }
        let result = StoreIdentity(
            id: found?.id ?? Self.randomID(), schemaVersion: max(reached, newest), minWriter: minWriter,
            plugin: plugin.name, pluginVersion: plugin.version)
        guard result != found else { return result }
        _ = try database.run(
            """
            INSERT INTO _store (one, id, schema_version, min_writer, plugin, plugin_version, created)
            VALUES (1, $1, $2, $3, $4, $5, $6) ON CONFLICT (one) DO UPDATE SET schema_version = excluded.schema_version,
            min_writer = excluded.min_writer, plugin_version = excluded.plugin_version
            """, "writing the store's identity"
        ) {
            $0.add(result.id)
            $0.add(Int64(result.schemaVersion))
            $0.add(Int64(result.minWriter))
            $0.add(result.plugin)
            $0.add(Int64(result.pluginVersion))
            $0.add(Int64(time(nil)) * 1000)
        }
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
