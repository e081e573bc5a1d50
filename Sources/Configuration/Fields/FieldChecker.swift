/// Holds nodes against the specification and collects every problem instead of stopping at the first.
struct FieldChecker {
    /// Relative paths start here; nil leaves them as they are.
    let baseFolder: String?
    let overrides: EnvironmentOverrides?
    /// The root's fields, to tell where a misplaced key belongs.
    let all: [FieldSpec]
    var problems: [ConfigurationProblem] = []
    /// Variables that were used, as overrides or as secrets.
    var usedVariables: Set<String> = []

    /// The checked fields of a mapping; a nil node stands for an absent or empty one.
    mutating func object(_ node: YAMLNode?, _ fields: [FieldSpec], at place: SourcePlace, path: FieldPath) -> Settings {
        var settings = Settings(path: path, place: place)
        var nodes: [String: YAMLEntry] = [:]
        // Required fields that are probably there under a misspelt key: one report is enough.
        var misspelt: Set<String> = []
        if let node, !node.isNull {
            guard let entries = node.entries else {
                report(.type, node.place, path, "must be a mapping of fields, and is \(node.kindName)")
                return settings
            }
            for entry in entries {
                guard fields.contains(where: { $0.name == entry.key }) else {
                    reportUnknown(entry, fields, path)
                    if let near = NearestName.find(entry.key, among: fields.map(\.name)) { misspelt.insert(near) }
                    continue
                }
                nodes[entry.key] = entry
            }
        }
        for field in fields where nodes[field.name] != nil || !misspelt.contains(field.name) {
            settings.entries[field.name] = self.entry(field, nodes[field.name], settings)
        }
        return settings
    }

    private mutating func entry(_ field: FieldSpec, _ written: YAMLEntry?, _ parent: Settings) -> Settings.Entry? {
        let path = parent.path.appending(field.name)
        if let override = override(field, path) {
            return checked(override, field, path, at: override.place)
        }
        if let written, !(written.value.isNull && field.kind.holdsMany) {
            return checked(written.value, field, path, at: written.value.place)
        }
        switch field.presence {
        case .required:
            // A section with required fields of its own names those, which says more.
            if case .object(let fields) = field.kind,
                fields.contains(where: { $0.presence == .required }) || isSet(fields, path)
            {
                let settings = object(nil, fields, at: written?.keyPlace ?? parent.place, path: path)
                return Settings.Entry(value: .object(settings), place: parent.place, isDefault: true)
            }
            let example = (field.example ?? field.kind.placeholder).map { "; write \(field.name): \($0)" } ?? ""
            report(.missing, written?.keyPlace ?? parent.place, path, "is required\(example)")
            return nil
        case .optional:
            // Written, but empty, or filled by variables alone: the section is wanted, with its defaults.
            guard case .object(let fields) = field.kind, written != nil || isSet(fields, path) else { return nil }
            let place = written?.keyPlace ?? parent.place
            let settings = object(nil, fields, at: place, path: path)
            return Settings.Entry(value: .object(settings), place: place, isDefault: false)
        case .defaultValue(let text): return standard(text, field, path, parent)
        }
    }

    private mutating func standard(
        _ text: String, _ field: FieldSpec, _ path: FieldPath, _ parent: Settings
    ) -> Settings.Entry? {
        let place = SourcePlace.specification(path.description)
        do throws(ConfigurationError) {
            let node = try YAMLDocument.parse(text, file: path.description)
            // A section that is absent still has a place: that of the mapping around it.
            if case .object(let fields) = field.kind {
                let settings = object(node, fields, at: parent.place, path: path)
                return Settings.Entry(value: .object(settings), place: parent.place, isDefault: true)
            }
            guard let value = value(node, field.kind, path) else { return nil }
            return Settings.Entry(value: value, place: parent.place, isDefault: true)
        } catch {
            problems.append(ConfigurationProblem(.specification, at: place, error.description))
            return nil
        }
    }

    private mutating func checked(
        _ node: YAMLNode, _ field: FieldSpec, _ path: FieldPath, at place: SourcePlace
    ) -> Settings.Entry? {
        guard let value = value(node, field.kind, path) else { return nil }
        return Settings.Entry(value: value, place: place, isDefault: false)
    }

    private mutating func override(_ field: FieldSpec, _ path: FieldPath) -> YAMLNode? {
        guard let overrides, let name = field.environment ?? path.variable(prefix: overrides.prefix) else { return nil }
        do throws(ConfigurationError) {
            guard let node = try overrides.node(name, kind: field.kind) else { return nil }
            usedVariables.insert(name)
            return node
        } catch {
            problems.append(contentsOf: error.problems)
            return nil
        }
    }

    /// Whether a variable sets any field of a section.
    private func isSet(_ fields: [FieldSpec], _ path: FieldPath) -> Bool {
        guard let overrides, let prefix = path.variable(prefix: overrides.prefix) else { return false }
        return FieldReference.rows(fields, prefix: prefix).contains { row in
            row.variable.map { overrides.variables[$0] != nil } ?? false
        }
    }

    private mutating func reportUnknown(_ entry: YAMLEntry, _ fields: [FieldSpec], _ path: FieldPath) {
        let names = fields.map(\.name)
        let inside = path.steps.isEmpty ? "" : " in \(path)"
        var hint = NearestName.hint(entry.key, among: names, plural: "keys")
        if NearestName.find(entry.key, among: names) == nil, let home = home(of: entry.key, in: all, at: .root) {
            hint = "it belongs into \(home.steps.isEmpty ? "the top level" : home.description)"
        }
        problems.append(
            ConfigurationProblem(
                .unknownKey, at: entry.keyPlace, "unknown key \"\(Excerpt.of(entry.key))\"\(inside); \(hint)"))
    }

    /// The section where a field of exactly this name lives.
    private func home(of name: String, in fields: [FieldSpec], at path: FieldPath) -> FieldPath? {
        if fields.contains(where: { $0.name == name }) { return path }
        for field in fields {
            if case .object(let inner) = field.kind,
                let found = home(of: name, in: inner, at: path.appending(field.name))
            {
                return found
            }
        }
        return nil
    }

    mutating func report(
        _ code: ConfigurationProblem.Code, _ place: SourcePlace, _ path: FieldPath, _ message: String
    ) {
        let subject = path.steps.isEmpty ? "the document" : path.description
        problems.append(ConfigurationProblem(code, at: place, "\(subject) \(message)"))
    }
}
