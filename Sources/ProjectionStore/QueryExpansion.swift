public import PluginKit

/// Turns a manifest's query into SQL that both stores run: fact tables become what counts (rules 4 and 5).
///
/// A fact table `T` lies in the database as `T`; in the query's text the same name means a common table expression in
/// front of it. So an author cannot forget retractions or the date that was asked.
public enum QueryExpansion {
    /// The table of retractions that every store keeps.
    public static let retractions = "_retraction"

    /// The text to prepare: the query with the expressions it needs in front.
    ///
    /// - Parameter asOf: whether a date was asked; it is then bound to `:as_of`.
    public static func sql(_ query: QueryDefinition, tables: [TableDefinition], asOf: Bool) -> String {
        let words = Set(identifiers(of: query.select))
        var expressions: [String] = []
        for table in tables where table.kind == .facts {
            let name = table.name
            let needed = [name, "\(name)_latest", "\(name)_undated", "\(name)_all"].filter { words.contains($0) }
            guard !needed.isEmpty else { continue }
            let live = "\"\(name)_all\""
            expressions.append(
                """
                \(live) AS (SELECT * FROM "\(storedName(name))" AS fact WHERE NOT EXISTS (SELECT 1 FROM \
                "\(retractions)" AS gone WHERE gone.owner = fact."\(table.owner)" AND gone.source = fact.event_source \
                AND gone.id = fact.event_id))
                """)
            let dated = asOf ? "WHERE effective_start <= :as_of" : ""
            expressions.append("\"\(name)\" AS (SELECT * FROM \(live) \(dated))")
            expressions.append(
                "\"\(name)_undated\" AS (SELECT * FROM \(live) WHERE \(asOf ? "effective_start IS NULL" : "1 = 0"))")
            if words.contains("\(name)_latest") {
                let identity = ([table.owner] + table.identity).map { "\"\($0)\"" }.joined(separator: ", ")
                expressions.append(
                    """
                    "\(name)_latest" AS (SELECT * FROM (SELECT dated.*, ROW_NUMBER() OVER (PARTITION BY \(identity) \
                    ORDER BY CASE WHEN effective_start IS NULL THEN 0 ELSE 1 END DESC, effective_start DESC, \
                    COALESCE(event_time, '') DESC, event_source DESC, event_id DESC, fact_index DESC) AS fact_rank \
                    FROM "\(name)" AS dated) AS ranked WHERE fact_rank = 1)
                    """)
            }
        }
        return expressions.isEmpty ? query.select : prepend(expressions.joined(separator: ",\n"), to: query.select)
    }

    /// Puts our expressions before the author's own: a statement has one WITH.
    private static func prepend(_ expressions: String, to select: String) -> String {
        let words = SQLWords(select)
        guard let first = words.next(), first.text.lowercased() == "with" else {
            return "WITH \(expressions)\n\(select)"
        }
        var rest = first.end
        var keyword = "WITH"
        if let second = words.next(), second.text.lowercased() == "recursive" {
            rest = second.end
            keyword = "WITH RECURSIVE"
        }
        return "\(keyword) \(expressions),\n\(select[rest...])"
    }

    /// The name under which a fact table lies in the database, apart from the name that queries use for it.
    public static func storedName(_ table: String) -> String { "\(table)__facts" }

    /// The names in a query's text that could be tables; strings and comments are skipped.
    static func identifiers(of sql: String) -> [String] {
        let words = SQLWords(sql)
        var found: [String] = []
        while let word = words.next() { found.append(String(word.text)) }
        return found
    }
}
