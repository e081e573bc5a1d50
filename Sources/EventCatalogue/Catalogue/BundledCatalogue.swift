extension EventCatalogue {
    /// The catalogue of the schema files that are embedded in the program.
    ///
    /// - Throws: `CatalogueError` when a schema file is not one that we support: a fault that a test finds first.
    public static func bundled() throws(CatalogueError) -> EventCatalogue {
        try EventCatalogue(files: EmbeddedSchemas.files)
    }
}
