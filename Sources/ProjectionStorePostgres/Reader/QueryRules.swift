import ProjectionStore

/// What a manifest's query may name: the plugin's tables, and functions that give the same on every run in every
/// store. The server refuses changes by itself, because the transaction only reads.
enum QueryRules {
    /// - Throws: `.query`.
    static func check(_ author: [QueryToken]) throws(StoreError) {
        let tokens = author.filter { $0.kind != .gap }
        guard let first = tokens.first, first.isWord("select") || first.isWord("with") || first.isWord("values") else {
            throw StoreError(.query, "it has to be one SELECT")
        }
        for (index, token) in tokens.enumerated() where !token.name.isEmpty {
            let name = token.name.lowercased()
            // The runtime's tables hold records of people and of others.
            guard !name.hasPrefix("_") || name == QueryExpansion.retractions, !name.hasPrefix("pg_"),
                name != "information_schema", !refusedWords.contains(name) || token.kind == .quotedName
            else { throw StoreError(.query, "'\(token.text)' is not for queries") }
            guard index + 1 < tokens.count, tokens[index + 1].isSymbol("(") else { continue }
            let isKnown =
                functions.contains(name) || (token.kind == .word && keywords.contains(name))
                || (index > 0 && tokens[index - 1].isWord("as")) || namesExpression(tokens, at: index)
            guard isKnown else {
                throw StoreError(
                    .query,
                    "'\(token.text)' is not among the functions that every store knows and that give the same on "
                        + "every run")
            }
        }
    }

    /// Whether the word is a common table expression with a list of columns: `name (a, b) AS (SELECT`.
    private static func namesExpression(_ tokens: [QueryToken], at index: Int) -> Bool {
        var at = index + 2
        while at < tokens.count, !tokens[at].isSymbol(")") {
            guard !tokens[at].name.isEmpty || tokens[at].isSymbol(",") else { return false }
            at += 1
        }
        at += 1
        guard at < tokens.count, tokens[at].isWord("as") else { return false }
        at += 1
        while at < tokens.count, tokens[at].isWord("not") || tokens[at].isWord("materialized") { at += 1 }
        guard at + 1 < tokens.count, tokens[at].isSymbol("(") else { return false }
        // A function in FROM may be followed by AS and columns too, but none of those is called SELECT.
        let body = tokens[at + 1]
        return body.isWord("select") || body.isWord("with") || body.isWord("values") || body.isSymbol("(")
    }

    private static let functions: Set<String> = [
        "abs", "avg", "cast", "coalesce", "count", "cume_dist", "dense_rank", "first_value", "lag", "last_value",
        "lead", "length", "lower", "ltrim", "max", "min", "nth_value", "ntile", "nullif", "percent_rank", "rank",
        "replace", "round", "row_number", "rtrim", "substr", "substring", "sum", "trim", "upper",
    ]

    private static let keywords: Set<String> = [
        "all", "and", "as", "between", "by", "case", "distinct", "else", "escape", "except", "exists", "filter", "from",
        "group", "having", "in", "intersect", "join", "like", "limit", "materialized", "not", "offset", "on", "or",
        "order", "over", "partition", "recursive", "select", "then", "union", "using", "values", "when", "where",
        "with",
    ]

    /// Functions that are called without parentheses.
    private static let refusedWords: Set<String> = [
        "current_catalog", "current_date", "current_role", "current_schema", "current_time", "current_timestamp",
        "current_user", "localtime", "localtimestamp", "session_user", "system_user", "user", "ctid", "xmin", "xmax",
        "cmin", "cmax", "tableoid", "tablesample",
    ]
}
