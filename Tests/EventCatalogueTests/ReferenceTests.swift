// Our checker beside valijson, an independent one: thousands of good and bad values, made from the schema files'
// examples and from the suite's tests by seeded mutation. Where the verdicts differ, draft 7's text decides: every
// difference stands in Lists/valijson-differences.json, which quotes it.
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
        /// Differences that vanish when whole numbers are written as such.
        var wholeNumbers = 0
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
        guard ours != theirs else { return }
        // valijson takes 1.0 and 1e3 for no integers. Draft 7 (validation, 6.1.1): "integer" matches any number with a
        // zero fractional part. So the verdicts must agree once such numbers are written without point and exponent.
        if reference.accepts(value.canonicalJSON()) == ours {
            tally.wholeNumbers += 1
        } else {
            tally.differences.insert(Difference(schema: name, data: text, ours: ours))
        }
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
                for round in 0..<60 {
                    var document = JSON(seeds[round % seeds.count])
                    for _ in 0..<(round / seeds.count) { document = document.mutated(&random) }
                    try compare(name, schema, reference, document, &tally)
                }
            }
        }
        #expect(tally.valid > 1_000 && tally.invalid > 1_000, "good and bad ones: \(tally.valid), \(tally.invalid)")
        let known = listed.members.flatMap { name, entry in
            (entry["data"]?.elements.compactMap(\.string) ?? []).map { "\(name): \($0)" }
        }
        let found = tally.differences.map { "\($0.schema): \($0.data)" }
        #expect(Set(found).subtracting(known).sorted() == [], "differ, but draft 7's text is not quoted in the list")
        #expect(Set(known).subtracting(found).sorted() == [], "listed, but the verdicts are the same")
        #expect(listed.members.allSatisfy { $0.1["why"]?.string?.hasPrefix("Draft 7, ") == true })
    }
}

private let suiteFolder = "/usr/share/json-schema-test-suite/tests/draft7"
