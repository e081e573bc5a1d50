import Foundation
import Glibc

/// A PostgreSQL of its own for tests, from Debian's packages: its files lie in a temporary folder, it listens on a free
/// loopback port, and it writes to the disk as a real one does (`fsync` on). It ends with this process, however that
/// ends.
///
/// `@unchecked Sendable`: everything is fixed when it has started; each call runs a program of its own.
public final class PostgresCluster: @unchecked Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// How a server is stopped: `immediate` is a crash, after which it recovers from its log.
    public enum StopMode: String, Sendable {
        case fast, immediate
    }

    public let port: UInt16
    public let folder: String

    /// The newest Debian keeps, nil where the package is absent.
    private static let programs: String? = {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { Int($0) }
        return versions.sorted(by: >).map { "\(root)/\($0)/bin" }.first {
            FileManager.default.isExecutableFile(atPath: $0 + "/initdb")
        }
    }()

    /// Whether tests against PostgreSQL can run; says aloud, once, when they cannot.
    public static let isAvailable: Bool = {
        if programs != nil { return true }
        print("SKIPPED: every test against PostgreSQL, because Debian's package postgresql is not installed")
        return false
    }()

    /// One that all tests of a process may use that do not stop it.
    public static let shared: Result<PostgresCluster, any Error> = Result { try PostgresCluster() }

    /// Makes the cluster and starts it: some seconds.
    ///
    /// - Parameter settings: lines of `postgresql.conf` by name.
    public init(settings: [String: String] = [:]) throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("diwan-postgres-\(UUID().uuidString)")
            .path
        port = try Self.freePort()
        // The server refuses to run as root, and to use a folder that others may look into; initdb makes it.
        try Self.run(
            "initdb",
            [
                "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync",
                "--no-instructions",
            ])
        try watch()
        var lines = [
            "port": String(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "on",
            "max_connections": "200", "shared_buffers": "64MB", "logging_collector": "off",
        ]
        lines.merge(settings) { $1 }
        for (name, value) in lines.sorted(by: { $0.key < $1.key }) { try configure(name, value) }
        try start()
        // What the documentation asks for, and no more.
        try sql("CREATE ROLE \(Self.worker) LOGIN")
        try sql("GRANT CREATE ON DATABASE postgres TO \(Self.worker)")
    }

    /// Makes a standby that streams from a running primary: some seconds. The primary waits for it from then on: what it
    /// calls committed is on the standby's disk, too.
    public init(standbyOf primary: PostgresCluster) throws {
        folder =
            FileManager.default.temporaryDirectory.appendingPathComponent("diwan-standby-\(UUID().uuidString)").path
        port = try Self.freePort()
        try Self.run(
            "pg_basebackup",
            [
                "-D", folder, "-d", primary.uri(), "-R", "-X", "stream", "-c", "fast", "--no-sync", "--no-manifest",
            ])
        try watch()
        try configure("port", String(port))
        try start()
        try primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try primary.sql("SELECT pg_reload_conf()")
        for _ in 0..<500 {
            if try primary.sql("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1" { return }
            usleep(20_000)
        }
        throw Failure(description: "the standby does not stream")
    }

    /// Makes a standby the primary, as whoever watches over a cluster does when the primary is gone.
    public func promote() throws { try Self.run("pg_ctl", ["promote", "-w", "-s", "-t", "60", "-D", folder]) }

    /// An address that names several servers, of which the one that takes writes is used.
    public static func uri(_ clusters: [PostgresCluster], user: String = "postgres") -> String {
        "postgresql://\(user)@\(clusters.map { "127.0.0.1:\($0.port)" }.joined(separator: ","))/postgres"
            + "?target_session_attrs=read-write"
    }

    /// A role with the rights of a worker: it may make schemas, and touch only its own.
    public static let worker = "worker"

    deinit {
        try? stop(.immediate)
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: Using it

    public func uri(user: String = "postgres", database: String = "postgres") -> String {
        "postgresql://\(user)@127.0.0.1:\(port)/\(database)"
    }

    /// Runs a statement as the administrator and returns what `psql` printed: rows as lines, columns between bars.
    @discardableResult
    public func sql(_ statement: String, database: String = "postgres") throws -> String {
        try Self.run(
            "psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", uri(database: database), "-c", statement]
        ).trimmingCharacters(in: .newlines)
    }

    /// A backup of one schema, as SQL.
    public func dump(schema: String) throws -> String {
        try Self.run("pg_dump", ["-n", "\"\(schema)\"", "-d", uri()])
    }

    /// Puts a backup back; what it holds must not be there.
    public func restore(_ backup: String) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("backup-\(UUID().uuidString).sql")
        try backup.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        try Self.run("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", uri(), "-f", file.path])
    }

    /// Ends the sessions whose application name holds the text, as an administrator or a dying network does, and waits
    /// until they are gone.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func cutConnections(named text: String) throws -> Int {
        let sessions = "FROM pg_stat_activity WHERE application_name LIKE '%\(text)%' AND pid <> pg_backend_pid()"
        let count = try sql("SELECT count(pg_terminate_backend(pid)) \(sessions)")
        for _ in 0..<500 {
            if try sql("SELECT count(*) \(sessions)") == "0" { break }
            usleep(10_000)
        }
        return Int(count) ?? 0
    }

    /// Changes a line of the server's configuration; it takes effect at the next start.
    public func configure(_ name: String, _ value: String) throws {
        let text = value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/postgresql.conf"))
        defer { try? file.close() }
        try file.seekToEnd()
        try file.write(contentsOf: Data("\(name) = '\(text)'\n".utf8))
    }

    public func start() throws {
        do {
            try Self.run("pg_ctl", ["start", "-w", "-s", "-t", "60", "-D", folder, "-l", folder + "/server.log"])
        } catch {
            let log = (try? String(contentsOfFile: folder + "/server.log", encoding: .utf8)) ?? ""
            throw Failure(description: "\(error)\n\(log.suffix(2000))")
        }
    }

    public func stop(_ mode: StopMode = .fast) throws {
        try Self.run("pg_ctl", ["stop", "-w", "-s", "-t", "60", "-D", folder, "-m", mode.rawValue])
    }

    /// `kill -9` of the server's first process, and waits until its others have noticed.
    public func kill() throws {
        let lines = try String(contentsOfFile: folder + "/postmaster.pid", encoding: .utf8).split(separator: "\n")
        guard let process = lines.first.flatMap({ Int32($0) }) else {
            throw Failure(description: "the server does not run")
        }
        Glibc.kill(process, SIGKILL)
        for _ in 0..<1000 {
            let others = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
                guard Int32(name) != nil else { return false }
                return (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(name)/cwd")) == folder
            }
            if others.isEmpty {
                // Nobody may have waited for the killed one yet, and the server would take it for another that runs.
                return try FileManager.default.removeItem(atPath: folder + "/postmaster.pid")
            }
            usleep(10_000)
        }
        throw Failure(description: "processes of the server outlive it")
    }

    public func restart(_ mode: StopMode) throws {
        try stop(mode)
        try start()
    }

    // MARK: Programs

    /// Stops the server and removes its files when this process is gone.
    private func watch() throws {
        // Started by a shell that ends at once, so that nothing here waits for it or ends it.
        let script = """
            (while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 1; done
            if [ -f "$2/postmaster.pid" ]; then kill -QUIT "$(head -n 1 "$2/postmaster.pid")"; sleep 1; fi
            rm -rf "$2") >/dev/null 2>&1 &
            """
        let scratch = try Self.scratch()
        defer { try? FileManager.default.removeItem(at: scratch) }
        let shell = try ChildProcess(
            program: "/bin/sh", arguments: ["-c", script, "watch", String(getpid()), folder], folder: scratch,
            name: "watch")
        guard shell.wait() == .exit(0) else { throw Failure(description: "cannot watch over the cluster") }
    }

    private static func scratch() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("diwan-tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "cannot make a socket") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return bind(descriptor, start, length) == 0 && getsockname(descriptor, start, &length) == 0
        }
        guard isBound else { throw Failure(description: "no loopback port is free") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Runs one of PostgreSQL's programs, as user postgres where we are root.
    @discardableResult
    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        guard let programs else { throw Failure(description: "Debian's package postgresql is not installed") }
        let scratch = try Self.scratch()
        defer { try? FileManager.default.removeItem(at: scratch) }
        let command = ["\(programs)/\(program)"] + arguments
        let asUser = getuid() == 0 ? ["/usr/sbin/runuser", "-u", "postgres", "--"] + command : command
        // Its output goes to files: a server that outlives its starter would hold a pipe open.
        let process = try ChildProcess(
            program: asUser[0], arguments: Array(asUser.dropFirst()), folder: scratch, name: program)
        let end = process.wait(.seconds(120))
        let output = process.output
        guard end == .exit(0) else {
            throw Failure(
                description: "\(command.joined(separator: " ")): \(end.map(\.description) ?? "still running"): "
                    + process.errors + output)
        }
        return output
    }
}
