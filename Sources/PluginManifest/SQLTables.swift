/// Finds the tables of a query in its tokens.
enum SQLTables {
    /// The names that the query's own WITH defines.
    static func expressions(_ tokens: [SQLToken]) -> [String] {
        var found: [String] = []
        for index in tokens.indices where tokens[index].is("AS") {
            var next = index + 1
            if tokens.indices.contains(next), tokens[next].is("NOT") { next += 1 }
            if tokens.indices.contains(next), tokens[next].is("MATERIALIZED") { next += 1 }
            guard tokens.indices.contains(next), tokens[next].isSymbol("(") else { continue }
            var name = index - 1
            if name >= 0, tokens[name].isSymbol(")") {
                while name >= 0, !tokens[name].isSymbol("(") { name -= 1 }
                name -= 1
            }
            if name >= 0, tokens[name].isName { found.append(tokens[name].text) }
        }
        return found
    }

    private static let endsFrom: Set<String> = [
        "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "UNION", "EXCEPT", "INTERSECT", "WINDOW", "SELECT",
    ]

    /// The tokens that stand where a table must stand: after FROM and JOIN, and after commas of a FROM.
    static func references(_ tokens: [SQLToken]) -> [SQLToken] {
        var found: [SQLToken] = []
        // For each open parenthesis: whether a comma would lead to another table.
        var isInFrom = [false]
        var isTableNext = false
        for (index, token) in tokens.enumerated() {
            if token.isSymbol("(") {
                // `FROM (a JOIN b ...)` begins with a table; `FROM (SELECT ...` does not.
                let opensJoin = isTableNext && !(index + 1 < tokens.count && tokens[index + 1].is("SELECT"))
                isInFrom.append(opensJoin)
                isTableNext = opensJoin
            } else if token.isSymbol(")") {
                if isInFrom.count > 1 { isInFrom.removeLast() }
                isTableNext = false
            } else if token.isSymbol(",") {
                isTableNext = isInFrom[isInFrom.count - 1]
            } else if token.is("FROM"), !(index > 0 && tokens[index - 1].is("DISTINCT") && isComparison(tokens, index))
            {
                isInFrom[isInFrom.count - 1] = true
                isTableNext = true
            } else if token.is("JOIN") {
                isTableNext = true
            } else if token.kind == .word, endsFrom.contains(token.text.uppercased()) {
                isInFrom[isInFrom.count - 1] = false
                isTableNext = false
            } else if isTableNext, token.isName {
                found.append(token)
                isTableNext = false
            }
        }
        return found
    }

    /// `a IS [NOT] DISTINCT FROM b` names no table.
    private static func isComparison(_ tokens: [SQLToken], _ from: Int) -> Bool {
        let before = tokens[..<(from - 1)].suffix(2)
        return before.last?.is("IS") == true || (before.last?.is("NOT") == true && before.first?.is("IS") == true)
    }
}
