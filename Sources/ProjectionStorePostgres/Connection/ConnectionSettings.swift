private import CPQ
import Glibc
import ProjectionStore

/// Where PostgreSQL is and how to reach it: a connection URI (or libpq's `name=value` text) with further settings.
struct ConnectionSettings: Sendable {
    let uri: String
    /// libpq's own names, such as `sslmode` or `sslrootcert`; they win over the URI.
    let options: [String: String]
    /// The same for what nobody may see, read for each connection.
    let secrets: [String: @Sendable () throws(StoreError) -> String]

    /// What a dead network must not do: hang a lane for hours. The URI may say otherwise.
    private static let defaults = [
        ("connect_timeout", "10"), ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "20000"),
    ]

    /// Names and values for `PQconnectdbParams`, the later ones winning.
    ///
    /// - Parameter writes: whether only a server that takes writes will do, as after a failover.
    func parameters(applicationName: String, writes: Bool) throws(StoreError) -> [(String, String)] {
        var list = Self.defaults
        if writes { list.append(("target_session_attrs", "read-write")) }
        list.append(("dbname", uri))
        list += options.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        for (name, read) in secrets.sorted(by: { $0.key < $1.key }) { list.append((name, try read())) }
        // Text is read by its encoding, and administrators know us by our name.
        list += [("client_encoding", "UTF8"), ("application_name", applicationName)]
        return list
    }

    /// - Throws: `.notWritable` for what is no connection URI. Its text is not repeated: it may hold a password.
    func checkReadable() throws(StoreError) {
        let parsed = PQconninfoParse(uri, nil)
        defer { PQconninfoFree(parsed) }
        guard parsed != nil else {
            throw StoreError(
                .notWritable,
                "the store's address cannot be read: write it as postgresql://user@host:port/database?sslmode=verify-full, "
                    + "with other characters than letters and digits as %XX")
        }
    }

    /// Host, port and database, never a password: for messages.
    var place: String {
        var host = ""
        var port = ""
        var database = ""
        var message: UnsafeMutablePointer<CChar>?
        let parsed = PQconninfoParse(uri, &message)
        defer {
            PQconninfoFree(parsed)
            PQfreemem(message)
        }
        guard let parsed else { return "an address that cannot be read" }
        var entry = parsed
        while let keyword = entry.pointee.keyword {
            let name = String(cString: keyword)
            if let value = options[name] ?? entry.pointee.val.map({ String(cString: $0) }) {
                if name == "host" { host = value }
                if name == "port" { port = value }
                if name == "dbname" { database = value }
            }
            entry += 1
        }
        return (host.isEmpty ? "the local socket" : host) + (port.isEmpty ? "" : ":\(port)")
            + (database.isEmpty ? "" : "/\(database)")
    }

    /// Names this process to whoever looks into `pg_stat_activity`; the server cuts at 63 bytes.
    static func applicationName(_ deployment: String, _ role: String) -> String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "diwan \(role) \(getpid()) on \(name) for \(deployment)"
    }
}
