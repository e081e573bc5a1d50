private import Foundation
import Testing

/// Runs the tool that the build runs, on folders that a plugin's author could have written.
@Suite struct EmbedTests {
    private struct Outcome {
        let status: Int32
        let errors: String
        let files: String
        let messages: String
    }

    /// The least that a manifest says.
    private static let manifest = """
        name: x
        version: 1
        summary: {en: A sample, ar: مثال}
        events: [org.iscm.meeting.held.v1]

        """

    private func embed(_ texts: [String: String], bytes: [String: [UInt8]] = [:]) throws -> Outcome {
        let folder = try Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, content) in bytes.merging(texts.mapValues { Array($0.utf8) }, uniquingKeysWith: { $1 }) {
            let file = folder.appending(path: "plugin/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content).write(to: file)
        }
        return try embed(folder.appending(path: "plugin"), into: folder)
    }

    private static func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "embed-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Runs the tool on a plugin's folder; problems show paths without `folder`, where it writes.
    private func embed(_ plugin: URL, into folder: URL) throws -> Outcome {
        let outputs = ["PluginFiles.swift", "Messages.swift"].map { folder.appending(path: $0) }
        let process = Process()
        // The tool lies beside the tests: this target depends on it.
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "diwan-embed")
        if let bundle = Bundle.allBundles.map(\.bundleURL).first(where: { $0.pathExtension == "xctest" }) {
            process.executableURL = bundle.deletingLastPathComponent().appending(path: "diwan-embed")
        }
        process.arguments = ["plugin", plugin.path()] + outputs.map { $0.path() }
        let pipe = Pipe()
        process.standardError = pipe
        try process.run()
        let errors = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let written = outputs.map { (try? String(contentsOf: $0, encoding: .utf8)) ?? "" }
        return Outcome(
            status: process.terminationStatus,
            errors: String(decoding: errors, as: UTF8.self).replacing(folder.path(), with: ""), files: written[0],
            messages: written[1])
    }

    @Test func aMissingPlaceholderFailsTheBuildNamingFileLineAndKey() throws {
        let outcome = try embed([
            "plugin.yaml": Self.manifest,
            "messages/en.messages": "# Meetings\nmeeting.body = {mechanism}, {date, date}\n",
            "messages/ar.messages": "# اجتماعات\n\nmeeting.body = {mechanism}\n",
        ])
        #expect(outcome.status == 1)
        #expect(
            outcome.errors
                == "/plugin/messages/ar.messages:3: error: meeting.body has no {date}, which en.messages:2 has: add it here, "
                + "or remove it there\n")
        #expect(outcome.files.isEmpty)
    }

    @Test func aMissingLanguageFailsTheBuild() throws {
        let outcome = try embed(["plugin.yaml": Self.manifest, "messages/en.messages": "a = A\n"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("/plugin/messages/ar.messages:1: error: the file is missing"))
    }

    @Test func textThatIsNotUTF8FailsTheBuildNamingTheLine() throws {
        let outcome = try embed(
            ["plugin.yaml": Self.manifest, "messages/ar.messages": "a = A"],
            bytes: ["messages/en.messages": Array("a = A\nb = ".utf8) + [0xFF, 0x0A]])
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("/plugin/messages/en.messages:2: error: this line is not UTF-8"))
    }

    @Test func aFolderWithoutManifestFailsTheBuild() throws {
        #expect(try embed([:]).errors.hasPrefix("/plugin/plugin.yaml:1: error: the file cannot be read"))
    }

    @Test func everyFaultOfAManifestFailsTheBuildNamingFileLineAndColumn() throws {
        let outcome = try embed([
            "plugin.yaml": """
            name: x
            version: 1
            summary: {en: A sample, ar: مثال}
            events: [org.iscm.meeting.held.v1]
            tables:
              - name: meeting
                kind: facts
                owner: mechanism
                columns:
                  - {name: place, type: txt}
              - name: person
                kind: rows
                owner: person
                key: [person]
                columns: {name_ar: text, name_en: text, languages: json, channels: json}
              - name: document
                kind: facts
                owner: mechanism
                colums: {title: text}
            data:
              - {file: theme.csv, table: theme}
            people: person
            queries:
              - name: meetings
                title: {en: Meetings, ar: الاجتماعات}
                visibility: public
                columns: [{name: place, en: Place, ar: المكان}]
                select: SELECT place FROM meetings
            notices:
              - name: document-issued
                subject: document-issued-subject
                body: document-issued-bdy
              - {name: other, subject: other.subject, body: elsewhere}

            """,
            "data/themes.csv": "slug\n",
            "messages/en.messages": "document-issued-subject = New\ndocument-issued-body = A\nother.subject = B\n",
            "messages/ar.messages": "document-issued-subject = جديد\ndocument-issued-body = أ\n",
        ])
        #expect(outcome.status == 1)
        #expect(outcome.files.isEmpty && outcome.messages.isEmpty)
        let lines = outcome.errors.split(separator: "\n")
        let expected: [(place: String, what: String)] = [
            ("plugin.yaml:10:29", "must be one of text, integer, real, boolean, json; did you mean \"text\"?"),
            ("plugin.yaml:19:5", "unknown key \"colums\" in a table; did you mean \"columns\"?"),
            ("plugin.yaml:21:12", "no file \"theme.csv\" in the plugin's folder data; did you mean \"themes.csv\"?"),
            ("plugin.yaml:28:13", "did you mean \"meeting\"?"),
            (
                "plugin.yaml:32:11",
                "body of notice \"document-issued\" names \"document-issued-bdy\", which is no message of the plugin; "
                    + "did you mean \"document-issued-body\"?"
            ),
            ("plugin.yaml:33:49", "names \"elsewhere\", which is no message of the plugin; write it in ar.messages"),
            // One language lacks it: said once, where it has to be written, and not of the notice again.
            ("messages/ar.messages:2", "other.subject is missing"),
        ]
        try #require(lines.count == expected.count, "\(outcome.errors)")
        for (line, (place, what)) in zip(lines, expected) {
            #expect(line.hasPrefix("/plugin/\(place): error: "))
            #expect(line.contains(what))
        }
    }

    @Test func aNoticeOfAPluginWithoutMessagesFailsTheBuild() throws {
        let people = """
            tables:
              - {name: p, kind: rows, owner: p, key: [p], columns: {name_ar: text, name_en: text, languages: json, channels: json}}
            people: p
            notices: [{name: n, subject: n-subject, body: n-body}]

            """
        let outcome = try embed(["plugin.yaml": Self.manifest + people])
        #expect(outcome.status == 1)
        #expect(outcome.errors.split(separator: "\n").count == 2)
        #expect(outcome.errors.contains("names \"n-body\", which is no message of the plugin; write it in ar.messages"))
    }

    @Test func aManifestThatIsNotYAMLFailsTheBuild() throws {
        let outcome = try embed(["plugin.yaml": "name: [\n"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("/plugin/plugin.yaml:2:1: error: "))
    }

    @Test(arguments: ["MechanismDirectory", "Notifications", "ImrfDigest", "WorkloadW1"])
    func aPluginOfThisRepositoryPasses(name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = try Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let outcome = try embed(root.appending(path: "Plugins/\(name)"), into: folder)
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        #expect(!outcome.files.isEmpty && !outcome.messages.isEmpty)
    }

    @Test func aPluginsFilesBecomeConstants() throws {
        let outcome = try embed([
            "plugin.yaml": "# \"\"\"#\n" + Self.manifest, "data/b.csv": "1,\\2\r\n", "data/a.csv": "",
            "data/ignored.txt": "",
            "messages/ar.messages": "a = أ {x}\n", "messages/en.messages": "a = A {x}\n",
        ])
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        #expect(outcome.files.contains("##\"\"\"\n# \"\"\"#\n\(Self.manifest)\n\"\"\"##"))
        #expect(outcome.files.contains("\"b.csv\":\n#\"\"\"\n1,\\2\\#u{d}\n\n\"\"\"#"))
        let order = try ["\"a.csv\"", "\"b.csv\""].map { try #require(outcome.files.range(of: $0)).lowerBound }
        #expect(order == order.sorted())
        #expect(!outcome.files.contains("ignored.txt"))
        #expect(outcome.messages.contains("public static func a(x: MessageText) -> MessageReference"))
    }

    @Test func theSameFolderGivesTheSameBytes() throws {
        let texts = [
            "plugin.yaml": Self.manifest, "data/a.csv": "1", "data/b.csv": "2", "data/c.csv": "3",
            "messages/ar.messages": "a = أ\nb = ب", "messages/en.messages": "b = B\na = A",
        ]
        let (first, second) = (try embed(texts), try embed(texts))
        #expect(first.files == second.files)
        #expect(first.messages == second.messages)
        #expect(!first.files.isEmpty)
    }
}
