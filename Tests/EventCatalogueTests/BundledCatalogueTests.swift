import EventCatalogue
import Testing

/// The program carries its schema files: none is read when it runs.
@Suite struct BundledCatalogueTests {
    @Test func theBundledFilesAreThoseOfTheTree() throws {
        let bundled = try EventCatalogue.bundled()
        let tree = try EventCatalogue(files: Sources.schemaFiles())
        #expect(bundled.types.map(\.name) == tree.types.map(\.name))
        #expect(bundled.types.map(\.schemaText) == tree.types.map(\.schemaText))
    }
}
