/// The files of a new plugin: one that works, small enough to be understood at once and changed into another.
struct PluginTemplate {
    let name: PluginName

    /// Paths in the plugin's folder, with their texts.
    var files: [(path: String, text: String)] {
        [
            ("plugin.yaml", manifest), ("Sources/\(name.module).swift", handler),
            ("messages/en.messages", english), ("messages/ar.messages", arabic), ("fixtures/events.jsonl", fixture),
            ("Tests/\(name.module)Tests.swift", test), ("data/.gitkeep", ""),
        ]
    }

    private var manifest: String {
        """
        # What the plugin is to the worker: what it reads, what it keeps, what it answers.
        name: \(name.plugin)
        version: 1        # raise it when tables or handler change so that the plugin has to be rebuilt
        summary:
          en: Counts the members of each mechanism
          ar: عدد أعضاء كل آلية
        events:           # 'diwan events list' names them all
          - org.iscm.member.joined.v1
        tables:
          # Facts are kept once and never overwritten; what was taken back vanishes from every answer by itself.
          - name: joining
            kind: facts
            owner: mechanism          # the column that holds the event's key
            columns:
              - {name: party, type: text, required: true}
        queries:          # 'diwan projection show \(name.plugin)-members' runs the first
          - name: \(name.plugin)-members
            title: {en: Members by mechanism, ar: الأعضاء حسب الآلية}
            visibility: public
            columns:
              - {name: mechanism, en: Mechanism, ar: الآلية}
              - {name: members, en: Members, ar: الأعضاء}
            select: |
              SELECT mechanism, count(DISTINCT party) AS members
              FROM joining
              GROUP BY mechanism
              ORDER BY mechanism

        """
    }

    private var handler: String {
        """
        public import PluginKit

        /// Counts the members of each mechanism.
        public func makePlugin() throws -> any Plugin { \(name.module)Plugin() }

        struct \(name.module)Plugin: Plugin {
            let sources = PluginSources(
                manifest: PluginFiles.manifest, messages: PluginFiles.messages, data: PluginFiles.data)

            // A pure function: it keeps nothing, asks nobody, and says what should happen through `effects`.
            func handle(_ event: Event, _ rows: Rows, _ effects: Effects) throws {
                guard let party = event.data?["party"]?.text else {
                    throw Refusal(reason: "party-missing", detail: "a member has a party")
                }
                try effects.fact("joining", ["party": .text(party)])
            }
        }

        """
    }

    private var english: String {
        """
        # Texts that people read, in ICU MessageFormat. The build fails where a language or a placeholder is missing.
        members = {count, plural, one {# member} other {# members}}

        """
    }

    private var arabic: String {
        """
        members = {count, plural, zero {لا أعضاء} one {عضو واحد} two {عضوان} few {# أعضاء} many {# عضوًا} other {# عضو}}

        """
    }

    private var fixture: String {
        let events = [("1", "DZ"), ("2", "EG")].map { id, party in
            """
            {"specversion":"1.0","id":"synthetic/\(name.plugin)/\(id)","source":"urn:diwan:synthetic",\
            "type":"org.iscm.member.joined.v1","time":"2026-01-31T09:00:00Z","datacontenttype":"application/json",\
            "partitionkey":"arcp","data":{"party":"\(party)","party_kind":"state","synthetic":true}}

            """
        }
        return events.joined()
    }

    private var test: String {
        """
        import Bilingual
        import EventCatalogue
        import Foundation
        import PluginKit
        import PluginManifest
        import ProjectionStoreSQLite
        import Testing
        import WorkerTesting

        @testable import \(name.module)

        @Suite struct \(name.module)Tests {
            @Test func `counts each member once, however often its event comes`() throws {
                let plugin = try makePlugin()
                let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
                defer { try? FileManager.default.removeItem(at: folder) }
                let kit = try PluginTestKit(
                    plugin, manifest: try ManifestReader.read(plugin.sources.manifest, file: "plugin.yaml"),
                    catalogue: try EventCatalogue.bundled(), store: SQLiteStoreProvider(folder: folder.path))
                defer { kit.close() }
                let fixture = URL(filePath: #filePath).appending(path: "../../fixtures/events.jsonl").standardized
                let events = try String(contentsOf: fixture, encoding: .utf8).split(separator: "\\n").map { String($0) }

                try kit.feed(events + events)

                let members = try kit.query("\(name.plugin)-members")
                #expect(kit.refusals.isEmpty)
                #expect(members.rows == [["arcp", 2]])
            }

            @Test func `speaks both languages`() throws {
                let messages = try MessageCatalogue(files: try makePlugin().sources.messages)
                #expect(try messages.render(Messages.members(count: 1), .english) == "1 member")
                #expect(try messages.render(Messages.members(count: 2), .arabic) == "عضوان")
            }
        }

        """
    }

    /// The test's target in Package.swift.
    var testTarget: String {
        """
                .testTarget(
                    name: "\(name.module)Tests",
                    dependencies: [
                        "\(name.module)", "PluginManifest", "WorkerTesting", "ProjectionStoreSQLite", "EventCatalogue",
                        "PluginKit", "Bilingual",
                    ], path: "Plugins/\(name.module)/Tests", swiftSettings: own),

        """
    }
}
