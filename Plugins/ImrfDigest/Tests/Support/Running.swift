import EventCatalogue
import Foundation
import ImrfDigest
import PluginKit
import PluginManifest
import ProjectionStoreSQLite
import Testing
import WorkerTesting

/// The plugin on a store of its own.
final class Running {
    let kit: PluginTestKit
    private let plugin: any Plugin
    private let folder: URL

    init(_ events: [String] = [], dedupes: Bool = true) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "digest-\(UUID().uuidString)")
        plugin = try makePlugin()
        kit = try PluginTestKit(
            plugin, manifest: try ManifestReader.read(plugin.sources.manifest, file: "plugin.yaml"),
            catalogue: try EventCatalogue.bundled(),
            store: SQLiteStoreProvider(folder: folder.path(percentEncoded: false)))
        try kit.feed(events, dedupes: dedupes)
        #expect(kit.refusals.map(\.effect).isEmpty)
    }

    deinit {
        kit.close()
        try? FileManager.default.removeItem(at: folder)
    }

    func digest(
        _ mechanism: String = "arcp", _ cycle: Int = 2026, _ language: DocumentLanguage = .english,
        _ format: DocumentFormat = .text
    ) throws -> String {
        try kit.render(
            "digest", parameters: ["mechanism": mechanism, "cycle": String(cycle)], language: language, format: format)
    }

    /// The JSON read again.
    func json(_ mechanism: String = "arcp", _ cycle: Int = 2026) throws -> Parsed {
        let text = try digest(mechanism, cycle, .english, .json)
        return try JSONDecoder().decode(Parsed.self, from: Data(text.utf8))
    }

    /// The same while events of the mechanism are parked.
    func digest(parked: Int, _ language: DocumentLanguage, _ format: DocumentFormat) throws -> String {
        let parameters = ["mechanism": "arcp", "cycle": "2026"]
        let queries = try #require(kit.manifest.documents.first).queries
        var results: [String: ResultTable] = [:]
        for query in queries { results[query] = try kit.query(query, parameters: parameters) }
        return try plugin.render(
            DocumentRequest(
                document: "digest", parameters: parameters, results: results, language: language, format: format,
                parkedEvents: parked))
    }

    /// All forms of a digest one after the other.
    func everything(_ mechanism: String = "arcp", _ cycle: Int = 2026) throws -> String {
        var all = ""
        for language in DocumentLanguage.allCases {
            for format in DocumentFormat.allCases { all += try digest(mechanism, cycle, language, format) }
        }
        return all
    }
}

/// What tests look at in the JSON.
struct Parsed: Decodable {
    struct Names: Decodable, Equatable {
        let ar: String
        let en: String
    }
    struct Label: Decodable {
        let code: String
        let name: Names
    }
    struct Mechanism: Decodable {
        struct Chair: Decodable { let chair: Label }
        let name: Names?
        let type: String?
        let states: Int
        let territories: Int
        let chair: Chair?
    }
    struct Cycle: Decodable {
        let year: Int
        let edition: Int?
        let regionalReview: Int?
    }
    struct Item: Decodable {
        let submission: String
        let item: String
        let objectives: [Int]
    }
    struct Section: Decodable {
        let kind: Label
        let count: Int
        let items: [Item]
    }
    struct Objective: Decodable {
        let number: Int
        let title: Names?
        let count: Int
    }
    struct Contribution: Decodable {
        let items: Int
        let shown: Int
        let withheld: Int
        let sections: [Section]
        let foreignSections: [Section]
        let objectives: [Objective]
        let oddObjectives: [Objective]
        let withoutObjective: Int
    }
    struct Basis: Decodable {
        struct Mandate: Decodable { let date: String? }
        let compactParagraph: Int
        let resolutionParagraph: Int
        let mandate: Mandate?
    }
    struct Submission: Decodable {
        struct Passage: Decodable { let by: String }
        let id: String
        let edition: Int?
        let relayed: [Passage]
        let received: [Passage]
    }
    struct Remark: Decodable {
        let code: String
        let count: Int
    }
    struct Source: Decodable {
        let source: String
        let id: String
        let sha256: String
    }

    let mechanism: Mechanism
    let cycle: Cycle
    let basis: Basis
    let contribution: Contribution
    let submissions: [Submission]
    let remarks: [Remark]
    let sources: [Source]
    let parkedEvents: Int

    func remark(_ code: String) -> Int? { remarks.first { $0.code == code }?.count }
    var sectionCounts: [Int] { contribution.sections.map(\.count) }
}
