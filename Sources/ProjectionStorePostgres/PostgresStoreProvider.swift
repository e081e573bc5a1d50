public import PluginKit
public import ProjectionStore

/// Stores in PostgreSQL: one database for any number of deployments, one schema a plugin (rule 12).
///
/// What the worker's role needs, and no more:
/// ```sql
/// CREATE ROLE diwan LOGIN;
/// CREATE DATABASE diwan OWNER postgres TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
/// GRANT CONNECT ON DATABASE diwan TO diwan;
/// -- either lets it make its schemas:
/// GRANT CREATE ON DATABASE diwan TO diwan;
/// -- or makes each of them, so that it can touch no other:
/// CREATE SCHEMA "diwan_<deployment>_<plugin>" AUTHORIZATION diwan;
/// ```
/// Connections must keep their session: PostgreSQL itself, or a pooler in session mode. A worker holds one connection
/// for each lane of each plugin, with dedupe another one, and one for its reports; readers take one each.
///
/// - Note: Erasing removes rows and vacuums the pages they lay on. The server's write-ahead log and its archives keep
///   the bytes for as long as the administrator keeps those.
public struct PostgresStoreProvider: StoreProvider {
    /// When a commit counts as done.
    public enum Durability: String, Sendable, CaseIterable {
        /// When the server has it on its disk (and on those of standbys that its configuration waits for).
        case full
        /// Some moments before: a crash of the server may take the last commits with it, whole. The store then lies
        /// behind the group's offset, which halts its partitions (rule 20).
        case normal
    }

    public let deployment: String
    public let durability: Durability
    /// The memory that filters of keys and of applied events may take for each lane of a plugin.
    public let filterBytes: Int
    /// How long a query of a manifest may run.
    public let queryTimeLimit: Duration

    private let connection: ConnectionSettings

    /// Reads a secret when a connection is made, so that a changed one is used from then on.
    public typealias SecretReader = @Sendable () throws(StoreError) -> String

    /// Connects to nothing yet.
    ///
    /// - Parameters:
    ///   - uri: libpq's connection URI, such as `postgresql://diwan@db.example.invalid/diwan?sslmode=verify-full`, or
    ///     its `name=value` text. A password does better in `options` or in a file that `passfile` names.
    ///   - options: further settings by libpq's names (`sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `password`,
    ///     `connect_timeout`, …); they win over the URI.
    ///   - secrets: settings by libpq's names, `password` and `sslpassword`, read for each connection.
    ///   - deployment: names the schemas, so that several deployments share a database.
    ///   - filterBytes: a share of the worker's memory budget.
    public init(
        uri: String, options: [String: String] = [:], secrets: [String: SecretReader] = [:], deployment: String,
        durability: Durability = .full, filterBytes: Int = 8 << 20, queryTimeLimit: Duration = .seconds(5)
    ) {
        self.deployment = deployment
        self.durability = durability
        self.filterBytes = filterBytes
        self.queryTimeLimit = queryTimeLimit
        connection = ConnectionSettings(uri: uri, options: options, secrets: secrets)
    }

    public var description: String { "PostgreSQL at \(connection.place), deployment \(deployment)" }

    /// Commands go through a table of the plugin's schema.
    public var controlFolder: String? { nil }

    public func openCommandTable(_ plugin: Manifest) throws(StoreError) -> (any CommandTable)? {
        let schema = try schema(of: plugin)
        return try PostgresCommandTable(session: writing(schema), schema: schema, plugin: plugin)
    }

    public func openReportBoard() throws(StoreError) -> (any ReportBoard)? {
        PostgresReportBoard(
            try PostgresDatabase(reporting, place: connection.place), deployment: deployment)
    }

    public var sharing: StoreSharing { .shared }

    /// Nothing to take: workers share the store, and each partition's epoch tells its owner (rule 19).
    public func takeOwnership(waiting: ((_ holder: String) -> Bool)?) throws(StoreError) -> any StoreOwnership {
        try SchemaName.check(deployment)
        return SharedStoreOwnership()
    }

    public func openWriter(_ plugin: Manifest, data: [String: String]) throws(StoreError) -> any StoreWriter {
        return try openWriter(plugin, data: data, generation: nil)
    }

    /// - Parameter generation: nil for the live one.
    func openWriter(_ plugin: Manifest, data: [String: String], generation: Int?) throws(StoreError) -> any StoreWriter
    {
        let schema = try schema(of: plugin, generation)
        return try PostgresStoreWriter(
            session: writing(schema), lookup: looking(schema), schema: schema, plugin: plugin, data: data,
            filterBytes: filterBytes)
    }

    public func openReader(_ plugin: Manifest) throws(StoreError) -> any StoreReader {
        try openReader(plugin, generation: nil)
    }

