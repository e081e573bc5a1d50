import Configuration

/// Holds a query against the subset of SQL that both stores run, as far as a reader of tokens can tell: one SELECT,
/// known tables, known parameters, functions that both stores have with the same meaning.
struct SelectChecker {
    private let text: String
    private let tokens: [SQLToken]
    private let place: SourcePlace
    private let subject: String
    private let known: TableNames
    private let parameters: [String]
    private let problems: ProblemList

    /// Nil, with a problem, when the node is no text.
    init?(_ fields: Fields, _ node: YAMLNode, known: TableNames, parameters: [String]) {
        guard let text = fields.text(node, as: "select of \(fields.subject)") else { return nil }
        self.text = text
        tokens = SQLTokens.of(text)
        place = node.place
        subject = fields.subject
        self.known = known
        self.parameters = parameters
        problems = fields.problems
    }

    /// The query's text; its problems are reported, not thrown, so that reading goes on.
    func check() -> String {
        for token in tokens where token.kind == .fault { report(token, "has a quote that never ends") }
        guard let first = tokens.first, first.is("SELECT") || first.is("WITH") else {
            report(tokens.first, "must be one SELECT (or WITH ... SELECT)")
            return text
        }
        checkWords()
        checkTables()
        checkFunctions()
        checkParameters()
        return text
    }

    // MARK: Checks

    private static let forbidden: Set<String> = [
        "INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "DROP", "CREATE", "ALTER", "ATTACH", "PRAGMA", "VACUUM",
        "TRUNCATE", "GRANT", "COPY",
    ]
    private static let oneStoreOnly: [String: String] = [
        "ILIKE": "use LOWER(...) LIKE", "GLOB": "use LIKE", "REGEXP": "use LIKE", "SIMILAR": "use LIKE",
        "LATERAL": "use a join", "ISNULL": "use IS NULL", "NOTNULL": "use IS NOT NULL",
    ]

    private func checkWords() {
        for token in tokens where token.kind == .word {
            let word = token.text.uppercased()
            if Self.forbidden.contains(word) {
                report(token, "must only read, and says \(word); a column of that name needs double quotes")
            } else if let instead = Self.oneStoreOnly[word] {
                report(token, "says \(word), which not both stores have; \(instead)")
            }
        }
        for token in tokens where token.kind == .symbol {
            switch token.text {
            case ";": report(token, "must be one statement without a semicolon")
            case "::": report(token, "casts with ::, which SQLite lacks; write CAST(x AS type)")
            case "?", "$", "@", "#": report(token, "has \(token.text); parameters are written :name")
            case "[", "]", "`": report(token, "has \(token.text); names are quoted with double quotes")
            default: break
            }
        }
    }

    private func checkTables() {
        let tables = known.names + SQLTables.expressions(tokens)
        for token in SQLTables.references(tokens) where !tables.contains(token.text) {
            let hint = Wording.hint(token.text, among: tables, plural: "tables")
            report(token, "takes rows from \(Wording.quoted(token.text)), which the manifest does not declare; \(hint)")
        }
    }

    private static let functions: Set<String> = [
        "COUNT", "SUM", "MIN", "MAX", "AVG", "COALESCE", "NULLIF", "LOWER", "UPPER", "LENGTH",
        "SUBSTR", "REPLACE", "TRIM", "LTRIM", "RTRIM", "ABS", "ROUND", "CAST", "ROW_NUMBER", "RANK", "DENSE_RANK",
        "NTILE", "LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE",
    ]
    private static let beforeParenthesis: Set<String> = [
        "ALL", "AND", "AS", "BETWEEN", "BY", "CASE", "DISTINCT", "ELSE", "EXCEPT", "EXISTS", "FILTER", "FROM", "HAVING",
        "IN", "INTERSECT", "JOIN", "LIKE", "LIMIT", "MATERIALIZED", "NOT", "OFFSET", "ON", "OR", "OVER", "SELECT",
        "THEN", "UNION", "USING", "VALUES", "WHEN", "WHERE",
    ]

    private func checkFunctions() {
        let expressions = SQLTables.expressions(tokens)
        for (token, following) in zip(tokens, tokens.dropFirst())
        where token.kind == .word && following.isSymbol("(") && !expressions.contains(token.text) {
            let word = token.text.uppercased()
            guard !Self.functions.contains(word), !Self.beforeParenthesis.contains(word) else { continue }
            let hint = Wording.hint(word, among: Self.functions.sorted(), plural: "functions that both have")
            report(token, "calls \(word), which not both stores have with the same meaning; \(hint)")
        }
    }

    private func checkParameters() {
        let names = parameters + ["as_of"]
        for token in tokens where token.kind == .parameter && !names.contains(token.text) {
            let hint = Wording.hint(token.text, among: names, plural: "parameters")
            report(token, "uses the parameter :\(token.text), which is not declared; \(hint)")
        }
        for parameter in parameters where !tokens.contains(where: { $0.kind == .parameter && $0.text == parameter }) {
            report(nil, "declares the parameter \"\(parameter)\" and does not use it; use :\(parameter) or remove it")
        }
    }

    // MARK: Places

    private func report(_ token: SQLToken?, _ message: String) {
        problems.add(.value, place(of: token), "select of \(subject) \(message)")
    }

    /// Block text (`|`) begins on the line after its sign; shorter text lies on the line of its place.
    private func place(of token: SQLToken?) -> SourcePlace {
        guard let token, text.contains("\n"), case .file(let name, let line, _) = place else { return place }
        return .file(name, line: line + 1 + token.line, column: 1)
    }
}
