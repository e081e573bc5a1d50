/// Values from environment variables, which win over the file.
struct EnvironmentOverrides: Sendable {
    let prefix: String
    let variables: [String: String]

    /// The variable's value as a node, nil where it is not set. A list may be written with commas; what holds more is
    /// written as YAML, such as `{security.protocol: SSL}`.
    /// A section has no variable of its own, only its fields have.
    func node(_ name: String, kind: FieldKind) throws(ConfigurationError) -> YAMLNode? {
        if case .object = kind { return nil }
        guard let text = variables[name] else { return nil }
        let place = SourcePlace.environment(name)
        switch kind {
        case .list(let element, _) where !text.hasPrefix("[") && !element.holdsMany:
            let parts = text.split(separator: ",", omittingEmptySubsequences: true)
            let elements = parts.map { part in
                YAMLNode(.scalar(YAMLScalar(String(part.trimmingSpaces()))), at: place)
            }
            return YAMLNode(.sequence(elements), at: place)
        case .list, .map, .object, .secret:
            do throws(ConfigurationError) {
                return try YAMLDocument.parse(text, file: name).moved(to: place)
            } catch {
                // What stands there is not shown: it may be a secret put into the wrong place.
                throw ConfigurationError(
                    .syntax, at: place, "is not YAML; write it on one line, such as \(example(kind))")
            }
        default: return YAMLNode(.scalar(YAMLScalar(text)), at: place)
        }
    }

    private func example(_ kind: FieldKind) -> String { kind.placeholder ?? "{key: value}" }

    /// Variables with our prefix that nothing used: probably misspelt.
    func unused(_ used: Set<String>) -> [String] {
        variables.keys.filter { $0.hasPrefix(prefix + "_") && !used.contains($0) }.sorted()
    }
}

extension YAMLNode {
    /// The same content, placed elsewhere.
    fileprivate func moved(to place: SourcePlace) -> YAMLNode {
        switch content {
        case .scalar: YAMLNode(content, at: place)
        case .sequence(let elements): YAMLNode(.sequence(elements.map { $0.moved(to: place) }), at: place)
        case .mapping(let entries):
            YAMLNode(
                .mapping(entries.map { YAMLEntry(key: $0.key, keyPlace: place, value: $0.value.moved(to: place)) }),
                at: place)
        }
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
