import Configuration
import PluginKit

/// Reads the columns of a table: a list of `{name, type, required, merge}`, or a mapping of names to types.
enum ColumnReader {
    typealias Placed = (column: ColumnDefinition, place: SourcePlace)

    static func read(_ fields: Fields, _ kind: TableDefinition.Kind) -> [Placed] {
        guard let node = fields.node("columns") else { return [] }
        var columns: [Placed] = []
        var unique = UniqueNames("column")
        func take(_ name: String, _ place: SourcePlace, _ column: ColumnDefinition?) {
            unique.add(name, at: place, fields.problems)
            if let column { columns.append((column, place)) }
        }
        switch node.content {
        case .mapping(let entries):
            for entry in entries {
                let label = YAMLNode(.scalar(YAMLScalar(entry.key)), at: entry.keyPlace)
                guard let name = fields.name(label, .column, as: "a column of \(fields.subject)") else { continue }
                take(name, entry.keyPlace, column(name, entry.value, fields, kind))
            }
        case .sequence(let elements):
            for element in elements { readElement(element, fields, kind, take) }
        case .scalar:
            fields.problems.add(
                .type, node.place, "columns of \(fields.subject) must be a mapping such as {name_ar: text}, or a list")
        }
        return columns
    }

    /// `- {name: x, type: text}` or `- x: text`.
    private static func readElement(
        _ node: YAMLNode, _ fields: Fields, _ kind: TableDefinition.Kind,
        _ take: (String, SourcePlace, ColumnDefinition?) -> Void
    ) {
        let isLong = node["name"] != nil
        if !isLong, let entries = node.entries, entries.count == 1, let entry = entries.first {
            let label = YAMLNode(.scalar(YAMLScalar(entry.key)), at: entry.keyPlace)
            guard let name = fields.name(label, .column, as: "a column of \(fields.subject)") else { return }
            take(name, entry.keyPlace, column(name, entry.value, fields, kind))
            return
        }
        let known = ["name", "type", "required", "merge"]
        guard let inner = Fields(node, "a column of \(fields.subject)", known: known, fields.problems),
            let name = inner.name("name", .column, example: "name_ar")
        else { return }
        let column = definition(name, Fields(inner, subject: "column \"\(name)\" of \(fields.subject)"), kind)
        take(name, inner.place(of: "name"), column)
    }

    private static func column(
        _ name: String, _ value: YAMLNode, _ fields: Fields, _ kind: TableDefinition.Kind
    ) -> ColumnDefinition? {
        let subject = "column \"\(name)\" of \(fields.subject)"
        if value.entries != nil {
            let inner = Fields(value, subject, known: ["type", "required", "merge"], fields.problems)
            return inner.flatMap { definition(name, $0, kind) }
        }
        guard let type: ColumnDefinition.ColumnType = fields.choice(value, "the type of \(subject)") else { return nil }
        checkMerge(nil, type, subject, value.place, kind, fields.problems)
        return ColumnDefinition(name: name, type: type)
    }

    private static func definition(
        _ name: String, _ fields: Fields, _ kind: TableDefinition.Kind
    ) -> ColumnDefinition? {
        guard let type: ColumnDefinition.ColumnType = fields.choice("type", example: "text") else { return nil }
        let isRequired = fields.flag("required", default: false)
        var merge: ColumnDefinition.Merge?
        if let node = fields.node("merge") {
            merge = fields.choice(node, "merge of \(fields.subject)")
            if merge == nil { return nil }
        }
        checkMerge(merge, type, fields.subject, fields.place(of: "merge"), kind, fields.problems)
        if kind == .tally, isRequired {
            fields.problems.add(
                .conflict, fields.place(of: "required"),
                "\(fields.subject) of a tally begins as null, so it cannot be required; remove required")
        }
        return ColumnDefinition(name: name, type: type, isRequired: isRequired, merge: merge)
    }

    private static func checkMerge(
        _ merge: ColumnDefinition.Merge?, _ type: ColumnDefinition.ColumnType, _ subject: String,
        _ place: SourcePlace, _ kind: TableDefinition.Kind, _ problems: ProblemList
    ) {
        guard kind == .tally else {
            if merge != nil {
                problems.add(.conflict, place, "\(subject) has merge; only columns of a tally merge: remove it")
            }
            return
        }
        guard let merge else {
            problems.add(
                .missing, place, "\(subject) of a tally lacks merge; write {type: \(type.rawValue), merge: sum}")
            return
        }
        let isRight = merge == .sum ? type == .integer || type == .real : type != .json
        if !isRight {
            problems.add(.value, place, "\(subject) is \(type.rawValue), which cannot be merged by \(merge.rawValue)")
        }
    }
}
