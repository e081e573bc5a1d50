import PluginKit

/// A row of a query's result by the names of its columns. Text loses its direction controls here, before it goes
/// anywhere else.
struct ResultRow {
    private let table: ResultTable
    private let row: Int

    static func rows(_ request: DocumentRequest, _ query: String) throws -> [ResultRow] {
        guard let table = request.results[query] else {
            throw Refusal(
                reason: "result-missing",
                detail: "the digest needs the result of the query \(query), and was given none")
        }
        return table.rows.indices.map { ResultRow(table: table, row: $0) }
    }

    func text(_ column: String) -> String? {
        guard let text = table.cell(row, column).string.map(clean), !text.isEmpty else { return nil }
        return text
    }

    func integer(_ column: String) -> Int64? {
        let cell = table.cell(row, column)
        return cell.integer ?? cell.string.flatMap { Int64($0) }
    }

    func flag(_ column: String) -> Bool { integer(column) == 1 || text(column) == "true" }

    /// A column that holds a JSON array of texts.
    func texts(_ column: String) -> [String] {
        guard let json = table.cell(row, column).string else { return [] }
        return TextArray.read(json).map(clean)
    }

    /// Both names, or nil where neither is there; one that is missing is replaced by the other.
    func names(_ ar: String, _ en: String) -> LocalizedText? {
        let (arabic, english) = (text(ar), text(en))
        guard let some = arabic ?? english else { return nil }
        return LocalizedText(ar: arabic ?? some, en: english ?? some)
    }

    var event: SourceEvent {
        SourceEvent(
            start: text("effective_start") ?? "", time: text("event_time") ?? "", source: text("event_source") ?? "",
            id: text("event_id") ?? "", sha256: text("sha256") ?? "")
    }
}
