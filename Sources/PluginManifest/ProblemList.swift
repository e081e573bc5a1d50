import Configuration

/// Collects what is wrong with a manifest, so that its author sees everything at once.
final class ProblemList {
    private var problems: [ConfigurationProblem] = []

    var error: ConfigurationError? { ConfigurationError(problems: problems) }

    func add(_ code: ConfigurationProblem.Code, _ place: SourcePlace, _ message: String) {
        problems.append(ConfigurationProblem(code, at: place, message))
    }
}

/// Words that problems share.
enum Wording {
    /// Text of the file as a message may show it: short, on one line, without control or direction characters.
    static func quoted(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(60) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return "\"\(shown)\(text.unicodeScalars.count > 60 ? "…" : "")\""
    }

    /// `did you mean "x"?`, or what there is.
    static func hint(_ name: String, among candidates: [String], plural: String) -> String {
        if let near = NearestName.find(name, among: candidates) { return "did you mean \"\(near)\"?" }
        return candidates.isEmpty ? "there are no \(plural) here" : "\(plural): \(candidates.joined(separator: ", "))"
    }
}
