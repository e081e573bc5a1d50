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

    private func embed(_ texts: [String: String], bytes: [String: [UInt8]] = [:]) throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "embed-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for (name, content) in bytes.merging(texts.mapValues { Array($0.utf8) }, uniquingKeysWith: { $1 }) {
            let file = folder.appending(path: "plugin/\(name)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(content).write(to: file)
        }
        let outputs = ["PluginFiles.swift", "Messages.swift"].map { folder.appending(path: $0) }
        let process = Process()
        // The tool lies beside the tests: this target depends on it.
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "diwan-embed")
        if let bundle = Bundle.allBundles.map(\.bundleURL).first(where: { $0.pathExtension == "xctest" }) {
            process.executableURL = bundle.deletingLastPathComponent().appending(path: "diwan-embed")
        }
        process.arguments = ["plugin", folder.appending(path: "plugin").path()] + outputs.map { $0.path() }
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
            "plugin.yaml": "name: x\n",
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
        let outcome = try embed(["plugin.yaml": "name: x\n", "messages/en.messages": "a = A\n"])
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("/plugin/messages/ar.messages:1: error: the file is missing"))
    }

    @Test func textThatIsNotUTF8FailsTheBuildNamingTheLine() throws {
        let outcome = try embed(
            ["plugin.yaml": "name: x\n", "messages/ar.messages": "a = A"],
            bytes: ["messages/en.messages": Array("a = A\nb = ".utf8) + [0xFF, 0x0A]])
        #expect(outcome.status == 1)
        #expect(outcome.errors.hasPrefix("/plugin/messages/en.messages:2: error: this line is not UTF-8"))
    }

    @Test func aFolderWithoutManifestFailsTheBuild() throws {
        #expect(try embed([:]).errors.hasPrefix("/plugin/plugin.yaml:1: error: the file cannot be read"))
    }

    @Test func aPluginsFilesBecomeConstants() throws {
        let outcome = try embed([
            "plugin.yaml": "name: \"x\" # \"\"\"#\n", "data/b.csv": "1,\\2\r\n", "data/a.csv": "",
            "data/ignored.txt": "",
            "messages/ar.messages": "a = أ {x}\n", "messages/en.messages": "a = A {x}\n",
        ])
        #expect(outcome.status == 0)
        #expect(outcome.errors.isEmpty)
        #expect(outcome.files.contains("##\"\"\"\nname: \"x\" # \"\"\"#\n\n\"\"\"##"))
        #expect(outcome.files.contains("\"b.csv\":\n#\"\"\"\n1,\\2\\#u{d}\n\n\"\"\"#"))
        let order = try ["\"a.csv\"", "\"b.csv\""].map { try #require(outcome.files.range(of: $0)).lowerBound }
        #expect(order == order.sorted())
        #expect(!outcome.files.contains("ignored.txt"))
        #expect(outcome.messages.contains("public static func a(x: MessageText) -> MessageReference"))
    }

    @Test func theSameFolderGivesTheSameBytes() throws {
        let texts = [
            "plugin.yaml": "x", "data/a.csv": "1", "data/b.csv": "2", "data/c.csv": "3",
            "messages/ar.messages": "a = أ\nb = ب", "messages/en.messages": "b = B\na = A",
        ]
        let (first, second) = (try embed(texts), try embed(texts))
        #expect(first.files == second.files)
        #expect(first.messages == second.messages)
        #expect(!first.files.isEmpty)
    }
}
