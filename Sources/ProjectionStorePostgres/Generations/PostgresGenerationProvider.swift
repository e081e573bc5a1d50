public import PluginKit
public import ProjectionStore

/// A plugin's store in a place of its own: the schema of a generation beside the live one.
struct PostgresGenerationProvider: StoreProvider {
    let base: PostgresStoreProvider
    let plugin: String
    let generation: Int

    var description: String { "\(base.description), generation \(generation) of \(plugin)" }

    var sharing: StoreSharing { .exclusive }

    /// What works here is a command itself, which nobody asks anything.
    var controlFolder: String? { nil }
    func openCommandTable(_ plugin: Manifest) throws(StoreError) -> (any CommandTable)? { nil }

    func takeOwnership(waiting: ((_ holder: String) -> Bool)?) throws(StoreError) -> any StoreOwnership {
        try SchemaName.check(base.deployment)
        let taken = try GenerationLock(base.locking, schema)
        // It may have become live meanwhile, under the live schema's name.
        let live = SchemaName(deployment: base.deployment, plugin: plugin)
        let database = try PostgresDatabase(base.reading(live), place: base.place)
        defer { database.close() }
        guard try GenerationSchemas(database: database, live: live).all().live != generation else {
            throw StoreError(.schema, "generation \(generation) of plugin \(plugin) is live now")
        }
        return taken
    }

    private var schema: SchemaName {
        SchemaName(deployment: base.deployment, plugin: plugin, generation: generation)
    }

    func openWriter(_ plugin: Manifest, data: [String: String]) throws(StoreError) -> any StoreWriter {
        try base.openWriter(plugin, data: data, generation: plugin.name == self.plugin ? generation : nil)
    }

    func openReader(_ plugin: Manifest) throws(StoreError) -> any StoreReader {
        try base.openReader(plugin, generation: plugin.name == self.plugin ? generation : nil)
    }

    func check(_ plugins: [Manifest]) throws(StoreError) { try base.check(plugins) }

    // MARK: Generations

    func generations(of plugin: Manifest) throws(StoreError) -> StoreGenerations { try base.generations(of: plugin) }

    func beside(_ plugin: Manifest, generation: Int) -> any StoreProvider {
        base.beside(plugin, generation: generation)
    }

    func inPlaceOfLane() -> any StoreProvider { base.inPlaceOfLane() }
    func checkReplacing(_ plugin: Manifest) throws(StoreError) { try base.checkReplacing(plugin) }
    func freeze(_ plugin: Manifest) throws(StoreError) -> any FrozenStore { try base.freeze(plugin) }
    func drop(_ generation: Int, of plugin: Manifest) throws(StoreError) { try base.drop(generation, of: plugin) }
}

extension PostgresStoreProvider {
    public func generations(of plugin: Manifest) throws(StoreError) -> StoreGenerations {
        let live = try schema(of: plugin)
        let database = try PostgresDatabase(reading(live), place: place)
        defer { database.close() }
        return try GenerationSchemas(database: database, live: live).all()
    }

    public func beside(_ plugin: Manifest, generation: Int) -> any StoreProvider {
        PostgresGenerationProvider(base: self, plugin: plugin.name, generation: generation)
    }

    /// The epochs in the store tell who may write, so nothing but the store itself is needed.
    public func inPlaceOfLane() -> any StoreProvider { self }

    /// Schemas are renamed, which PostgreSQL allows to their owner with the right to make schemas.
    public func checkReplacing(_ plugin: Manifest) throws(StoreError) {
        let live = try schema(of: plugin)
        let database = try PostgresDatabase(reading(live), place: place)
        defer { database.close() }
        try GenerationSchemas(database: database, live: live).checkRenaming()
    }

    public func freeze(_ plugin: Manifest) throws(StoreError) -> any FrozenStore {
        let live = try schema(of: plugin)
        return try PostgresFrozenStore(try PostgresDatabase(locking, place: place), live)
    }

    public func drop(_ generation: Int, of plugin: Manifest) throws(StoreError) {
        let live = try schema(of: plugin)
        guard try generations(of: plugin).live != generation else {
            throw StoreError(.schema, "generation \(generation) of plugin \(plugin.name) is live and stays")
        }
        let database = try PostgresDatabase(locking, place: place)
        defer { database.close() }
        let gone = live.beside(generation)
        try database.execute("DROP SCHEMA IF EXISTS \(gone.quoted) CASCADE", "dropping schema \(gone.plain)")
    }
}

/// The schemas of a plugin's generations.
struct GenerationSchemas {
    let database: PostgresDatabase
    let live: SchemaName

    func all() throws(StoreError) -> StoreGenerations {
        let prefix = live.plain + SchemaName.generationMark
        var existing: [Int] = []
        var current = 1
        let rows = try database.run(
            """
            SELECT n.nspname FROM pg_catalog.pg_namespace AS n
            WHERE (n.nspname = $1 OR pg_catalog.starts_with(n.nspname::text, $2)) AND EXISTS
            (SELECT 1 FROM pg_catalog.pg_class AS c WHERE c.relnamespace = n.oid AND c.relname = '_store')
            """, "looking for generations"
        ) {
            $0.add(live.plain)
            $0.add(prefix)
        }.rows
        for name in rows.map({ $0.text(0) }) {
            if name == live.plain {
                current = try number()
                existing.append(current)
            } else if let number = Int(name.dropFirst(prefix.count)), number > 0 {
                existing.append(number)
            }
        }
        return StoreGenerations(live: current, existing: existing)
    }

    /// - Throws: `.notWritable` with the statement that gives the role what it lacks.
    func checkRenaming() throws(StoreError) {
        guard
            let row = try database.run(
                """
                SELECT current_user::text, pg_catalog.current_database()::text,
                pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')::int,
                (SELECT min(nspname::text) FROM pg_catalog.pg_namespace WHERE (nspname = $1
                OR pg_catalog.starts_with(nspname::text, $2)) AND NOT pg_catalog.pg_has_role(nspowner, 'USAGE'))
                """, "looking what the role may do",
                {
                    $0.add(live.plain)
                    $0.add(live.plain + SchemaName.generationMark)
                }
            ).first
        else { return }
        let role = SQLText.quoted(row.text(0))
        let name = SQLText.quoted(row.text(1))
        if row.integer(2) != 1 {
            throw StoreError(
                .notWritable,
                "\(database.place): building a generation and putting it in the live one's place makes and renames "
                    + "schemas, which the worker's role may not: as an administrator, GRANT CREATE ON DATABASE \(name) TO "
                    + "\(role); afterwards it may be taken away again (REVOKE CREATE ON DATABASE \(name) FROM \(role))")
        }
        if let foreign = row.optionalText(3) {
            throw StoreError(
                .notWritable,
                "\(database.place): putting a generation in the live one's place renames schemas, and schema \(foreign) "
                    + "is not the worker's: as an administrator, ALTER SCHEMA \(SQLText.quoted(foreign)) OWNER TO \(role)"
            )
        }
    }

    /// Of the live schema, which keeps its own number because its name does not.
    func number() throws(StoreError) -> Int {
        let row = try database.execute(
            "SELECT value FROM \(live.quoted)._setting WHERE name = '\(SystemSchema.generationSetting)'",
            "reading which generation is live"
        ).first
        return row.flatMap { Int($0.text(0)) } ?? 1
    }
}