    func openReader(_ plugin: Manifest, generation: Int?) throws(StoreError) -> any StoreReader {
        let schema = try schema(of: plugin, generation)
        return try PostgresStoreReader(session: reading(schema), schema: schema, plugin: plugin)
    }

    public func check(_ plugins: [Manifest]) throws(StoreError) {
        try SchemaName.check(deployment)
        for plugin in plugins {
            let schema = try schema(of: plugin)
            let database = try PostgresDatabase(reading(schema, writes: true), place: connection.place)
            defer { database.close() }
            let opening = StoreOpening(database: database, schema: schema, plugin: plugin)
            try opening.checkDatabase()
            if let found = try opening.identity() { try opening.checkWritable(found) }
            try opening.checkRights()
        }
    }

    /// The worker's role should be able to touch its own schemas and nothing else.
    public func concerns() throws(StoreError) -> [String] {
        let own = SchemaName(deployment: deployment, plugin: "")
        let database = try PostgresDatabase(reading(own), place: connection.place)
        defer { database.close() }
        return try StoreOpening.tooManyRights(database, own: own.plain)
    }

    func schema(of plugin: Manifest, _ generation: Int? = nil) throws(StoreError) -> SchemaName {
        try SchemaRules.check(plugin)
        try SchemaName.checkNames(plugin)
        let schema = SchemaName(deployment: deployment, plugin: plugin.name, generation: generation)
        try schema.check()
        return schema
    }

    // MARK: Sessions

    private static let common = """
        SET client_min_messages = warning; SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SET extra_float_digits = 1; \
        SET standard_conforming_strings = on; SET jit = off
        """

    private func searching(_ schema: SchemaName) -> String {
        // Ours before the catalogue: a plugin's table wins, and so does our sum of integers.
        "SET search_path = \(schema.quoted), pg_catalog, pg_temp"
    }

    var place: String { connection.place }

    /// Sessions that hold locks, and name schemas themselves.
    var locking: PostgresDatabase.Session {
        PostgresDatabase.Session(
            connection: connection, applicationName: ConnectionSettings.applicationName(deployment, "generations"),
            writes: true, settings: Self.common + "; SET search_path = pg_catalog, pg_temp; SET lock_timeout = '10s'")
    }

    /// Names schemas itself, and waits for nobody's lock. What it writes may be lost in a crash: it is said again.
    private var reporting: PostgresDatabase.Session {
        PostgresDatabase.Session(
            connection: connection, applicationName: ConnectionSettings.applicationName(deployment, "report"),
            writes: true,
            settings: Self.common
                + "; SET search_path = pg_catalog, pg_temp; SET lock_timeout = '1s'; SET statement_timeout = '5s'; "
                + "SET synchronous_commit = off")
    }

    private func writing(_ schema: SchemaName) -> PostgresDatabase.Session {
        PostgresDatabase.Session(
            connection: connection, applicationName: ConnectionSettings.applicationName(deployment, "writer"),
            writes: true,
            settings: [
                Self.common, searching(schema),
                "SET default_transaction_isolation = 'read committed'",
                "SET synchronous_commit = \(durability == .full ? "on" : "off")",
                // A worker that was stopped within a transaction must not hold its rows for ever.
                "SET idle_in_transaction_session_timeout = '60s'", "SET lock_timeout = '10s'", Self.byKey,
            ].joined(separator: "; "))
    }

    /// Everything a worker does goes by a key; a plan that was made while a table was empty must not stay.
    private static let byKey = """
        SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; \
        SET enable_mergejoin = off
        """

    /// Beside a writer, on a server that takes writes: what the writer has committed must be found.
    private func looking(_ schema: SchemaName) -> PostgresDatabase.Session {
        PostgresDatabase.Session(
            connection: connection, applicationName: ConnectionSettings.applicationName(deployment, "lookup"),
            writes: true,
            settings: [
                Self.common, searching(schema), "SET default_transaction_read_only = on", Self.byKey,
            ].joined(separator: "; "))
    }

    func reading(_ schema: SchemaName, writes: Bool = false) -> PostgresDatabase.Session {
        let parts = queryTimeLimit.components
        let milliseconds = max(1, parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000)
        return PostgresDatabase.Session(
            connection: connection, applicationName: ConnectionSettings.applicationName(deployment, "reader"),
            writes: writes,
            settings: [
                Self.common, searching(schema), "SET default_transaction_read_only = on",
                "SET statement_timeout = \(milliseconds)", "SET idle_in_transaction_session_timeout = '60s'",
            ].joined(separator: "; "))
    }
}

/// Nobody's alone.
private struct SharedStoreOwnership: StoreOwnership {
    func release() {}
}
