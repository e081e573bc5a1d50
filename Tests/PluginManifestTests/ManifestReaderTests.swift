import Configuration
import Foundation
import PluginKit
import PluginManifest
import Testing

@Suite struct `A manifest` {
    @Test func `that uses everything is read as written`() throws {
        let manifest = try ManifestReader.read(Sample.whole, file: "plugin.yaml")
        #expect(manifest.name == "sample-plugin")
        #expect(manifest.version == 3)
        #expect(manifest.summary == LocalizedText(ar: "مثال", en: "A sample"))
        #expect(
            manifest.events == [
                Subscription(type: "org.iscm.meeting.held.v1"),
                Subscription(type: "org.iscm.person.described.v1", fromPeopleTopic: true),
            ])
        #expect(manifest.data == [DataFile(file: "themes.csv", table: "theme")])
        #expect(manifest.peopleTable == "person")
        #expect(manifest.documents.map(\.queries) == [["meetings"]])
        #expect(manifest.notices.map(\.validFor) == [12 * 3_600_000, NoticeRule.defaultValidFor])
        #expect(manifest.notices.map(\.bodyMessage) == ["meeting-held-body", "other-body"])
    }

    @Test func `gives a fact table the columns of the runtime before its own`() throws {
        let table = try #require(try ManifestReader.read(Sample.whole, file: "plugin.yaml").table("meeting"))
        #expect(table.kind == .facts)
        #expect(
            table.columns.map(\.name) == [
                "mechanism", "event_source", "event_id", "fact_index", "effective", "effective_start", "event_time",
                "event_hash", "meeting_id", "participants",
            ])
        #expect(table.keyCount == 4)
        #expect(table.identity == ["meeting_id"])
        #expect(table.columns.last == ColumnDefinition(name: "participants", type: .integer))
        #expect(table.columns[8].isRequired)
    }

    @Test func `gives rows and tallies their key columns first, of their types`() throws {
        let manifest = try ManifestReader.read(Sample.whole, file: "plugin.yaml")
        let person = try #require(manifest.table("person"))
        #expect(person.isReference && person.keyCount == 1 && person.columns.count == 5)
        let tally = try #require(manifest.table("contribution"))
        #expect(
            tally.columns == [
                ColumnDefinition(name: "mechanism", type: .text, isRequired: true),
                ColumnDefinition(name: "cycle", type: .integer, isRequired: true),
                ColumnDefinition(name: "items", type: .integer, merge: .sum),
            ])
    }

    @Test func `keeps a query's text, columns, languages and parameters`() throws {
        let query = try #require(try ManifestReader.read(Sample.whole, file: "plugin.yaml").queries.first)
        #expect(query.select.hasPrefix("SELECT m.meeting_id") && query.select.contains("\n"))
        #expect(query.columns.map(\.language) == [nil, .arabic])
        #expect(query.columns[0].heading == LocalizedText(ar: "الاجتماع", en: "Meeting"))
        #expect(query.parameters == ["mechanism"])
        #expect(query.visibility == .public && query.isListed)
    }

    @Test func `with many faults is told all of them at once, in the order of the file`() {
        let problems = Sample.problems(
            """
            name: Sample
            version: 0
            sumary: {en: A, ar: ب}
            events: [meeting.held]
            """)
        #expect(problems.count == 5)
        #expect(problems[0].hasPrefix("plugin.yaml:1:1: the manifest lacks summary"))
        #expect(problems[1].hasPrefix("plugin.yaml:1:7: name of the manifest is \"Sample\"; use lower-case"))
        #expect(problems[2].contains(":2:") && problems[2].contains("whole number from 1"))
        #expect(problems[3].contains("unknown key \"sumary\"") && problems[3].contains("did you mean \"summary\"?"))
        #expect(problems[4].contains("org.iscm.meeting.held.v1"))
    }

    @Test(
        arguments: [
            ("ar: مثال}", "}", "summary of the manifest lacks ar"),
            ("{en: A sample, ar: مثال}", "{en: مثال, ar: A sample}", "languages swapped"),
            ("kind: facts", "kind: fact", "did you mean \"facts\"?"),
            ("identity: [meeting_id]", "identity: [meting_id]", "did you mean \"meeting_id\"?"),
            ("identity: [meeting_id]", "key: [mechanism]", "whose key is its owner and the event; remove key"),
            ("- participants: integer", "- event_time: text", "the runtime fills the column \"event_time\""),
            ("- participants: integer", "- meeting_id: text", "there is already a column named \"meeting_id\" at line"),
            ("- participants: integer", "- Participants: integer", "lower-case letters, digits and single underscores"),
            ("- participants: integer", "- participants: number", "must be one of text, integer, real, boolean, json"),
            ("- participants: integer", "- {name: a, type: integer, merge: sum}", "only columns of a tally merge"),
            ("key: [person]", "key: [name_ar]", "must begin with its owner \"person\""),
            ("key: [person]", "key: [person, name_ar]", "must not stand in columns again"),
            ("key-types: {cycle: integer}", "key-types: {year: integer}", "no key column; key columns:"),
            ("key-types: {cycle: integer}", "key-types: {cycle: real}", "must be text, integer or boolean"),
            ("{type: integer, merge: sum}", "integer", "lacks merge"),
            ("{type: integer, merge: sum}", "{type: text, merge: sum}", "cannot be merged by sum"),
            ("- name: contribution", "- name: person", "there is already a table named \"person\""),
            ("- name: contribution", "- name: meeting_all", "named as a view of the facts in \"meeting\""),
            ("file: themes.csv", "file: ../themes.csv", "without a path"),
            ("table: theme}", "table: meeting}", "needs a table of its own"),
            ("people: person", "people: persons", "did you mean \"person\"?"),
            ("people: person", "people: contribution", "must be of kind rows"),
            ("people: person\n", "", "notices need `people`"),
            ("visibility: public", "visibility: all", "must be one of public, secretariat, personal"),
            ("{name: meeting_id, en: Meeting, ar: الاجتماع}", "{name: meeting_id, en: Meeting}", "lacks ar"),
            ("queries: [meetings]", "queries: [meeting]", "did you mean \"meetings\"?"),
            ("parameters: [mechanism], queries", "queries", "takes the parameter \"mechanism\""),
            ("body: meeting-held-body, ", "", "notice \"meeting-held\" lacks body"),
            ("valid-for: 12h", "valid-for: 12", "write it like 7d or 12h"),
            ("name: other,", "name: meeting-held,", "there is already a notice named"),
            ("topic: people", "topic: peopel", "did you mean \"people\"?"),
            ("- org.iscm.meeting.held.v1", "- org.iscm.person.described.v1", "there is already a subscription"),
            ("version: 3", "version: three", "whole number from 1"),
        ])
    func `with one fault is told what to do about it`(old: String, new: String, expected: String) {
        let problems = Sample.problems(Sample.replacing(old, new))
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
        #expect(problems.allSatisfy { $0.hasPrefix("plugin.yaml:") && !$0.contains("plugin.yaml:0") })
    }

    @Test func `may name only messages and data files that are there, where those are known`() throws {
        let messages = ["meeting-held-subject", "meeting-held-body", "other-subject", "other-body"]
        let right = try ManifestReader.read(
            Sample.whole, file: "plugin.yaml", messages: messages, dataFiles: ["themes.csv", "unused.csv"])
        #expect(right.notices.count == 2)
        #expect(throws: ConfigurationError.self) {
            try ManifestReader.read(Sample.whole, file: "plugin.yaml", messages: messages, dataFiles: [])
        }
        do throws(ConfigurationError) {
            _ = try ManifestReader.read(Sample.whole, file: "plugin.yaml", messages: Array(messages.dropLast()))
            Issue.record("a message that is not there was taken")
        } catch {
            #expect(error.problems.map(\.code) == [.value])
            #expect(error.description.contains("body of notice \"other\" names \"other-body\""))
        }
    }

    @Test func `may name a message whose key has dots, as message files allow`() throws {
        let manifest = try ManifestReader.read(
            Sample.replacing("body: meeting-held-body", "body: meeting.held-body"), file: "plugin.yaml")
        #expect(manifest.notices.first?.bodyMessage == "meeting.held-body")
        for wrong in ["meeting..body", "Meeting.body", "meeting_body", ".body", "body-", "1body"] {
            let problems = Sample.problems(Sample.replacing("body: meeting-held-body", "body: \(wrong)"))
            #expect(problems.count == 1 && problems[0].contains("joined by single hyphens or dots"), "\(problems)")
        }
    }

    @Test func `names the line of its fault`() {
        let problems = Sample.problems(Sample.replacing("- participants: integer", "- participants: number"))
        let line = Sample.whole.split(separator: "\n", omittingEmptySubsequences: false)
            .firstIndex { $0.contains("participants") }
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("plugin.yaml:\((line ?? 0) + 1):") == true)
    }

    @Test func `that is no mapping, or nothing, is refused`() {
        #expect(Sample.problems("").count == 1)
        #expect(Sample.problems("- a\n- b").first?.contains("must be a mapping") == true)
        #expect(Sample.problems("name: [").count == 1)
    }

    @Test func `shows no direction or control character of its text in a problem`() {
        let problems = Sample.problems(Sample.replacing("name: sample-plugin", "name: \"a\\u202Eb\\n\""))
        #expect(problems.contains { $0.contains("\\u{202e}") && $0.contains("\\u{a}") }, "\(problems)")
    }
}

@Suite struct `The manifests of this repository` {
    static let plugins: [URL] = {
        let plugins = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Plugins").resolvingSymlinksInPath()
        let folders = try? FileManager.default.contentsOfDirectory(
            at: plugins, includingPropertiesForKeys: nil)
        return (folders ?? []).map { $0.appending(path: "plugin.yaml") }.sorted { $0.path < $1.path }
    }()

    @Test func `are found`() { #expect(Self.plugins.count >= 3) }

    @Test(arguments: plugins)
    func `are right`(file: URL) throws {
        #expect(Sample.problems(try String(contentsOf: file, encoding: .utf8)) == [])
    }
}
