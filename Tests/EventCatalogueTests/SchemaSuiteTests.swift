// The keywords that are supported pass their files of Debian's json-schema-test-suite. What is skipped stands in
// Lists/suite-skipped.json with its reason, and must be refused when it is loaded: nothing is skipped that we would take.
import EventCatalogue
import Foundation
import PluginKit
import Testing

/// Installed by Debian's json-schema-test-suite.
private let folder = "/usr/share/json-schema-test-suite/tests/draft7"

@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder), "needs json-schema-test-suite"))
struct SchemaSuiteTests {
    static let files: [String] = {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".json") }.sorted()
    }()

    /// "file" or "file: group" to the reason.
    static let skipped: [String: String] = {
        let list = (try? Sources.list("suite-skipped.json"))?.members.map { (String($0.0), $0.1.string ?? "") } ?? []
        return Dictionary(list, uniquingKeysWith: { first, _ in first })
    }()

    @Test(arguments: files) func everyVerdictIsTheSuites(_ file: String) throws {
        let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
        var parser = JSONParser()
        let groups: Value
        do {
            groups = try parser.parse(text)
        } catch {
            #expect(Self.skipped[file] != nil, "\(file): \(error)")
            return
        }
        #expect(groups.count > 0)
        for group in groups.elements {
            let name = "\(file): \(group["description"]?.string ?? "")"
            let schema: JSONSchema
            do {
                schema = try JSONSchema(#require(group.members.first { $0.0 == "schema" }?.1))
            } catch {
                #expect(Self.skipped[file] != nil || Self.skipped[name] != nil, "\(name): \(error)")
                continue
            }
            #expect(Self.skipped[file] == nil && Self.skipped[name] == nil, "\(name) is skipped but would be taken")
            for test in group["tests"]?.elements.map({ $0 }) ?? [] {
                let data = try #require(test.members.first { $0.0 == "data" }?.1)
                let isValid = (try? schema.check(data)) != nil
                #expect(isValid == test["valid"]?.bool, "\(name): \(test["description"]?.string ?? "")")
            }
        }
    }

    @Test func theSuiteIsThereAndTheListNamesOnlyItsFiles() {
        #expect(Self.files.count > 40)
        for name in Self.skipped.keys {
            #expect(Self.files.contains(String(name.prefix { $0 != ":" })), "\(name)")
        }
    }
}
