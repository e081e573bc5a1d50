extension FieldChecker {
    /// The value that a node gives for a kind of field; nil when a problem was reported.
    mutating func value(_ node: YAMLNode, _ kind: FieldKind, _ path: FieldPath) -> Settings.Value? {
        switch kind {
        case .list(let element, let count): return list(node, element, count, path)
        case .map(let element, let key): return map(node, element, key, path)
        case .object(let fields): return .object(object(node, fields, at: node.place, path: path))
        case .secret: return secret(node, path)
        case .text(let rule): return text(node, rule, path).map { .text($0) }
        case .path: return text(node, .any, path).map { .text(resolved($0)) }
        case .boolean: return boolean(node, path)
        case .integer(let range):
            guard let scalar = plain(node, "a whole number", path) else { return nil }
            guard let number = integer(scalar) else {
                report(.type, node.place, path, "must be a whole number, and is \(node.kindName)")
                return nil
            }
            return within(number, range, node, path, "\(range.lowerBound)", "\(range.upperBound)") { .integer($0) }
        case .number(let range):
            guard let scalar = plain(node, "a number", path) else { return nil }
            guard let number = Double(scalar), number.isFinite else {
                report(.type, node.place, path, "must be a number, and is \(node.kindName)")
                return nil
            }
            return within(number, range, node, path, "\(range.lowerBound)", "\(range.upperBound)") { .number($0) }
        case .duration(let range):
            guard let text = scalar(node, "a duration such as 30s", path) else { return nil }
            guard let duration = DurationText.parse(text) else {
                let hint = Int(text) == nil ? "write it like 7d, 1h 30m, 30s or 250ms" : "add a unit, such as \(text)s"
                report(.type, node.place, path, "must be a duration, and is \(node.kindName); \(hint)")
                return nil
            }
            let (low, high) = (DurationText.format(range.lowerBound), DurationText.format(range.upperBound))
            return within(duration, range, node, path, low, high) { .duration($0) }
        case .bytes(let range):
            guard let text = scalar(node, "an amount of bytes such as 256KiB", path) else { return nil }
            guard let bytes = ByteText.parse(text) else {
                let hint =
                    Int(text).flatMap { ByteText.suggestion($0, within: range) }.map { "add a unit, such as \($0)" }
                    ?? "write it like 256KiB or 1MiB"
                report(.type, node.place, path, "must be an amount of bytes, and is \(node.kindName); \(hint)")
                return nil
            }
            let (low, high) = (ByteText.format(range.lowerBound), ByteText.format(range.upperBound))
            return within(bytes, range, node, path, low, high) { .integer($0) }
        case .choice(let choices):
            let words = choices.map(\.word)
            guard let word = scalar(node, "one of \(words.joined(separator: ", "))", path) else { return nil }
            guard words.contains(word) else {
                let near = NearestName.find(word, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
                report(
                    .value, node.place, path,
                    "must be one of \(words.joined(separator: ", ")), and is \(node.kindName)\(near)")
                return nil
            }
            return .text(word)
        }
    }

    private mutating func list(
        _ node: YAMLNode, _ kind: FieldKind, _ count: ClosedRange<Int>, _ path: FieldPath
    ) -> Settings.Value? {
        guard let elements = node.elements else {
            report(
                .type, node.place, path,
                "must be a list, and is \(node.kindName); write [a, b] or lines that begin with -")
            return nil
        }
        guard count.contains(elements.count) else {
            let wanted =
                elements.count < count.lowerBound ? "at least \(count.lowerBound)" : "at most \(count.upperBound)"
            report(.value, node.place, path, "must have \(wanted) of them, and has \(elements.count)")
            return nil
        }
        let before = problems.count
        let values = elements.enumerated().compactMap { value($0.element, kind, path.appending($0.offset)) }
        return problems.count == before ? .list(values) : nil
    }

    private mutating func map(
        _ node: YAMLNode, _ kind: FieldKind, _ rule: TextRule, _ path: FieldPath
    ) -> Settings.Value? {
        // Among secrets nothing is repeated: what stands in the wrong place may be one.
        let isSecret = if case .secret = kind { true } else { false }
        guard let entries = node.entries else {
            let found = isSecret ? "none" : node.kindName
            report(.type, node.place, path, "must be a mapping, and is \(found)")
            return nil
        }
        var values: [Settings.Pair] = []
        let before = problems.count
        for entry in entries {
            if let complaint = rule.complaint(entry.key) {
                let shown = isSecret ? "a key" : "the key \"\(Excerpt.of(entry.key))\""
                report(.value, entry.keyPlace, path, "has \(shown), which \(complaint)")
                continue
            }
            let inner = path.appending(entry.key)
            var value: Settings.Value?
            if case .object(let fields) = kind, entry.value.isNull {
                // `mechanism-directory:` with nothing after it: all defaults.
                value = .object(object(nil, fields, at: entry.keyPlace, path: inner))
            } else {
                value = self.value(entry.value, kind, inner)
            }
            if let value { values.append(Settings.Pair(key: entry.key, value: value, place: entry.keyPlace)) }
        }
        return problems.count == before ? .map(values) : nil
    }

    private mutating func secret(_ node: YAMLNode, _ path: FieldPath) -> Settings.Value? {
        // The message must not repeat what stands there: it may be the secret itself.
        guard let entries = node.entries, entries.count == 1, let entry = entries.first,
            ["file", "environment"].contains(entry.key), let text = entry.value.text, !text.isEmpty
        else {
            report(
                .secret, node.place, path,
                "must say where the secret is: {file: PATH} or {environment: NAME}; the secret itself never stands here"
            )
            return nil
        }
        if entry.key == "file" { return .secret(.file(resolved(text))) }
        guard TextRule.environmentName.complaint(text) == nil else {
            report(.secret, entry.value.place, path, "must name an environment variable, in letters, digits and _")
            return nil
        }
        usedVariables.insert(text)
        return .secret(.environment(text))
    }

    private mutating func text(_ node: YAMLNode, _ rule: TextRule, _ path: FieldPath) -> String? {
        guard let text = scalar(node, rule.name == "text" ? "text" : "text (\(rule.name))", path) else { return nil }
        if let complaint = rule.complaint(text) {
            report(.value, node.place, path, "\"\(Excerpt.of(text))\" \(complaint)")
            return nil
        }
        return text
    }

    private mutating func boolean(_ node: YAMLNode, _ path: FieldPath) -> Settings.Value? {
        guard let text = plain(node, "true or false", path) else { return nil }
        switch text {
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default:
            let meant = ["y": true, "yes": true, "on": true, "n": false, "no": false, "off": false][text.lowercased()]
            let isFile = node.place.line != nil
            let hint = meant.map { meant in
                isFile ? "; \"\(text)\" was a boolean in YAML 1.1 only: write \(meant)" : "; write \(meant)"
            }
            report(.type, node.place, path, "must be true or false, and is \(node.kindName)\(hint ?? "")")
            return nil
        }
    }

    /// A scalar's text; null counts as nothing written.
    private mutating func scalar(_ node: YAMLNode, _ wanted: String, _ path: FieldPath) -> String? {
        guard let text = node.text, !node.isNull else {
            let hint = node.isNull ? "; write a value or remove the line" : ""
            report(.type, node.place, path, "must be \(wanted), and is \(node.kindName)\(hint)")
            return nil
        }
        return text
    }

    /// A scalar that must not be quoted.
    private mutating func plain(_ node: YAMLNode, _ wanted: String, _ path: FieldPath) -> String? {
        guard let text = scalar(node, wanted, path) else { return nil }
        if case .scalar(let scalar) = node.content, !scalar.isPlain {
            report(.type, node.place, path, "must be \(wanted), and is text; remove the quotes around \(node.kindName)")
            return nil
        }
        return text
    }

    private func integer(_ text: String) -> Int? {
        // No leading zero or sign: 010 is 8 to some readers of YAML and 10 to others.
        let digits = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
        guard digits == "0" || digits.first.map({ ("1"..."9").contains($0) }) == true else { return nil }
        return Int(text)
    }

    private mutating func within<Bound: Comparable>(
        _ value: Bound, _ range: ClosedRange<Bound>, _ node: YAMLNode, _ path: FieldPath, _ low: String, _ high: String,
        _ make: (Bound) -> Settings.Value
    ) -> Settings.Value? {
        guard range.contains(value) else {
            report(.value, node.place, path, "must lie between \(low) and \(high), and is \(node.kindName)")
            return nil
        }
        return make(value)
    }

    private func resolved(_ path: String) -> String {
        guard let baseFolder, !baseFolder.isEmpty, baseFolder != ".", !path.hasPrefix("/") else { return path }
        return baseFolder.hasSuffix("/") ? baseFolder + path : "\(baseFolder)/\(path)"
    }
}

extension FieldKind {
    /// Kinds for which nothing after the key means "nothing in it" and not "no value".
    var holdsMany: Bool {
        switch self {
        case .list, .map, .object: true
        default: false
        }
    }
}
