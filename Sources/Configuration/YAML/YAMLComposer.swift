/// Builds the tree from events: keys, aliases, limits and what we do not take are checked here.
struct YAMLComposer: ~Copyable {
    /// A node with what it counts for when an alias names it.
    private struct Anchored {
        let node: YAMLNode
        let nodes: Int
        let height: Int
    }

    private var events: YAMLEvents
    private let file: String
    private let limits: YAMLLimits
    private var anchors: [String: Anchored] = [:]
    private var open: Set<String> = []
    private var total = 0

    init(_ events: consuming YAMLEvents, file: String, limits: YAMLLimits) {
        self.events = events
        self.file = file
        self.limits = limits
    }

    mutating func document() throws(ConfigurationError) -> YAMLNode {
        let first = try events.next()
        guard case .documentStart = first.kind else {
            return YAMLNode(.scalar(YAMLScalar("")), at: .file(file, line: 1, column: 1))
        }
        let root = try node(try events.next(), depth: 1).node
        _ = try events.next()
        let after = try events.next()
        guard case .streamEnd = after.kind else {
            throw ConfigurationError(
                .unsupported, at: after.place, "a second document begins here; one file holds one document")
        }
        return root
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(ConfigurationError) -> Anchored {
        guard depth <= limits.depth else {
            throw ConfigurationError(.limit, at: event.place, "nested deeper than \(limits.depth) levels")
        }
        // Neither tags nor aliases are shown as written: an unquoted password may look like one.
        if event.tag != nil {
            throw ConfigurationError(
                .unsupported, at: event.place,
                "tags (!...) are not supported; remove it, or put quotes around text that begins with !")
        }
        if case .alias(let name) = event.kind { return try follow(name, at: event.place, depth: depth) }
        try count(1, at: event.place)
        if let anchor = event.anchor { open.insert(anchor) }
        let made: Anchored
        switch event.kind {
        case .sequenceStart: made = try sequence(at: event.place, depth: depth)
        case .mappingStart: made = try mapping(at: event.place, depth: depth)
        case .scalar(let scalar):
            made = Anchored(node: YAMLNode(.scalar(scalar), at: event.place), nodes: 1, height: 1)
        default:
            throw ConfigurationError(.syntax, at: event.place, "a value was expected here")
        }
        if let anchor = event.anchor {
            open.remove(anchor)
            anchors[anchor] = made
        }
        return made
    }

    private mutating func sequence(at place: SourcePlace, depth: Int) throws(ConfigurationError) -> Anchored {
        var elements: [YAMLNode] = []
        var nodes = 1
        var height = 0
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind { break }
            let element = try node(event, depth: depth + 1)
            elements.append(element.node)
            nodes += element.nodes
            height = max(height, element.height)
        }
        return Anchored(node: YAMLNode(.sequence(elements), at: place), nodes: nodes, height: height + 1)
    }

    private mutating func mapping(at place: SourcePlace, depth: Int) throws(ConfigurationError) -> Anchored {
        var entries: [YAMLEntry] = []
        var places: [String: SourcePlace] = [:]
        var nodes = 1
        var height = 0
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind { break }
            let key = try key(event)
            if let earlier = places[key] {
                let line = earlier.line.map { " at line \($0)" } ?? ""
                throw ConfigurationError(
                    .duplicateKey, at: event.place,
                    "key \"\(Excerpt.of(key))\" stands here again; it is already set\(line)")
            }
            places[key] = event.place
            let value = try node(try events.next(), depth: depth + 1)
            entries.append(YAMLEntry(key: key, keyPlace: event.place, value: value.node))
            nodes += value.nodes + 1
            height = max(height, value.height)
        }
        return Anchored(node: YAMLNode(.mapping(entries), at: place), nodes: nodes, height: height + 1)
    }

    private mutating func key(_ event: YAMLEvent) throws(ConfigurationError) -> String {
        try count(1, at: event.place)
        guard case .scalar(let scalar) = event.kind, event.anchor == nil, event.tag == nil else {
            throw ConfigurationError(.unsupported, at: event.place, "a key must be plain text")
        }
        if scalar.isPlain, scalar.text == "<<" {
            throw ConfigurationError(
                .unsupported, at: event.place, "merge keys (<<) are not supported; write the keys out")
        }
        return scalar.text
    }

    private mutating func follow(
        _ name: String, at place: SourcePlace, depth: Int
    ) throws(ConfigurationError) -> Anchored {
        if open.contains(name) {
            throw ConfigurationError(.alias, at: place, "this alias stands inside its own anchor")
        }
        guard let anchored = anchors[name] else {
            let near = NearestName.find(name, among: Array(anchors.keys).sorted())
            let hint =
                near.map { "; did you mean *\($0)?" }
                ?? "; set one with &, or put quotes around text that begins with *"
            throw ConfigurationError(.alias, at: place, "this alias has no anchor before it\(hint)")
        }
        guard depth + anchored.height - 1 <= limits.depth else {
            throw ConfigurationError(.limit, at: place, "nested deeper than \(limits.depth) levels")
        }
        try count(anchored.nodes, at: place)
        return anchored
    }

    private mutating func count(_ nodes: Int, at place: SourcePlace) throws(ConfigurationError) {
        total += nodes
        guard total <= limits.nodes else {
            throw ConfigurationError(
                .limit, at: place, "more than \(limits.nodes) values, each alias counted as all that it stands for")
        }
    }
}
