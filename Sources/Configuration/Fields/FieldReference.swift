/// Writes the specification down for people.
public enum FieldReference {
    /// One field as the reference shows it.
    struct Row: Sendable {
        let path: String
        let field: FieldSpec
        let variable: String?
    }

    /// Every field that holds a value, in order; elements of lists and mappings as `topics[].name`, `plugins.NAME.start`.
    static func rows(_ fields: [FieldSpec], prefix: String = "DIWAN") -> [Row] {
        rows(fields, path: "", variable: prefix)
    }

    private static func rows(_ fields: [FieldSpec], path: String, variable: String?) -> [Row] {
        fields.flatMap { field -> [Row] in
            let inner = path + field.name
            let own = variable.flatMap { FieldPath.root.appending(field.name).variable(prefix: $0) }
            if case .object(let fields) = field.kind { return rows(fields, path: inner + ".", variable: own) }
            var result = [Row(path: inner, field: field, variable: field.environment ?? own)]
            switch field.kind {
            case .list(let kind, _) where !kind.innerFields.isEmpty:
                result += rows(kind.innerFields, path: inner + "[].", variable: nil)
            case .map(let kind, _) where !kind.innerFields.isEmpty:
                result += rows(kind.innerFields, path: inner + ".NAME.", variable: own.map { $0 + "_NAME" })
            default: break
            }
            return result
        }
    }

    /// A table of all fields, as Markdown.
    public static func markdown(_ fields: [FieldSpec], prefix: String = "DIWAN") -> String {
        var lines = ["| field | value | default | environment | meaning |", "| --- | --- | --- | --- | --- |"]
        for row in rows(fields, prefix: prefix) {
            let standard: String =
                switch row.field.presence {
                case .required: "required"
                case .optional: "none"
                case .defaultValue(let text): text.split(separator: "\n").map { "`\($0)`" }.joined(separator: "<br>")
                }
            let variable = row.variable.map { "`\($0)`" } ?? ""
            lines.append(
                "| `\(row.path)` | \(cell(row.field.kind.description)) | \(cell(standard)) | \(variable) | \(cell(meaning(row.field))) |"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The summary, and what each word means where there are words.
    private static func meaning(_ field: FieldSpec) -> String {
        guard case .choice(let choices) = field.kind else { return field.summary }
        return field.summary + ": " + choices.map { "\($0.word): \($0.meaning)" }.joined(separator: "; ")
    }

    private static func cell(_ text: String) -> String {
        // A backslash keeps a bar from ending the cell.
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    /// A YAML file to start from: what is required stands there with an example, all else as comments.
    public static func template(_ fields: [FieldSpec]) -> String {
        fields.map { template($0, depth: 0, isInside: false).joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    /// `isInside`: within a section that is a comment as a whole, so that its fields need no mark of their own.
    private static func template(_ field: FieldSpec, depth: Int, isInside: Bool) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        let isComment = field.presence != .required && field.template != .written && !isInside
        var lines = ["# \(field.summary) (\(field.kind.description))"]
        if case .choice(let choices) = field.kind {
            lines = ["# \(field.summary):"] + choices.map { "#   \($0.word) - \($0.meaning)" }
        }
        if case .object(let fields) = field.kind {
            lines = ["# \(field.summary)", "\(field.name):"]
            for inner in fields where inner.template != .leftOut {
                let innerLines = template(inner, depth: depth + 1, isInside: isInside || isComment)
                lines += innerLines.map { String($0.dropFirst(indent.count)) }
            }
            return lines.map { indent + (isComment ? "# " : "") + $0 }
        }
        let value = field.example ?? field.defaultText ?? field.kind.placeholder ?? "{}"
        let parts = (field.defaultText.flatMap { $0 == "{}" ? nil : $0 } ?? value).split(separator: "\n")
        var setting = ["\(field.name): \(parts.first ?? "")"]
        if parts.count > 1 { setting = ["\(field.name):"] + parts.map { "  \($0)" } }
        lines += setting.map { (isComment ? "# " : "") + $0 }
        return lines.map { indent + $0 }
    }
}
