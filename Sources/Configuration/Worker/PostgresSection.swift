/// PostgreSQL as the store.
public struct PostgresSection: Sendable {
    /// libpq's connection URI without a password; nil where `host` and the others say it.
    public let uri: String?
    /// What stands beside the URI, or instead of it, by libpq's names: host, port, sslmode and so on. No secret.
    public let options: [String: String]
    /// By libpq's names: `password` and `sslpassword`, with where each is found.
    public let secrets: [String: SecretSource]
    public let durability: StoreDurability

    static let fields: [FieldSpec] = [
        FieldSpec(
            "uri", .text, .optional,
            summary: "Where it is; several hosts with commas, of which the one that takes writes is used",
            example: "postgresql://diwan@db.example.invalid:5432/diwan"),
        FieldSpec("host", .text, .optional, summary: "Instead of uri: the host, or several with commas"),
        FieldSpec("port", .integer(1...65535), .optional, summary: "Instead of uri: the port, 5432 if not said"),
        FieldSpec("database", .text, .optional, summary: "Instead of uri: the database"),
        FieldSpec("user", .text, .optional, summary: "Instead of uri: the role"),
        FieldSpec(
            "password", .secret, .optional, summary: "The role's password; read again for each connection",
            example: "{file: /run/secrets/postgres-password}"),
        FieldSpec(
            "tls", .object(PostgresTLSSection.fields), .defaultValue("{}"), summary: "How the connection is guarded"),
        FieldSpec(
            "durability", .choice(of: StoreDurability.self), .defaultValue("full"),
            summary: "When a transaction counts as done"),
        FieldSpec(
            "connect-timeout", .duration(.seconds(2) ... .seconds(300)), .defaultValue("5s"),
            summary: "How long one host may take to answer a new connection"),
    ]

    init(_ settings: Settings, _ problems: inout [ConfigurationProblem]) throws(ConfigurationError) {
        uri = try settings.optional("uri")
        if let uri, let complaint = Self.complaint(about: uri) {
            // Its text is not repeated: it may hold a password.
            problems.append(
                ConfigurationProblem(.value, at: settings.place(of: "uri"), "store.postgres.uri \(complaint)"))
        }
        durability = try settings.value("durability")
        var options: [String: String] = [:]
        let parts = [("host", "host"), ("port", "port"), ("database", "dbname"), ("user", "user")]
        for (name, option) in parts where settings.isGiven(name) {
            options[option] =
                name == "port" ? try settings.value(name, as: Int.self).description : try settings.value(name)
            if uri != nil {
                problems.append(
                    ConfigurationProblem(
                        .conflict, at: settings.place(of: name),
                        "store.postgres.\(name) and store.postgres.uri both say it; keep one"))
            }
        }
        if uri == nil, options["host"] == nil {
            problems.append(
                ConfigurationProblem(
                    .missing, at: settings.place,
                    "store.postgres says no server; write uri: postgresql://diwan@db.example.invalid/diwan, or host, "
                        + "database and user"))
        }
        for name in ["database", "user"] where uri == nil && options["host"] != nil && !settings.isGiven(name) {
            problems.append(
                ConfigurationProblem(
                    .missing, at: settings.place, "store.postgres.\(name) is required beside host; write \(name): diwan"
                ))
        }
        let tls = try PostgresTLSSection(try settings.value("tls"), &problems)
        options.merge(tls.options) { _, new in new }
        let timeout: Duration = try settings.value("connect-timeout")
        if settings.isGiven("connect-timeout") || uri?.contains("connect_timeout=") != true {
            options["connect_timeout"] = String(timeout.components.seconds)
        }
        self.options = options
        var secrets: [String: SecretSource] = [:]
        if let password: SecretSource = try settings.optional("password") { secrets["password"] = password }
        if let password = tls.keyPassword { secrets["sslpassword"] = password }
        self.secrets = secrets
    }

    private static func complaint(about uri: String) -> String? {
        guard uri.hasPrefix("postgresql://") || uri.hasPrefix("postgres://") else {
            return "is no address of PostgreSQL; write postgresql://USER@HOST:PORT/DATABASE"
        }
        let rest = uri.drop { $0 != "/" }.dropFirst(2)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let hasPassword = authority.lastIndex(of: "@").map { authority[..<$0].contains(":") } ?? false
        let names = rest.drop { $0 != "?" }.dropFirst().split(separator: "&").map { $0.prefix { $0 != "=" } }
        guard hasPassword || names.contains(where: { $0 == "password" || $0 == "sslpassword" }) else { return nil }
        return "holds a password; write it under password as {file: PATH} or {environment: NAME}"
    }

    /// Reads the secrets, to say early which cannot be had.
    public func checkSecrets(environment: [String: String]) throws(ConfigurationError) {
        var problems: [ConfigurationProblem] = []
        for (name, source) in secrets.sorted(by: { $0.key < $1.key }) {
            do throws(ConfigurationError) { _ = try source.resolve(environment: environment) } catch {
                problems += error.problems.map { problem in
                    ConfigurationProblem(problem.code, at: problem.place, "store.postgres \(name): \(problem.message)")
                }
            }
        }
        if let error = ConfigurationError(problems: problems) { throw error }
    }
}

/// How a connection to PostgreSQL is guarded, as libpq knows it.
struct PostgresTLSSection {
    let options: [String: String]
    let keyPassword: SecretSource?

    static let fields: [FieldSpec] = [
        FieldSpec(
            "mode", .choice(of: PostgresTLSMode.self), .optional,
            summary: "Whether it is encrypted and who is believed; that of the URI if not said"),
        FieldSpec(
            "root-certificate", .path, .optional, summary: "The authority that signed the server's certificate (PEM)"),
        FieldSpec("certificate", .path, .optional, summary: "The worker's own certificate (PEM)"),
        FieldSpec("key", .path, .optional, summary: "Its key (PEM), readable by the worker's user alone"),
        FieldSpec("key-password", .secret, .optional, summary: "The password of the key"),
    ]

    init(_ settings: Settings, _ problems: inout [ConfigurationProblem]) throws(ConfigurationError) {
        var options: [String: String] = [:]
        let mode: PostgresTLSMode? = try settings.optional("mode")
        options["sslmode"] = mode?.rawValue
        for (name, option) in [("root-certificate", "sslrootcert"), ("certificate", "sslcert"), ("key", "sslkey")] {
            if let file: String = try settings.optional(name) { options[option] = file }
        }
        self.options = options
        keyPassword = try settings.optional("key-password")
        if (options["sslcert"] == nil) != (options["sslkey"] == nil) {
            problems.append(
                ConfigurationProblem(
                    .conflict, at: settings.place,
                    "store.postgres.tls has a certificate without a key, or a key without a certificate; give both"))
        }
        if mode == .disable, options.count > 1 {
            problems.append(
                ConfigurationProblem(
                    .conflict, at: settings.place(of: "mode"),
                    "store.postgres.tls.mode is disable, but certificates are given; take them away or choose verify-full"
                ))
        }
    }
}

/// libpq's `sslmode`.
public enum PostgresTLSMode: String, ChoiceWords {
    case disable, prefer, require
    case verifyAuthority = "verify-ca"
    case verifyFull = "verify-full"

    public var meaning: String {
        switch self {
        case .disable: "in the clear"
        case .prefer: "encrypted where the server can, whoever it is"
        case .require: "encrypted, whoever the server is"
        case .verifyAuthority: "encrypted, with a certificate of the authority"
        case .verifyFull: "encrypted, with a certificate of the authority for this host's name"
        }
    }
}
