import ProjectionStore

extension StoreOpening {
    /// Whether the database sorts text by its bytes (rule 15) and keeps UTF-8. The columns ask for that themselves, but
    /// a query may also sort texts of its own.
    func checkDatabase() throws(StoreError) {
        let result = try database.run(
            """
            SELECT pg_catalog.current_setting('server_encoding'),
            (SELECT pg_catalog.bool_and(a < b)::int FROM (VALUES ('B', 'a'), ('Z', 'a'), ('a b', 'a-b'), ('a-b', 'aB'),
            ('z', 'é'), ('é', 'ب')) AS pair (a, b))
            """, "looking how the database sorts")
        guard let row = result.first, row.text(0) == "UTF8", row.integer(1) == 1 else {
            throw StoreError(
                .schema,
                "\(database.place): the database does not keep UTF-8 or does not sort text by its bytes: make one with "
                    + "CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        }
    }

    /// What the role may do beyond schemas whose names begin with `own`.
    static func tooManyRights(_ database: PostgresDatabase, own: String) throws(StoreError) -> [String] {
        let role = try database.run(
            """
            SELECT current_user::text, (rolsuper OR rolcreaterole OR rolbypassrls)::int
            FROM pg_catalog.pg_roles WHERE rolname = current_user
            """, "looking who the worker is")
        let name = role.first?.text(0) ?? ""
        if role.first?.integer(1) == 1 {
            return ["the worker's role \(name) rules the whole server: give the worker a role of its own (README)"]
        }
        let schemas = try database.run(
            """
            SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
            AND NOT pg_catalog.starts_with(nspname::text, $1) AND pg_catalog.has_schema_privilege(oid, 'CREATE')
            ORDER BY nspname LIMIT 5
            """, "looking what else the role may write to"
        ) { $0.add(own) }.rows.map { $0.text(0) }
        guard !schemas.isEmpty else { return [] }
        return [
            "the worker's role \(name) may also write to \(schemas.joined(separator: ", ")): take that right away "
                + "(REVOKE CREATE ON SCHEMA … FROM \(name))"
        ]
    }

    /// Whether the role may make the schema, or make tables in it where it is there.
    func checkRights() throws(StoreError) {
        let result = try database.run(
            """
            SELECT coalesce((SELECT (pg_catalog.has_schema_privilege(oid, 'CREATE')
            AND pg_catalog.has_schema_privilege(oid, 'USAGE'))::int FROM pg_catalog.pg_namespace WHERE nspname = $1),
            pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')::int)
            """, "looking what the role may do"
        ) { $0.add(schema.plain) }
        guard result.first?.integer(0) == 1 else {
            throw StoreError(
                .notWritable,
                "\(database.place): the worker's role may not make schema \(schema.plain), or tables in it: as an "
                    + "administrator, CREATE SCHEMA \(schema.quoted) AUTHORIZATION <the worker's role>")
        }
    }
}
