import Configuration
import PluginKit

/// Reads `queries`.
enum QueryReader {
    private static let fields = ["name", "title", "visibility", "columns", "parameters", "select", "listed"]

    static func read(_ root: Fields, known: TableNames) -> [QueryDefinition] {
        var unique = UniqueNames("query")
        var queries: [QueryDefinition] = []
        for node in root.elements("queries") {
            guard let fields = Fields(node, "a query", known: fields, root.problems),
                let name = fields.name("name", .kebab, example: "mechanisms-by-type")
            else { continue }
            unique.add(name, at: fields.place(of: "name"), root.problems)
            if let query = query(name, Fields(fields, subject: "query \"\(name)\""), known) { queries.append(query) }
        }
        return queries
    }

    private static func query(_ name: String, _ fields: Fields, _ known: TableNames) -> QueryDefinition? {
        let title = fields.localized("title")
        let visibility: QueryDefinition.Visibility? = fields.choice("visibility", example: "public")
        let columns = columns(fields)
        let parameters = fields.names("parameters", .column)
        for (parameter, place) in parameters where parameter == "as_of" {
            fields.problems.add(.value, place, "every query of facts knows :as_of by itself; remove it from parameters")
        }
        let isListed = fields.flag("listed", default: true)
        let select = fields.required("select", example: "SELECT ...").flatMap {
            SelectChecker(fields, $0, known: known, parameters: parameters.map(\.name))?.check()
        }
        guard let title, let visibility, let select else { return nil }
        return QueryDefinition(
            name: name, title: title, visibility: visibility, columns: columns, parameters: parameters.map(\.name),
            select: select, isListed: isListed)
    }

    private static func columns(_ fields: Fields) -> [QueryColumn] {
        guard fields.required("columns", example: "[{name: mech_type, en: Type, ar: النوع}]") != nil else { return [] }
        var unique = UniqueNames("column")
        var columns: [QueryColumn] = []
        let nodes = fields.elements("columns")
        if nodes.isEmpty {
            fields.problems.add(.value, fields.place(of: "columns"), "\(fields.subject) needs at least one column")
        }
        for node in nodes {
            let known = ["name", "en", "ar", "language"]
            guard let column = Fields(node, "a column of \(fields.subject)", known: known, fields.problems),
                let name = column.name("name", .column, example: "mech_type")
            else { continue }
            unique.add(name, at: column.place(of: "name"), fields.problems)
            let named = Fields(column, subject: "column \"\(name)\" of \(fields.subject)")
            var language: DocumentLanguage?
            if let node = named.node("language") { language = named.choice(node, "language of \(named.subject)") }
            guard let heading = named.bothLanguages() else { continue }
            columns.append(QueryColumn(name: name, heading: heading, language: language))
        }
        return columns
    }
}

/// Reads `documents`.
enum DocumentReader {
    static func read(_ root: Fields, queries: [QueryDefinition]) -> [DocumentDefinition] {
        var unique = UniqueNames("document")
        var documents: [DocumentDefinition] = []
        let known = ["name", "title", "parameters", "queries"]
        let declared = root.elements("queries").compactMap { $0["name"]?.text }
        for node in root.elements("documents") {
            guard let fields = Fields(node, "a document", known: known, root.problems),
                let name = fields.name("name", .kebab, example: "digest")
            else { continue }
            unique.add(name, at: fields.place(of: "name"), root.problems)
            let named = Fields(fields, subject: "document \"\(name)\"")
            let title = named.localized("title")
            let parameters = named.names("parameters", .column)
            _ = named.required("queries", example: "[\(name)-items]")
            let used = named.names("queries", .kebab)
            for (query, place) in used { check(query, place, named, parameters.map(\.name), queries, declared) }
            guard let title else { continue }
            documents.append(
                DocumentDefinition(
                    name: name, title: title, parameters: parameters.map(\.name), queries: used.map(\.name)))
        }
        return documents
    }

    private static func check(
        _ name: String, _ place: SourcePlace, _ fields: Fields, _ parameters: [String], _ queries: [QueryDefinition],
        _ declared: [String]
    ) {
        guard let query = queries.first(where: { $0.name == name }) else {
            // A query that is declared but wrong has its own problems already.
            if declared.contains(name) { return }
            let hint = Wording.hint(name, among: declared, plural: "queries")
            fields.problems.add(
                .value, place, "\(fields.subject) needs the query \"\(name)\", which is not declared; \(hint)")
            return
        }
        for parameter in query.parameters where !parameters.contains(parameter) {
            fields.problems.add(
                .value, place,
                "query \"\(name)\" takes the parameter \"\(parameter)\", which \(fields.subject) does not have; "
                    + "add it to its parameters")
        }
    }
}
