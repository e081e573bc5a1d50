extension FieldKind {
    /// What it may hold, as the reference says it.
    public var description: String {
        switch self {
        case .text(let rule): rule.name
        case .integer(let range):
            range.upperBound == Int.max
                ? "whole number from \(range.lowerBound)" : "whole number \(range.lowerBound) to \(range.upperBound)"
        case .number(let range): "number \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .duration(let range):
            "duration \(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
        case .bytes(let range): "bytes \(ByteText.format(range.lowerBound)) to \(ByteText.format(range.upperBound))"
        case .choice(let choices): choices.map(\.word).joined(separator: ", ")
        case .path: "path"
        case .secret: "secret: {file: PATH} or {environment: NAME}"
        case .list(let kind, _): "list of \(kind.description)"
        case .map(let kind, let key): "mapping of \(key.name) to \(kind.description)"
        case .object: "section"
        }
    }

    /// What stands for a value in an example; nil where nothing short can.
    var placeholder: String? {
        switch self {
        case .text(let rule): rule.name.uppercased()
        case .integer(let range): "\(range.lowerBound)"
        case .number(let range): "\(range.lowerBound)"
        case .boolean: "true"
        case .duration(let range): DurationText.format(range.lowerBound)
        case .bytes(let range): ByteText.format(range.lowerBound)
        case .choice(let choices): choices.first?.word
        case .path: "PATH"
        case .secret: "{file: PATH}"
        case .list(let kind, _): kind.placeholder.map { "[\($0)]" }
        case .map, .object: nil
        }
    }

    /// The fields inside, whether one section, a list of sections or a mapping to sections.
    var innerFields: [FieldSpec] {
        switch self {
        case .object(let fields): fields
        case .list(let kind, _): kind.innerFields
        case .map(let kind, _): kind.innerFields
        default: []
        }
    }
}
