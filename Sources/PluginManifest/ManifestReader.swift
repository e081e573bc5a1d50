public import Configuration
public import PluginKit

/// Reads `plugin.yaml` into a `Manifest`, and says everything that is wrong with it at once, each with file and line.
///
/// It knows nothing of event types or stores: what names those is checked where they are known. Of the plugin's folder
/// it knows what it is told.
public enum ManifestReader {
    /// Reads the text of a manifest.
    ///
    /// - Parameters:
    ///   - file: the name that problems show.
    ///   - messages: the keys of the plugin's messages, which notices may name; nil leaves that unchecked.
    ///   - dataFiles: the names of the CSV files in the plugin's folder `data`; nil leaves unchecked whether those that
    ///     the manifest names are there.
    /// - Throws: every problem found, in the order of the file.
    public static func read(
        _ yaml: String, file: String, messages: [String]? = nil, dataFiles: [String]? = nil
    ) throws(ConfigurationError) -> Manifest {
        let document = try YAMLDocument.parse(yaml, file: file)
        let problems = ProblemList()
        let manifest = manifest(document, problems, messages: messages, dataFiles: dataFiles)
        if let error = problems.error { throw error }
        guard let manifest else {
            throw ConfigurationError(
                ConfigurationProblem(
                    .specification, at: .wholeFile(file), "could not be read, for no reason given; please report this"))
        }
        return manifest
    }

    private static let fields = [
        "name", "version", "summary", "events", "tables", "data", "people", "queries", "documents", "notices",
    ]

    private static func manifest(
        _ node: YAMLNode, _ problems: ProblemList, messages: [String]?, dataFiles: [String]?
    ) -> Manifest? {
        guard let root = Fields(node, "the manifest", known: fields, problems) else { return nil }
        let name = root.name("name", .kebab, example: "mechanism-directory")
        let version = root.integer("version", 1...Int(Int32.max), example: "1")
        let summary = root.localized("summary")
        let events = SubscriptionReader.read(root)
        let tables = TableReader.read(root)
        let data = DataFileReader.read(root, tables: tables, present: dataFiles)
        let people = PeopleReader.read(root, tables: tables)
        let known = TableNames(tables: tables, data: data)
        let queries = QueryReader.read(root, known: known)
        let documents = DocumentReader.read(root, queries: queries)
        let notices = NoticeReader.read(root, messages: messages)
        if !notices.isEmpty, people == nil, root.node("people") == nil {
            problems.add(
                .missing, root.place(of: "notices"),
                "notices need `people`: the table of kind rows where sending looks up a recipient; write people: person"
            )
        }
        guard let name, let version, let summary else { return nil }
        return Manifest(
            name: name, version: version, summary: summary, events: events, tables: tables, data: data,
            queries: queries, documents: documents, peopleTable: people, notices: notices)
    }
}
