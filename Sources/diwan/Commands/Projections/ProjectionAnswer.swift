import Bilingual
import PluginKit
import ProjectionStore
import WorkerRuntime

/// What a projection answers, read in one snapshot, with what its reader has to know beside it.
struct ProjectionAnswer {
    private let name: String
    private let query: QueryDefinition
    private let result: ResultTable
    /// The date as it was asked.
    private let asOf: String?
    /// Facts that have no date, and so are left out of an answer for one.
    private let undated: Int
    /// Events that wait for the operator, and so are in no answer yet.
    private let parked: Int
    /// Partitions that nobody reads until the operator has decided something.
    private let halted: Int
    /// Records that were gone before the plugin first read its topics (rule 9).
    private let gone: Int64

    init(
        _ listed: ListedQuery, _ reader: any StoreReader, asOf: String?, parameters: [String: String]
    ) throws {
        let query = listed.query
        let start = asOf.flatMap { PartialDate($0)?.start }
        let tables = Self.factTables(of: query, listed.package.manifest)
        (result, undated, parked, halted, gone) = try reader.snapshot {
            (
                try reader.query(query, asOf: start, parameters: parameters),
                start == nil ? 0 : try tables.reduce(0) { $0 + (try Self.undated($1, reader, start)) },
                try reader.parkedCount(owner: nil), try reader.halts().count,
                StoreCounter.gaps(try reader.counters()).values.reduce(0, +)
            )
        }
        name = listed.name
        self.query = query
        self.asOf = asOf
    }

    /// The fact tables of which the query looks at the dated facts alone: one that lists those without a date by itself,
    /// or shows all whatever date is asked, leaves nothing out.
    private static func factTables(of query: QueryDefinition, _ manifest: Manifest) -> [String] {
        let words = query.select.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) }
        var sources: Set<String> = []
        for (before, word) in zip(words, words.dropFirst()) where ["from", "join"].contains(before.lowercased()) {
            sources.insert(String(word))
        }
        return manifest.tables.filter { $0.kind == .facts }.map(\.name)
            .filter { sources.contains($0) || sources.contains("\($0)_latest") }
            .filter { !sources.contains("\($0)_undated") && !sources.contains("\($0)_all") }
    }

    private static func undated(_ table: String, _ reader: any StoreReader, _ asOf: String?) throws -> Int {
        let text = LocalizedText(ar: "", en: "")
        let count = QueryDefinition(
            name: "undated", title: text, visibility: .public, columns: [], parameters: [],
            select: "SELECT count(*) AS facts FROM \(table)_undated", isListed: false)
        return Int(try reader.query(count, asOf: asOf, parameters: [:]).cell(0, "facts").integer ?? 0)
    }

    // MARK: For people

    func table(_ language: Language) throws -> String {
        let columns = result.columns.indices.filter { index in
            guard let wanted = heading(index)?.language else { return true }
            return wanted.rawValue == language.code
        }
        var table = TerminalTable(
            columns: columns.map { index in
                let heading = heading(index)?.heading
                let text = language == .arabic ? heading?.ar : heading?.en
                return .init(text ?? result.columns[index], isNumeric(index) ? .end : .start)
            }, direction: language.direction)
        for row in result.rows {
            table.addRow(columns.map { row[$0].isNull ? "-" : row[$0].plain })
        }
        let title = language == .arabic ? query.title.ar : query.title.en
        var lines = [line(title, language)]
        if let asOf {
            lines.append(
                line(
                    try CommandMessages.text(
                        "projection.as-of", language, ["date": .date(try PartialDateString(asOf))]),
                    language))
        }
        lines.append("")
        lines.append(String(table.text().dropLast()))
        if result.rows.isEmpty { lines.append(line(try CommandMessages.text("projection.empty", language), language)) }
        let notes = try notes(language)
        if !notes.isEmpty { lines += [""] + notes.map { line($0, language) } }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What stands beside the answer: what it does not count.
    func notes(_ language: Language) throws -> [String] {
        var notes: [String] = []
        if undated > 0 {
            notes.append(
                try CommandMessages.text("projection.undated", language, ["count": .integer(Int64(undated))]))
        }
        if parked > 0 {
            notes.append(try CommandMessages.text("projection.parked", language, ["count": .integer(Int64(parked))]))
        }
        if halted > 0 {
            notes.append(try CommandMessages.text("projection.halted", language, ["count": .integer(Int64(halted))]))
        }
        if gone > 0 { notes.append(try CommandMessages.text("projection.gap", language, ["count": .integer(gone)])) }
        return notes
    }

    /// A line of prose as the table's lines are: from the right in Arabic.
    private func line(_ text: String, _ language: Language) -> String {
        language == .arabic ? "\u{2067}\(text)\u{200F}\u{2069}" : text
    }

    private func heading(_ index: Int) -> QueryColumn? {
        query.columns.indices.contains(index) ? query.columns[index] : nil
    }

    private func isNumeric(_ index: Int) -> Bool {
        var found = false
        for row in result.rows {
            switch row[index] {
            case .integer, .real: found = true
            case .null: continue
            case .text, .string: return false
            }
        }
        return found
    }

    // MARK: For scripts and spreadsheets

    func json() -> String {
        let rows = result.rows.map { row in
            JSON.object(zip(result.columns, row).map { ($0, Self.json($1)) })
        }
        return JSON.object([
            ("projection", .string(name)), ("asOf", .text(asOf)), ("columns", .strings(result.columns)),
            ("rows", .array(rows)),
        ]).document()
    }

    private static func json(_ cell: Cell) -> JSON {
        switch cell {
        case .null: .null
        case .integer(let value): .integer(value)
        case .real(let value): .number(value)
        case .text, .string: .text(cell.string)
        }
    }

    func csv() -> String {
        var csv = CSV()
        csv.add(result.columns.map { .text($0) })
        for row in result.rows {
            csv.add(
                row.map { cell in
                    switch cell {
                    case .null: .empty
                    case .integer, .real: .number(cell.plain)
                    case .text, .string: .text(cell.plain)
                    }
                })
        }
        return csv.text
    }
}
