/// The language of a text that a person reads.
public enum DocumentLanguage: String, Sendable, CaseIterable {
    case arabic = "ar"
    case english = "en"
}

/// The form a document is asked for in.
public enum DocumentFormat: String, Sendable, CaseIterable {
    case text
    case json
}

/// What the runtime hands to `Plugin.render`: the document's name, its parameters and the results of its queries.
public struct DocumentRequest: Sendable {
    /// The document's name in the manifest.
    public let document: String
    /// Parameters by the names that the manifest declares.
    public let parameters: [String: String]
    /// The results of the document's queries by query name, all read in one snapshot.
    public let results: [String: ResultTable]
    public let language: DocumentLanguage
    public let format: DocumentFormat
    /// How many events of the document's owner are parked, so that the document can say so (rule 29).
    public let parkedEvents: Int

    public init(
        document: String, parameters: [String: String], results: [String: ResultTable], language: DocumentLanguage,
        format: DocumentFormat, parkedEvents: Int
    ) {
        self.document = document
        self.parameters = parameters
        self.results = results
        self.language = language
        self.format = format
        self.parkedEvents = parkedEvents
    }
}

/// The result of a query: named columns and rows of cells.
public struct ResultTable: Sendable, Equatable {
    public let columns: [String]
    public let rows: [[Cell]]

    public init(columns: [String], rows: [[Cell]]) {
        self.columns = columns
        self.rows = rows
    }

    /// The cell of `row` under `column`; null where there is no such column.
    public func cell(_ row: Int, _ column: String) -> Cell {
        guard let index = columns.firstIndex(of: column) else { return .null }
        return rows[row][index]
    }
}
