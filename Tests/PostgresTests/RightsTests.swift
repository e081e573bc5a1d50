import ProjectionStore
import ProjectionStorePostgres
import Testing
import WorkerTesting

@Suite("The worker's role needs its own schemas and nothing else", .enabled(if: PostgresCluster.isAvailable))
struct RightsTests {
    @Test("a schema that an administrator made for it is enough; without one it says which is missing")
    func ownSchema() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let role = "worker \(store.deployment)"
            try store.cluster.sql("CREATE ROLE \"\(role)\" LOGIN")
            let provider = PostgresStoreProvider(
                uri: store.cluster.uri(), options: ["user": role], deployment: store.deployment)
            let ownership = try provider.takeOwnership(waiting: nil)
            defer { ownership.release() }
            let schema = "diwan_\(store.deployment)_small"
            for attempt in [
                { _ = try provider.openWriter(TestStore.manifest(), data: [:]) },
                { try provider.check([TestStore.manifest()]) },
            ] {
                do {
                    try attempt()
                    Issue.record("it made a schema")
                } catch let error as StoreError {
                    #expect(error.code == .notWritable)
                    #expect(error.message.contains("CREATE SCHEMA \"\(schema)\" AUTHORIZATION"))
                }
            }
            try store.cluster.sql("CREATE SCHEMA \"\(schema)\" AUTHORIZATION \"\(role)\"")
            try provider.check([TestStore.manifest()])
            let writer = try provider.openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            try writer.transaction { try TestStore.put([("a", "x", 1)], writer) }
            #expect(try TestStore.count(writer) == 1)
        }
    }

    @Test("putting a generation in the live one's place asks for the right it needs before it does anything")
    func replacing() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let role = "replacing \(store.deployment)"
            try store.cluster.sql("CREATE ROLE \"\(role)\" LOGIN")
            let live = "diwan_\(store.deployment)_small"
            try store.cluster.sql("CREATE SCHEMA \"\(live)\" AUTHORIZATION \"\(role)\"")
            let provider = PostgresStoreProvider(
                uri: store.cluster.uri(), options: ["user": role], deployment: store.deployment)
            func refusal() throws -> String? {
                do throws(StoreError) {
                    try provider.checkReplacing(TestStore.manifest())
                    return nil
                } catch {
                    #expect(error.code == .notWritable)
                    return error.message
                }
            }
            let grant = "GRANT CREATE ON DATABASE \"postgres\" TO \"\(role)\""
            #expect(try refusal()?.contains(grant) == true)
            // The statement is right as it stands.
            try store.cluster.sql(grant)
            #expect(try refusal() == nil)
            try store.cluster.sql("CREATE SCHEMA \"\(live)__g2\"")
            let owner = "ALTER SCHEMA \"\(live)__g2\" OWNER TO \"\(role)\""
            #expect(try refusal()?.contains(owner) == true)
            try store.cluster.sql(owner)
            #expect(try refusal() == nil)
            try store.cluster.sql("REVOKE CREATE ON DATABASE \"postgres\" FROM \"\(role)\"")
            #expect(try refusal()?.contains(grant) == true)
        }
    }

    @Test("the worker's role touches its own schemas and nobody else's")
    func foreignSchema() async throws {
        try await onOwnThread {
            let store = try TestStore()
            let provider = PostgresStoreProvider(
                uri: store.cluster.uri(user: PostgresCluster.worker), deployment: store.deployment)
            let writer = try provider.openWriter(TestStore.manifest(), data: [:])
            defer { writer.close() }
            let own = "diwan_\(store.deployment)_small"
            let other = "other_\(store.deployment.split(separator: "-").joined(separator: "_"))"
            try store.cluster.sql("CREATE SCHEMA \(other)")
            try store.cluster.sql("CREATE TABLE \(other).secret (a int)")
            let role = "SET ROLE \(PostgresCluster.worker)"
            #expect(try store.cluster.sql("\(role); SELECT count(*) FROM \"\(own)\"._partition") == "0")
            for statement in [
                "SELECT * FROM \(other).secret", "INSERT INTO \(other).secret VALUES (1)", "DROP TABLE \(other).secret",
                "CREATE TABLE \(other).mine (a int)", "CREATE TABLE public.mine (a int)",
                "DROP SCHEMA \(other) CASCADE",
                "CREATE ROLE friend", "SELECT * FROM pg_catalog.pg_authid", "COPY (SELECT 1) TO PROGRAM 'true'",
            ] {
                #expect(throws: (any Error).self, "\(statement)") {
                    try store.cluster.sql("\(role); \(statement)")
                }
            }
        }
    }

    @Test("a role that may do more than it needs is named")
    func tooManyRights() async throws {
        try await onOwnThread {
            let store = try TestStore()
            #expect(try store.provider().concerns().contains { $0.contains("postgres rules the whole server") })
            let role = "careless\(store.deployment.filter(\.isNumber))"
            try store.cluster.sql("CREATE ROLE \(role) LOGIN")
            let provider = PostgresStoreProvider(
                uri: store.cluster.uri(user: role), deployment: store.deployment)
            #expect(try provider.concerns() == [])
            try store.cluster.sql("CREATE SCHEMA \(role)_else AUTHORIZATION \(role)")
            #expect(try provider.concerns().contains { $0.contains("\(role)_else") && $0.contains("REVOKE") })
        }
    }

    @Test("neither a password nor another secret stands in a description")
    func description() {
        let provider = PostgresStoreProvider(
            uri: "postgresql://diwan:hidden@db.example.invalid:5433/store?sslmode=verify-full", deployment: "demo")
        #expect(provider.description == "PostgreSQL at db.example.invalid:5433/store, deployment demo")
    }

    @Test("a server that is not there is unavailable, a name that cannot be a deployment's is refused")
    func unreachable() async throws {
        try await onOwnThread {
            let away = PostgresStoreProvider(uri: "postgresql://diwan@127.0.0.1:1/x", deployment: "demo")
            fails(.unavailable) { _ = try away.openWriter(TestStore.manifest(), data: [:]) }
            let wrong = PostgresStoreProvider(uri: "postgresql://diwan@127.0.0.1:1/x", deployment: "De_mo")
            fails(.schema) { _ = try wrong.takeOwnership(waiting: nil) }
            let unreadable = PostgresStoreProvider(uri: "postgresql://[", deployment: "demo")
            fails(.notWritable) { _ = try unreadable.openWriter(TestStore.manifest(), data: [:]) }
        }
    }
}
