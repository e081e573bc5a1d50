// Our checker beside valijson, an independent one: thousands of good and bad values, made from the schema files'
// examples and from the suite's tests by seeded mutation. Where the verdicts differ, draft 7's text decides: every
// difference belongs to a group of Lists/valijson-differences.json that quotes it.
import CSchemaReference
import EventCatalogue
import Foundation
import PluginKit
import Testing

@Suite struct ReferenceTests {
    /// valijson's program for a schema.
    final class Reference {
        private let handle: UnsafeMutableRawPointer

        init?(_ schema: String) {
            var message: UnsafeMutablePointer<CChar>?
            defer { csr_free_text(message) }
            guard let handle = csr_compile(schema, &message) else { return nil }
            self.handle = handle
        }

        deinit { csr_free(handle) }

        /// Nil where it cannot read the document.
        func accepts(_ document: String) -> Bool? {
            switch csr_check(handle, document) {
            case 1: true
            case 0: false
            default: nil
            }
        }
    }

    struct Difference: Hashable, CustomStringConvertible {
        let schema: String
        let data: String
        let ours: Bool
        var description: String { "\(schema): \(data): ours \(ours ? "valid" : "invalid")" }
    }

    struct Tally {
        var valid = 0
        var invalid = 0
        var differences: Set<Difference> = []
    }

    /// The same document to both.
    func compare(_ name: String, _ schema: JSONSchema, _ reference: Reference, _ document: JSON, _ tally: inout Tally)
        throws
    {
        let text = document.description
        var parser = JSONParser()
        let value = try parser.parse(text)
        let ours = (try? schema.check(value)) != nil
        guard let theirs = reference.accepts(text) else { return }
        if ours { tally.valid += 1 } else { tally.invalid += 1 }
        if ours != theirs { tally.differences.insert(Difference(schema: name, data: text, ours: ours)) }
    }

    @Test func onGeneratedEventsTheVerdictsAreTheSame() throws {
        let catalogue = try #require(Sources.catalogue)
        var random = SeededGenerator(seed: 7)
        var tally = Tally()
        for type in catalogue.types {
            let reference = try #require(Reference(type.schemaText), "\(type.name)")
            let seeds = type.examples + type.counterExamples.map(\.data)
            for round in 0..<200 {
                var document = JSON(seeds[round % seeds.count])
                for _ in 0..<(round / seeds.count == 0 ? 0 : Int.random(in: 1...3, using: &random)) {
                    document = document.mutated(&random)
                }
                try compare(type.name, type.schema, reference, document, &tally)
            }
        }
        #expect(tally.valid > 1_000 && tally.invalid > 1_000, "good and bad ones: \(tally.valid), \(tally.invalid)")
        #expect(tally.differences.isEmpty, "\(tally.differences)")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: suiteFolder), "needs json-schema-test-suite"))
    func onTheSuitesSchemasEveryDifferenceIsListed() throws {
        let listed = try Sources.list("valijson-differences.json")
        var random = SeededGenerator(seed: 8)
        var met: Set<String> = []
        var tally = Tally()
        let files = try FileManager.default.contentsOfDirectory(atPath: suiteFolder).filter { $0.hasSuffix(".json") }
        for file in files.sorted() {
            var parser = JSONParser()
            let groups = try parser.parse(String(contentsOfFile: "\(suiteFolder)/\(file)", encoding: .utf8))
            for group in groups.elements {
                let name = "\(file): \(group["description"]?.string ?? "")"
                let text = try #require(group.members.first { $0.0 == "schema" }?.1)
                guard let schema = try? JSONSchema(text), let reference = Reference(text.canonicalJSON()) else {
                    continue
                }
                let seeds = try (group["tests"]?.elements.map { $0 } ?? []).map { test in
                    try #require(test.members.first { $0.0 == "data" }?.1)
                }
                let before = tally.differences.count
                for round in 0..<60 {
                    var document = JSON(seeds[round % seeds.count])
                    for _ in 0..<(round / seeds.count) { document = document.mutated(&random) }
                    try compare(name, schema, reference, document, &tally)
                }
                if tally.differences.count > before { met.insert(name) }
            }
        }
        #expect(tally.valid > 1_000 && tally.invalid > 1_000, "good and bad ones: \(tally.valid), \(tally.invalid)")
        for difference in tally.differences.sorted(by: { $0.description < $1.description }) {
            #expect(listed[name: difference.schema] != nil, "\(difference)")
        }
        #expect(
            Set(listed.members.map { String($0.0) }).subtracting(met).isEmpty, "listed, but the verdicts are the same")
    }
}

private let suiteFolder = "/usr/share/json-schema-test-suite/tests/draft7"
