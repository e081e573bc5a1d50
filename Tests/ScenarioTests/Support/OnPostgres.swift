import Foundation
import Testing
import Threads
import WorkerTesting

/// The PostgreSQL of the scenarios that do not stop it.
enum OnPostgres {
    static func uri() throws -> String { try PostgresCluster.shared.get().uri(user: PostgresCluster.worker) }
}

/// The stores that a story is told with.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, postgres

    /// Without PostgreSQL its stories are left out, aloud.
    static var available: [StoreKind] { PostgresCluster.isAvailable ? allCases : [.sqlite] }

    var testDescription: String { rawValue }

    func store() throws -> TestDeployment.Store {
        switch self {
        case .sqlite: .sqlite
        case .postgres: .postgres(uri: try OnPostgres.uri())
        }
    }

    /// What a worker says when it reads.
    var reading: String { self == .sqlite ? "partitions assigned" : ": reading" }
}

extension TestDeployment {
    /// A deployment that keeps its tables in PostgreSQL, so that several workers may share its partitions.
    static func shared(
        _ stem: String, uri: String? = nil, plugins: [String] = TestPlugins.names, workerExtra: String = "",
        topics: Topics? = nil, partitions: Int = 4
    ) throws -> TestDeployment {
        var options = Options()
        options.plugins = plugins
        options.store = .postgres(uri: try uri ?? OnPostgres.uri())
        // With less a server that crashes takes back what was committed.
        options.durability = "full"
        options.workerExtra = workerExtra
        return try TestDeployment(
            stem, bootstrapServers: try OnKafka.kafka().bootstrapServers, topics: topics, partitions: partitions,
            options: options)
    }

    /// What one worker makes of the same topics that nobody disturbs, with SQLite: every projection, byte for byte, and
    /// the ids of the mails.
    func undisturbed() throws -> (projections: [String: String], mails: [String]) {
        var options = Options()
        options.plugins = self.options.plugins
        let notices = "\(topics.notices)-undisturbed"
        let other = try TestDeployment(
            "undisturbed", bootstrapServers: try OnKafka.kafka().bootstrapServers,
            topics: .init(events: topics.events, people: topics.people, notices: notices), options: options)
        try other.createTopics([notices])
        try other.workThrough()
        return (try other.fingerprints(digests: []), try other.mails())
    }

    /// Expects every table to say what an undisturbed worker's say, and each mail to be there once.
    func expectUndisturbed(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let (projections, mails) = try undisturbed()
        let found = try fingerprints(digests: [])
        #expect(!projections.isEmpty, sourceLocation: sourceLocation)
        for (command, hash) in projections {
            #expect(found[command] == hash, "\(command)", sourceLocation: sourceLocation)
        }
        #expect(try self.mails() == mails, sourceLocation: sourceLocation)
    }
}

extension ChildProcess {
    /// How often it was given partitions by the group.
    var assignments: Int { errors.components(separatedBy: "the group gives").count - 1 }
}

extension TestPlugins {
    /// The texts of a plugin's data files.
    static func data(_ name: String) throws -> [String: String] {
        let folder = name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        let place = Diwan.repository.appendingPathComponent("Plugins/\(folder)/data")
        let files = try FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)
        return try Dictionary(
            uniqueKeysWithValues: files.filter { $0.pathExtension == "csv" }.map {
                ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
            })
    }
}
