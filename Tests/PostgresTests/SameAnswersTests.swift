import EventCatalogue
import Foundation
import ImrfDigest
import MechanismDirectory
import Notifications
import PluginKit
import PluginManifest
import ProjectionStore
import ProjectionStoreSQLite
import Testing
import WorkerTesting

/// Every query of every plugin over the bundled events, on both stores.
@Suite("SQLite and PostgreSQL give the same rows", .enabled(if: PostgresCluster.isAvailable))
struct SameAnswersTests {
    private static let plugins: [String: @Sendable () throws -> any Plugin] = [
        "mechanism-directory": { try MechanismDirectory.makePlugin() },
        "notifications": { try Notifications.makePlugin() },
        "imrf-digest": { try ImrfDigest.makePlugin() },
    ]

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().resolvingSymlinksInPath()

    private static func events() throws -> [String] {
        let folder = repository.appending(path: "Deploy/history")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try files.filter { $0.pathExtension == "jsonl" }.sorted { $0.path < $1.path }.flatMap {
            try String(contentsOf: $0, encoding: .utf8).split(separator: "\n").map { String($0) }
        }
    }

    /// Rows by query and date, columns as their types and texts.
    private static func answers(_ name: String, _ store: any StoreProvider) throws -> [String: [String]] {
        guard let make = plugins[name] else { return [:] }
        let plugin = try make()
        let manifest = try ManifestReader.read(plugin.sources.manifest, file: "plugin.yaml")
        let kit = try PluginTestKit(plugin, manifest: manifest, catalogue: EventCatalogue.bundled(), store: store)
        defer { kit.close() }
        try kit.feed(events())
        var answers: [String: [String]] = [:]
        let given = ["mechanism": "arcp", "cycle": "2026"]
        for query in manifest.queries {
            for date in [nil, "2004-12-31", "2016-12-31"] {
                let parameters = Dictionary(
                    uniqueKeysWithValues: query.parameters.map { ($0, given[$0] ?? "1") })
                let table = try kit.query(query.name, asOf: date, parameters: parameters)
                answers["\(query.name) \(date ?? "always")"] =
                    [table.columns.joined(separator: ",")]
                    + table.rows.map { $0.map { String(describing: $0) }.joined(separator: ",") }
            }
        }
        return answers
    }

    @Test(arguments: plugins.keys.sorted())
    func agree(_ plugin: String) async throws {
        try await onOwnThread {
            let folder = FileManager.default.temporaryDirectory.appending(path: "diwan-same-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let lite = try Self.answers(plugin, SQLiteStoreProvider(folder: folder.path, durability: .normal))
            let postgres = try Self.answers(plugin, TestStore().provider())
            #expect(lite.values.contains { $0.count > 1 })
            #expect(lite.keys.sorted() == postgres.keys.sorted())
            for (query, rows) in lite { #expect(postgres[query] == rows, "\(query)") }
        }
    }
}
