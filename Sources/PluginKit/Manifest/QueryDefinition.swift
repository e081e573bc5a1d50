/// A named query over the plugin's tables, in the subset of SQL that both stores run.
///
/// In its text a fact table stands for the facts that count: not retracted, and effective by `:as_of` when a date is
/// asked. `TABLE_undated` stands for those that such a date leaves out because theirs is unknown, `TABLE_latest` for
/// the last by rule 4's order for each owner and `identity`, and `TABLE_all` for all of them whatever date is asked
/// (statements such as figures). `:as_of` and the query's own parameters may stand as named parameters.
public struct QueryDefinition: Sendable {
    public enum Visibility: String, Sendable, CaseIterable {
        case `public`, secretariat, personal
    }

    public let name: String
    public let title: LocalizedText
    public let visibility: Visibility
    public let columns: [QueryColumn]
    /// Names of parameters besides `as_of`.
    public let parameters: [String]
    public let select: String
    /// Whether `diwan projection show` offers it; otherwise it only serves documents.
    public let isListed: Bool

    public init(
        name: String, title: LocalizedText, visibility: Visibility, columns: [QueryColumn], parameters: [String],
        select: String, isListed: Bool = true
    ) {
        self.name = name
        self.title = title
        self.visibility = visibility
        self.columns = columns
        self.parameters = parameters
        self.select = select
        self.isListed = isListed
    }
}

/// A column of a query's result.
public struct QueryColumn: Sendable, Equatable {
    public let name: String
    public let heading: LocalizedText
    /// The language in which the column is shown; nil for columns that show in both. A table in Arabic leaves out
    /// the English columns and the other way round; JSON and CSV keep all.
    public let language: DocumentLanguage?

    public init(name: String, heading: LocalizedText, language: DocumentLanguage? = nil) {
        self.name = name
        self.heading = heading
        self.language = language
    }
}

/// A document that the plugin renders from queries read in one snapshot.
public struct DocumentDefinition: Sendable, Equatable {
    public let name: String
    public let title: LocalizedText
    /// The names of its parameters, in the order in which the command line takes them.
    public let parameters: [String]
    /// The names of the queries whose results it needs; each takes the document's parameters by name.
    public let queries: [String]

    public init(name: String, title: LocalizedText, parameters: [String], queries: [String]) {
        self.name = name
        self.title = title
        self.parameters = parameters
        self.queries = queries
    }
}
