import EventCatalogue
import Foundation
import MechanismDirectory
import PluginKit
import PluginManifest
import ProjectionStoreSQLite
import WorkerTesting

/// The plugin over a store of its own in a temporary folder.
final class Directory {
    let kit: PluginTestKit
    private let folder: URL

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().resolvingSymlinksInPath()

    static let catalogue: Result<EventCatalogue, any Error> = Result {
        let schemas = repository.appending(path: "Sources/EventCatalogue/Schemas")
        let files = try FileManager.default.contentsOfDirectory(at: schemas, includingPropertiesForKeys: nil)
        return try EventCatalogue(
            files: files.filter { $0.pathExtension == "json" }.map {
                (name: $0.lastPathComponent, json: try String(contentsOf: $0, encoding: .utf8))
            })
    }

    /// The events of the bundled history, one JSON text each.
    static let history: Result<[String], any Error> = Result {
        let file = repository.appending(path: "Deploy/history/history.jsonl")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { String($0) }
    }

    init(_ events: [String] = [], dedupes: Bool = true) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "diwan-directory-\(UUID().uuidString)")
        let plugin = try makePlugin()
        let manifest = try ManifestReader.read(plugin.sources.manifest, file: "plugin.yaml")
        kit = try PluginTestKit(
            plugin, manifest: manifest, catalogue: try Self.catalogue.get(),
            store: SQLiteStoreProvider(folder: folder.path, durability: .normal))
        try kit.feed(events, dedupes: dedupes)
    }

    deinit {
        kit.close()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The result of a query, one text a row: the named columns, a bar between them.
    func rows(_ query: String, _ columns: String..., asOf: String? = nil) throws -> [String] {
        let table = try kit.query(query, asOf: asOf)
        return table.rows.indices.map { row in
            columns.map { table.cell(row, $0).plain }.joined(separator: "|")
        }
    }

    /// Every query at every date that matters, so that two stores can be compared.
    func everything() throws -> [String: ResultTable] {
        var results: [String: ResultTable] = [:]
        for query in kit.manifest.queries {
            for date in [nil, "2004-12-31", "2016-12-31"] {
                results["\(query.name) \(date ?? "always")"] = try kit.query(query.name, asOf: date)
            }
        }
        return results
    }
}

/// A CloudEvent as it would be sent.
func event(
    _ type: String, _ id: String, key: String, time: String = "2026-02-01T00:00:00Z", _ data: String
) -> String {
    """
    {"specversion":"1.0","id":"\(id)","source":"urn:test","type":"org.iscm.\(type).v1","subject":"\(key)",\
    "time":"\(time)","datacontenttype":"application/json","partitionkey":"\(key)","data":\(data)}
    """
}

func registered(_ key: String, id: String = "r", type: String = "rcp", _ more: String = "") -> String {
    event(
        "mechanism.registered", "\(id)-\(key)", key: key,
        "{\"name_ar\":\"آلية \(key)\",\"name_en\":\"Mechanism \(key)\",\"mech_type\":\"\(type)\"\(more)}")
}

func joined(_ key: String, _ party: String, _ id: String, from: String? = nil) -> String {
    event("member.joined", id, key: key, "{\"party\":\"\(party)\"\(from.map { ",\"from\":\"\($0)\"" } ?? "")}")
}

func left(_ key: String, _ party: String, _ id: String, from: String? = nil) -> String {
    event("member.left", id, key: key, "{\"party\":\"\(party)\"\(from.map { ",\"from\":\"\($0)\"" } ?? "")}")
}

func retracted(_ key: String, _ id: String) -> String {
    event(
        "event.retracted", "retract-\(id)", key: key,
        "{\"retracted_source\":\"urn:test\",\"retracted_id\":\"\(id)\",\"reason\":\"sent by mistake\"}")
}
